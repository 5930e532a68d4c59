// Reads one source field of one record. The only place of the mapping where code of a host runs (the field's getter), so
// whatever it does wrong becomes a MappingError that names the field. PURE, as getters are.
import { MappingError, messageOf } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { PropertyValue, SourceValue } from '../sdk/property-value.ts'
import type { Inputs, NestedRecord, SourceField, SourceRecord } from '../sdk/source-model.ts'
import { isList, textOf } from './property-value.ts'

/** The fields of a model by key, in the scope of the record. */
export type Fields = ReadonlyMap<string, SourceField>

/** A record, or one of its nested records, with the fields that can be read from it. */
export interface FieldReader {
  model: string
  id: string
  /** What a person calls the record. */
  label: string
  fields: Fields
  inputs: Inputs
}

/** A nested record brings every input that its fields need. */
export function createReader(model: string, record: SourceRecord | NestedRecord, fields: Fields): FieldReader {
  return { model, id: record.id, label: record.label, fields, inputs: record.inputs }
}

export function createNestedReaders(record: SourceRecord, nestedModel: string, fields: Fields): FieldReader[] {
  const nested = Object.hasOwn(record.nested, nestedModel) ? record.nested[nestedModel] : undefined
  if (nested === undefined) {
    throw new MappingError(
      `${record.label} has no nested records "${nestedModel}".${didYouMean(nestedModel, Object.keys(record.nested))} ` +
        'Choose another nested model in the mapping.',
    )
  }
  return nested.map((nestedRecord) => createReader(nestedModel, nestedRecord, fields))
}

export function fieldOf(reader: FieldReader, key: string): SourceField {
  const field = reader.fields.get(key)
  if (field !== undefined) return field
  throw new MappingError(
    `The source field "${key}" does not exist for ${reader.model}.${didYouMean(key, reader.fields.keys())} ` +
      'Choose another field in the mapping.',
  )
}

/** The value as the getter gives it: option keys for choices, null for no value. */
export function readField(reader: FieldReader, field: SourceField): SourceValue {
  const value = callGetter(reader, field)
  if (isSourceValue(value)) return value
  if (value === undefined) return null
  throw new MappingError(
    `${nameOf(reader, field)} could not be used: its getter returned ` +
      `${Array.isArray(value) ? 'a list with something else than text' : `a ${typeof value}`} ` +
      'instead of text, true or false, a list of texts, or null.',
  )
}

function callGetter(reader: FieldReader, field: SourceField): unknown {
  try {
    const hasInput = Object.hasOwn(reader.inputs, field.requiredInput) && reader.inputs[field.requiredInput] != null
    if (hasInput) return field.getter(reader.inputs)
  } catch (error) {
    throw new MappingError(`${nameOf(reader, field)} could not be read: ${messageOf(error)}`, { cause: error })
  }
  throw new MappingError(
    `${nameOf(reader, field)} reads from "${field.requiredInput}", which this ${reader.model} does not have. ` +
      'Choose another field in the mapping.',
  )
}

function nameOf(reader: FieldReader, field: SourceField): string {
  return `The source field "${field.label}" (${field.key}) of ${reader.label}`
}

/** The value of a choice field is a list of 0 or 1: its only item, or null. Other values stay as they are. */
export function unwrapChoice(value: PropertyValue, field: SourceField): PropertyValue {
  return field.type === 'choice' && isList(value) && value.length <= 1 ? (value[0] ?? null) : value
}

/** The value as one text, lists joined. */
export function textOfSourceValue(value: SourceValue, joiner: string): string {
  if (value === null) return ''
  return typeof value === 'string' || typeof value === 'boolean' ? textOf(value) : value.join(joiner)
}

function isSourceValue(value: unknown): value is SourceValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

// Reads where a property comes from: a field, a constant, a template, an earlier result or another record's object. PURE.
import type { NestedPropertyMapping } from '../sdk/mapping.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { SourceRecord } from '../sdk/source-model.ts'
import type { MappedObjects } from '../sdk/sync-object.ts'
import type { ValueType } from './conversions.ts'
import { referencedIds, type SourceReference } from './references.ts'
import { readResult } from './results.ts'
import { type FieldReader, fieldOf, readField, textOfSourceValue, unwrapChoice } from './source-fields.ts'
import { fillTemplate } from './template.ts'
import { applyValueMap } from './value-map.ts'

export interface SourceContext {
  reader: FieldReader
  /** The root record. */
  record: SourceRecord
  joiner: string | null
  mappedObjects: MappedObjects
  resolveReference(model: string, id: string): string | null
  /** Gathers the references that have no remote object yet. */
  unresolved: SourceReference[]
}

interface SourcedValue {
  value: PropertyValue
  from: ValueType
  /** Names the source in an error message. */
  origin: string
}

export function readPropertySource(property: NestedPropertyMapping, context: SourceContext): SourcedValue {
  const { source } = property
  const { reader } = context
  if ('field' in source) {
    const field = fieldOf(reader, source.field)
    const mapped = applyValueMap(readField(reader, field), field, property)
    return { value: unwrapChoice(mapped, field), from: field.type, origin: field.label }
  }
  if ('constant' in source) return { value: source.constant, from: 'any', origin: 'constant' }
  if ('template' in source) {
    // For people to read, so a list is spelled out even where the remote has native lists.
    const textOfField = (key: string): string =>
      textOfSourceValue(readField(reader, fieldOf(reader, key)), context.joiner ?? ', ')
    return { value: fillTemplate(source.template, textOfField), from: 'any', origin: 'template' }
  }
  if ('result' in source) return { value: readResult(source, context), from: 'any', origin: source.result }
  return { value: readReference(source, context), from: 'any', origin: source.reference }
}

function readReference({ reference: model, idField }: { reference: string; idField: string }, context: SourceContext) {
  const field = fieldOf(context.reader, idField)
  const remoteIds = referencedIds(context.reader, field).map((id) => {
    const remoteId = context.resolveReference(model, id)
    if (remoteId === null) context.unresolved.push({ model, id })
    return remoteId
  })
  return field.type === 'multiple_choice' ? remoteIds : (remoteIds[0] ?? null)
}

// The source records that a mapping refers to with {reference}: gathered before a batch is mapped, so that their remote
// ids are read in one query. PURE.
import { isErrorKind } from '../errors.ts'
import type { NestedPropertyMapping, ObjectMapping } from '../sdk/mapping.ts'
import type { NestedRecord, SourceField, SourceRecord } from '../sdk/source-model.ts'
import {
  createNestedReaders,
  createReader,
  type FieldReader,
  type Fields,
  fieldOf,
  readField,
} from './source-fields.ts'

export interface SourceReference {
  model: string
  id: string
}

/**
 * Each record once, those of `each` and of `whenNoLonger` among them. Never throws: a field that cannot be read refers to
 * nothing here, and applyMapping tells what is wrong with it where it fails only this one object.
 */
export function referencesOf({
  mapping,
  record,
  nestedRecord,
  fields,
}: {
  mapping: ObjectMapping
  record: SourceRecord
  nestedRecord?: NestedRecord
  /** The fields of a model by key; an empty map for a model that does not exist. */
  fields(model: string): Fields
}): SourceReference[] {
  const references = new Map<string, SourceReference>()
  const gather = (properties: readonly NestedPropertyMapping[], reader: () => readonly FieldReader[]): void => {
    for (const { source } of properties) {
      if (!('reference' in source)) continue
      for (const id of readableIds(reader, source.idField)) {
        references.set(JSON.stringify([source.reference, id]), { model: source.reference, id })
      }
    }
  }
  const own = (): FieldReader[] => [
    createReader(mapping.sourceModel, nestedRecord ?? record, fields(mapping.sourceModel)),
  ]
  for (const property of mapping.propertyMappings) {
    if ('source' in property) gather([property], own)
    else {
      const { nestedModel, propertyMappings } = property.each
      gather(propertyMappings, () => createNestedReaders(record, nestedModel, fields(nestedModel)))
    }
  }
  if (typeof mapping.whenNoLonger === 'object') gather(mapping.whenNoLonger.update, own)
  return [...references.values()]
}

/** The ids a field holds: of a list each item, of no value none. */
export function referencedIds(reader: FieldReader, field: SourceField): readonly string[] {
  const value = readField(reader, field)
  if (Array.isArray(value)) return value.filter((id) => id !== '')
  return value === null || value === '' ? [] : [String(value)]
}

function readableIds(readers: () => readonly FieldReader[], idField: string): readonly string[] {
  try {
    return readers().flatMap((reader) => referencedIds(reader, fieldOf(reader, idField)))
  } catch (error) {
    if (isErrorKind(error, 'MappingError')) return []
    throw error
  }
}

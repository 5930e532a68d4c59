// What earlier mappings of the same run gave: the objects that belong to a record, and a value out of them. PURE.
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { SourceRecord } from '../sdk/source-model.ts'
import type { MappedObject, MappedObjects } from '../sdk/sync-object.ts'
import { isList, jsonOf } from './property-value.ts'
import type { FieldReader } from './source-fields.ts'
import { hasMoreToCome, valueToCome } from './value-to-come.ts'

/** The mappings whose results a mapping reads. */
export function resultKeysOf(mapping: ObjectMapping): string[] {
  const sources = mapping.propertyMappings.flatMap((property) =>
    'source' in property ? [property.source] : property.each.propertyMappings.map(({ source }) => source),
  )
  return sources.flatMap((source) => ('result' in source ? [source.result] : []))
}

/**
 * The objects of mapping `key` that a record may refer to: of its own model only those of the record itself (a position
 * does not see its neighbours), of other models all (an order sees its positions, a position its order). Declined objects
 * are left out.
 */
export function resultsFor(
  mappedObjects: MappedObjects,
  key: string,
  sourceModel: string,
  sourceId: string,
): readonly MappedObject[] {
  const results = Object.hasOwn(mappedObjects, key) ? (mappedObjects[key] ?? []) : []
  return results.filter(
    (result): result is MappedObject =>
      result !== null && (result.sourceModel !== sourceModel || result.sourceId === sourceId),
  )
}

/**
 * The value at `path` of each object. Objects of nested records give a list, also when there is only one; the object of
 * the record itself, or of the root record, gives a single value. Without an object there is no value: null.
 */
export function readResult(
  { result: key, path }: { result: string; path: string },
  { mappedObjects, reader, record }: { mappedObjects: MappedObjects; reader: FieldReader; record: SourceRecord },
): PropertyValue {
  const results = resultsFor(mappedObjects, key, reader.model, reader.id)
  const values = results.map((result) => valueAt(result, path, key)).filter((value) => value !== null)
  const isOfNested = results.some(
    ({ sourceModel }) => sourceModel !== reader.model && Object.hasOwn(record.nested, sourceModel),
  )
  return isOfNested ? values : (values[0] ?? null)
}

function valueAt(result: MappedObject, path: string, key: string): PropertyValue {
  let value: unknown = result
  for (const name of path.split('.')) {
    const canHold = typeof value === 'object' && value !== null && (!isList(value) || /^\d+$/.test(name))
    if (!canHold || !Object.hasOwn(value as object, name)) {
      return value === result && hasMoreToCome(result) ? valueToCome : null
    }
    value = Reflect.get(value as object, name)
    if (value === valueToCome) return valueToCome
  }
  return jsonOf(value, `"${path}" in the result of the mapping "${key}"`)
}

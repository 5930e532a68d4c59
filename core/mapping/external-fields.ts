// Finds the declared field of an external object type. PURE.
import { MappingError } from '../errors.ts'
import type { ExternalField, ExternalObjectType } from '../sdk/external-object-type.ts'
import { didYouMean } from '../sdk/near-name.ts'

// A discovered type can have hundreds of fields and is asked for each property of each object.
const fieldsByType = new WeakMap<ExternalObjectType, ReadonlyMap<string, ExternalField>>()

/** Null for a field that the type neither lists nor leaves open; where nothing is declared every field is of type `any`. */
export function findExternalField(objectType: ExternalObjectType | null, key: string): ExternalField | null {
  if (objectType === null) return undeclaredField(key)
  let fields = fieldsByType.get(objectType)
  if (fields === undefined) {
    fields = new Map(objectType.fields.map((field) => [field.key, field]))
    fieldsByType.set(objectType, fields)
  }
  return fields.get(key) ?? (objectType.allowsOtherFields ? undeclaredField(key) : null)
}

export function externalFieldOf(objectType: ExternalObjectType | null, key: string): ExternalField {
  const field = findExternalField(objectType, key)
  if (field !== null) return field
  throw new MappingError(`${noSuchField(objectType, key)} Choose another property in the mapping.`)
}

export function noSuchField(objectType: ExternalObjectType | null, key: string): string {
  const keys = objectType?.fields.map((field) => field.key) ?? []
  return `The external object type "${objectType?.name}" has no field "${key}".${didYouMean(key, keys)}`
}

export function undeclaredField(key: string): ExternalField {
  return { key, label: key, type: 'any' }
}

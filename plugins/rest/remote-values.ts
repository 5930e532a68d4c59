// The values of an object between the two forms they have: by field, as mappings know them, and in the shape in which the
// remote nests them. PURE.
import { isEmptyValue, type PropertyValue, z } from '../../core/sdk/index.ts'
import type { ObjectTypeDefinition } from './object-type-schema.ts'
import { namesOf, placeAll, readPath } from './paths.ts'

export type Values = Readonly<Record<string, PropertyValue>>

/** By field: the listed ones, and whatever else the object holds. */
export function valuesOf({ fields }: Pick<ObjectTypeDefinition, 'fields'>, held: unknown): Values {
  const own = typeof held === 'object' && held !== null && !Array.isArray(held) ? Object.entries(held) : []
  const values = new Map<string, PropertyValue>(own.map(([key, value]) => [key, asJson(value)]))
  for (const { key, path } of fields) {
    if (path === '') continue
    const value = readPath(held, path)
    if (value === undefined) values.delete(key)
    else values.set(key, asJson(value))
  }
  return Object.fromEntries(values)
}

/** As the remote nests them. */
export function nestedValues({ fields }: Pick<ObjectTypeDefinition, 'fields'>, values: Values): PropertyValue {
  return placeAll(
    Object.entries(values).map(([key, value]) => {
      const path = fields.find((field) => field.key === key)?.path ?? ''
      return { path: path === '' ? [key] : namesOf(path), value }
    }),
  )
}

/** The new values over what the remote holds, for calls that replace an object. */
export function mergedValues(held: PropertyValue, changed: PropertyValue): PropertyValue {
  if (!isObject(held) || !isObject(changed)) return changed
  const merged = new Map(Object.entries(held))
  for (const [key, value] of Object.entries(changed)) {
    const old = merged.get(key)
    merged.set(key, old === undefined ? value : mergedValues(old, value))
  }
  return Object.fromEntries(merged)
}

/**
 * Whether writing `sent` would change nothing. Remotes hand back numbers as text and the other way round, times in other
 * zones, and objects with keys of their own; none of that is a change.
 */
export function isSameValue(sent: PropertyValue, held: unknown): boolean {
  if (isEmptyValue(sent) && isEmptyValue(held)) return true
  if (Array.isArray(sent)) {
    return (
      Array.isArray(held) && sent.length === held.length && sent.every((item, index) => isSameValue(item, held[index]))
    )
  }
  if (isObject(sent)) {
    if (typeof held !== 'object' || held === null || Array.isArray(held)) return false
    return Object.entries(sent).every(([key, value]) =>
      isSameValue(value, Object.hasOwn(held, key) ? Reflect.get(held, key) : undefined),
    )
  }
  if (typeof held === 'object' || held === undefined || sent === null) return false
  return sent === held || String(sent) === String(held) || isSameNumber(sent, held) || isSameTime(sent, held)
}

const number = /^-?\d{1,15}(?:\.\d{1,10})?$/
// One of them came as a number: two texts such as 01 and 1 may be different codes.
function isSameNumber(left: unknown, right: unknown): boolean {
  if (typeof left !== 'number' && typeof right !== 'number')
    return isDecimal(left) && isDecimal(right) && Number(left) === Number(right)
  return number.test(String(left)) && number.test(String(right)) && Number(left) === Number(right)
}

// 80.00 and 80.0, but not 01 and 1.
const isDecimal = (value: unknown): boolean =>
  typeof value === 'string' && /^-?(?:0|[1-9]\d{0,14})\.\d{1,10}$/.test(value)

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/
function isSameTime(left: unknown, right: unknown): boolean {
  return time.test(String(left)) && time.test(String(right)) && Date.parse(String(left)) === Date.parse(String(right))
}

function asJson(value: unknown): PropertyValue {
  // It was parsed from JSON.
  return value as PropertyValue
}

function isObject(value: PropertyValue): value is { readonly [key: string]: PropertyValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const idSchema = z.union([z.string().min(1).max(1000), z.number()]).transform(String)
/** Null when there is no text and no number. */
export function idOf(value: unknown): string | null {
  return idSchema.safeParse(value).data ?? null
}

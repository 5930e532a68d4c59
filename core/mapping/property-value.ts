// The small facts about values that every step of a mapping needs: their text, their shape, how a message shows them. PURE.
import { MappingError, messageOf } from '../errors.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import { plainNumberText } from './decimals.ts'

export type Scalar = string | number | boolean

/** No text that a mapping builds grows beyond this many characters, whatever its steps multiply. */
export const maxTextLength = 1_000_000

export function isList(value: unknown): value is readonly PropertyValue[] {
  return Array.isArray(value)
}

export function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** `true` and `false` for booleans, numbers without an exponent. */
export function textOf(value: Scalar): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? plainNumberText(value) : String(value)
}

/** The value as a message shows it: quoted, cut at 100 characters, lists and objects by kind. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)
  if (isList(value)) return `a list of ${value.length} (${value.slice(0, 3).map(shortly).join(', ')})`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function shortly(item: PropertyValue): string {
  return isList(item) ? 'a list' : quoted(item)
}

/** What becomes of a value once it is stored as JSON; a MappingError names `origin` when it cannot be stored. */
export function jsonOf(value: unknown, origin: string): PropertyValue {
  if (value === undefined || value === null) return null
  if (isScalar(value) && (typeof value !== 'number' || Number.isFinite(value))) return value
  try {
    const text: string | undefined = JSON.stringify(value)
    // JSON.parse gives nothing but property values.
    if (text !== undefined && typeof value === 'object') return JSON.parse(text) as PropertyValue
  } catch (error) {
    throw new MappingError(`${origin} is no JSON value: ${messageOf(error)}.`, { cause: error })
  }
  throw new MappingError(`${origin} is no JSON value but a ${typeof value}.`)
}

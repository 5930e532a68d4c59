// What can travel: the value of a source field on its way in, the value of an external property on its way out.
import { z } from 'zod'

/** What a getter may return: text, a boolean, a list of option keys (choice: 0 or 1 of them), or null for "no value". */
export type SourceValue = string | boolean | readonly string[] | null

/** A JSON value sent to the remote. */
export type PropertyValue =
  | string
  | number
  | boolean
  | null
  | readonly PropertyValue[]
  | { readonly [key: string]: PropertyValue }

export const propertyValueSchema: z.ZodType<PropertyValue> = z.json()

/** Null, empty text, an empty list. `false` and `0` are values. */
export function isEmptyValue(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

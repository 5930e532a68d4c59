// The server's check of what a client wants stored: every field at fault is named, nothing is stored in part.
import type { PropertyValue } from '../../core/sdk/index.ts'
import type { CrmField, CrmObjectType } from './object-types.ts'

interface PropertyProblem {
  property: string
  message: string
}

const maxKeyLength = 128
const maxTextLength = 100_000

/** All problems of the properties; an empty list means that they can be stored. */
export function checkProperties(
  type: CrmObjectType,
  properties: Readonly<Record<string, PropertyValue>>,
): PropertyProblem[] {
  const problems: PropertyProblem[] = []
  for (const [property, value] of Object.entries(properties)) {
    const message = checkKey(type, property) ?? checkStorable(value) ?? checkValue(fieldOf(type, property), value)
    if (message !== null) problems.push({ property: property.slice(0, maxKeyLength), message })
  }
  return problems
}

function fieldOf(type: CrmObjectType, key: string): CrmField | undefined {
  return type.fields.find((field) => field.key === key)
}

function checkKey(type: CrmObjectType, key: string): string | null {
  if (key === '' || key.length > maxKeyLength) return `must have a name of 1 to ${maxKeyLength} characters`
  if (checkText(key) !== null) return 'is not a usable name'
  if (!fieldOf(type, key) && !type.allowsOtherFields) return `is no field of a ${type.label.toLowerCase()}`
  return null
}

// PostgreSQL's jsonb takes neither NUL nor half a surrogate pair, and JSON.parse makes Infinity of 1e999.
function checkStorable(value: PropertyValue): string | null {
  if (typeof value === 'string') return checkText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'must be a finite number'
  if (value === null || typeof value === 'boolean') return null
  for (const [key, item] of Object.entries(value)) {
    const message = checkText(key) ?? checkStorable(item)
    if (message !== null) return message
  }
  return null
}

export function checkText(text: string): string | null {
  if (text.length > maxTextLength) return `is longer than ${maxTextLength} characters`
  if (text.includes('\0') || !text.isWellFormed()) return 'holds characters that cannot be stored'
  return null
}

// Null and empty text clear any field.
function checkValue(field: CrmField | undefined, value: PropertyValue): string | null {
  if (!field || value === null || value === '') return null
  switch (field.type) {
    case 'text':
      if (typeof value !== 'string') return 'must be text'
      return field.maxLength !== undefined && value.length > field.maxLength
        ? `must have at most ${field.maxLength} characters`
        : null
    case 'email':
      return matches(value, /^[^\s@]+@[^\s@]+$/) ? null : 'must be an e-mail address'
    case 'url':
      return typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value) ? null : 'must be a web address'
    case 'integer':
      return Number.isSafeInteger(value) ? null : 'must be a whole number'
    case 'number':
      return typeof value === 'number' ? null : 'must be a number'
    case 'decimal':
      return matches(value, /^-?\d{1,18}(\.\d{1,9})?$/) ? null : 'must be a decimal number as text, for example "12.50"'
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false'
    case 'date':
      return matches(value, /^\d{4}-\d{2}-\d{2}$/) && isDate(value) ? null : 'must be a date, for example 2026-07-04'
    case 'datetime':
      return matches(value, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/) && isDate(value)
        ? null
        : 'must be a date with time and zone, for example 2026-07-04T09:00:00Z'
    case 'choice':
      return field.options?.some((option) => option.key === value)
        ? null
        : `must be one of ${(field.options ?? []).map((option) => option.key).join(', ')}`
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item !== 'object') ? null : 'must be a list'
    case 'object_list':
      return Array.isArray(value) && value.every((item) => typeof item === 'object')
        ? null
        : 'must be a list of objects'
    case 'any':
      return null
  }
}

function matches(value: PropertyValue, pattern: RegExp): value is string {
  return typeof value === 'string' && value.length <= 254 && pattern.test(value)
}

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(text))
}

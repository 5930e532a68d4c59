// THE conversion table: source type x external type. Standards it keeps: decimals are never rounded or floated, dates stay
// in the zone they are written in, no value is guessed. PURE. Rules that are not in the table:
//   - no value stays no value: null, or empty text where text is taken, or an empty list where a list is;
//   - a list stays a list where the field is a list or the provider has no list joiner, else its items are joined as text;
//     a list for a field that takes one value must have at most one item; a list of objects is never joined.
import { MappingError } from '../errors.ts'
import type { ExternalField, ExternalType } from '../sdk/external-object-type.ts'
import { didYouMean } from '../sdk/near-name.ts'
import { isEmptyValue, type PropertyValue } from '../sdk/property-value.ts'
import type { FieldOption, SourceType } from '../sdk/source-model.ts'
import { decimalText, exactNumber } from './decimals.ts'
import { isoDatetimeText, parseIsoDate } from './iso-dates.ts'
import { isList, isScalar, quoted, type Scalar, textOf } from './property-value.ts'

/**
 * `any` is what is no source field: a constant, a template, a result, or what transforms made of a value; `each` is the
 * list of objects made of nested records.
 */
export type ValueType = SourceType | 'any' | 'each'

// Undefined: this value cannot be converted.
type Converter = (value: Scalar) => Scalar | undefined

const asItIs: Converter = (value) => value

// Fields of any type can be kept as text, taken as they are, or become an item of a list.
const asText = { text: textOf, choice: asItIs, list: asItIs, any: asItIs }
const asNumber = { integer: toInteger, number: toNumber, decimal: toDecimal }
const asDate = { date: toDate, datetime: toDatetime }
const asAnything = { ...asText, ...asNumber, ...asDate, email: toEmail, url: toUrl, boolean: toBoolean }

const conversions: Record<ValueType, Partial<Record<ExternalType, Converter>>> = {
  text: asAnything,
  multiline: asAnything,
  email: { ...asText, email: textOf },
  url: { ...asText, url: textOf },
  phone: asText,
  country: asText,
  integer: { ...asText, ...asNumber, boolean: toBoolean },
  decimal: { ...asText, ...asNumber },
  boolean: { ...asText, ...asNumber, boolean: toBoolean },
  date: { ...asText, ...asDate },
  datetime: { ...asText, ...asDate },
  time: asText,
  choice: asAnything,
  multiple_choice: asAnything,
  any: { ...asAnything, object_list: asItIs },
  each: { list: asItIs, object_list: asItIs, any: asItIs },
}

const expectations: Record<ExternalType, string> = {
  text: 'text',
  email: 'an e-mail address',
  url: 'an http or https address',
  integer: 'a whole number between -9007199254740991 and 9007199254740991',
  number: 'a number that a JSON number can hold without losing digits',
  decimal: 'a decimal number such as 12.50',
  boolean: 'true or false (yes, no, 1 and 0 are understood)',
  date: 'a date such as 2026-03-01',
  datetime: 'a date and time such as 2026-03-01T09:30:00+01:00',
  choice: 'one of the options',
  list: 'a list',
  object_list: 'a list of objects',
  any: 'a value',
}

/** False when no value of the source type can become a value of the external type. */
export function canConvert(from: ValueType, to: ExternalType): boolean {
  return converterOf(from, to) !== undefined
}

export interface Target {
  from: ValueType
  to: ExternalField
  /** The provider's list joiner. */
  joiner: string | null
  /** Names the value's source in an error message. */
  origin: string
}

/** The value as the external field takes it; a MappingError when it cannot be converted without losing something. */
export function convertValue(value: PropertyValue, target: Target): PropertyValue {
  const { from, to, joiner } = target
  const converter = converterOf(from, to.type)
  const converted = converter === undefined ? undefined : convert(value, to.type, converter, joiner)
  if (converted === undefined) {
    const isPossible = converter !== undefined
    throw refused(
      value,
      target,
      isPossible ? `it is not ${expectations[to.type]}` : `this can never be ${expectations[to.type] ?? 'converted'}`,
      isPossible ? 'Correct the value, or add a transform' : 'Choose another field',
    )
  }
  if (to.options !== undefined && to.options.length > 0) checkOptions(value, to.options, target)
  if (to.maxLength !== undefined && typeof converted === 'string' && converted.length > to.maxLength) {
    // Characters, not UTF-16 units.
    const length = [...converted].length
    if (length > to.maxLength) {
      const problem = `it has ${length} characters and ${to.maxLength} are allowed`
      throw refused(value, target, problem, 'Shorten it with the transform "truncate"')
    }
  }
  return converted
}

function checkOptions(value: PropertyValue, options: readonly FieldOption[], target: Target): void {
  if (target.to.type !== 'choice' && target.to.type !== 'list') return
  for (const item of isList(value) ? value : [value]) {
    if (isEmptyValue(item) || !isScalar(item)) continue
    const text = textOf(item)
    if (options.some(({ key }) => key === text)) continue
    const keys = options.map(({ key }) => key)
    const known =
      didYouMean(text, keys) || ` Its options are ${keys.slice(0, 10).join(', ')}${keys.length > 10 ? ', …' : ''}.`
    throw refused(value, target, `the property has no option "${text}".${known}`, 'Correct the value mapping')
  }
}

function refused(value: PropertyValue, { from, to, origin }: Target, problem: string, advice: string): MappingError {
  const sentence = problem.endsWith('.') || problem.endsWith('?') ? problem : `${problem}.`
  return new MappingError(
    `Cannot write ${quoted(value)} from "${origin}" (${from === 'any' || from === 'each' ? kindOf(value) : from}) to the property ` +
      `"${to.key}" (${to.type}): ${sentence} ${advice} in the mapping.`,
  )
}

function kindOf(value: PropertyValue): string {
  if (typeof value === 'string') return 'text'
  if (isList(value)) return 'list'
  return value === null ? 'no value' : typeof value
}

function converterOf(from: ValueType, to: ExternalType): Converter | undefined {
  const row = Object.hasOwn(conversions, from) ? conversions[from] : conversions.any
  return Object.hasOwn(row, to) ? row[to] : undefined
}

function convert(
  value: PropertyValue,
  to: ExternalType,
  converter: Converter,
  joiner: string | null,
): PropertyValue | undefined {
  if (isList(value)) return convertList(value, to, converter, joiner)
  if (to === 'list' || to === 'object_list') return isEmptyValue(value) ? [] : to === 'list' ? [value] : undefined
  if (value === null) return null
  if (value === '') return takesText(to) ? '' : null
  if (isScalar(value)) return converter(value)
  return to === 'any' ? value : undefined
}

function convertList(
  list: readonly PropertyValue[],
  to: ExternalType,
  converter: Converter,
  joiner: string | null,
): PropertyValue | undefined {
  const items = list.filter((item) => !isEmptyValue(item))
  if (to === 'list') return items
  if (to === 'object_list') return items.every((item) => !isScalar(item) && !isList(item)) ? items : undefined
  if (to === 'any' || to === 'text' || to === 'choice') {
    if (!items.every(isScalar)) return to === 'any' ? items : undefined
    return joiner === null ? items : items.map(textOf).join(joiner)
  }
  const [only = null] = items
  if (items.length > 1 || (only !== null && !isScalar(only))) return undefined
  return only === null ? null : converter(only)
}

function takesText(type: ExternalType): boolean {
  return type === 'text' || type === 'email' || type === 'url' || type === 'choice' || type === 'any'
}

function toInteger(value: Scalar): number | undefined {
  const number = toNumber(value)
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined
}

function toNumber(value: Scalar): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  return exactNumber(textOf(value)) ?? undefined
}

function toDecimal(value: Scalar): string | undefined {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return decimalText(textOf(value)) ?? undefined
}

const words = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])

export function toBoolean(value: Scalar): boolean | undefined {
  return typeof value === 'boolean' ? value : words.get(textOf(value).trim().toLowerCase())
}

function toDate(value: Scalar): string | undefined {
  return typeof value === 'string' ? parseIsoDate(value)?.date : undefined
}

function toDatetime(value: Scalar): string | undefined {
  const date = typeof value === 'string' ? parseIsoDate(value) : null
  return date === null ? undefined : isoDatetimeText(date)
}

function toEmail(value: Scalar): string | undefined {
  const text = textOf(value).trim()
  return /^[^\s@]+@[^\s@]+$/.test(text) ? text : undefined
}

function toUrl(value: Scalar): string | undefined {
  const text = textOf(value).trim()
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined
}

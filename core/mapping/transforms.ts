// The closed list of changes a mapping can make to a value on its way. Total: a value in, a value or a MappingError out.
// PURE. Transforms of text and numbers change every item of a list and leave "no value" alone; `default`, `split`, `join`
// and `pick` look at the whole value.
import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { MappingError } from '../errors.ts'
import type { Transform } from '../sdk/mapping.ts'
import { isEmptyValue, type PropertyValue } from '../sdk/property-value.ts'
import { toBoolean } from './conversions.ts'
import { exactNumber, roundDecimal } from './decimals.ts'
import { epochMs, isoDatetimeText, parseIsoDate } from './iso-dates.ts'
import { isList, isScalar, maxTextLength, quoted, type Scalar, textOf } from './property-value.ts'

type DateFormat = Extract<Transform, { name: 'date' }>['format']

/** `property` is named in error messages. */
export function applyTransforms(
  value: PropertyValue,
  transforms: readonly Transform[],
  property: string,
): PropertyValue {
  let changed = value
  for (const transform of transforms) changed = applyTransform(changed, transform, property)
  return changed
}

function applyTransform(value: PropertyValue, transform: Transform, property: string): PropertyValue {
  const each = (change: (item: Scalar) => Scalar | null): PropertyValue => changeItems(value, change, fail)
  const eachText = (change: (text: string) => Scalar | null): PropertyValue => each((item) => change(textOf(item)))
  const fail = (problem: string): never => {
    throw new MappingError(
      `The transform "${transform.name}" of the property "${property}" ${problem}. Change the transform or the source ` +
        'in the mapping.',
    )
  }
  switch (transform.name) {
    case 'trim':
      return eachText((text) => text.trim())
    case 'uppercase':
      return eachText((text) => text.toUpperCase())
    case 'lowercase':
      return eachText((text) => text.toLowerCase())
    case 'capitalize':
      return eachText(capitalized)
    case 'truncate':
      return eachText((text) => truncated(text, transform.length))
    case 'replace':
      return eachText((text) => replaced(text, transform.search, transform.replacement) ?? fail(tooLong))
    case 'default':
      return isEmptyValue(value) ? transform.value : value
    case 'prefix':
      return eachText((text) => transform.text + text)
    case 'suffix':
      return eachText((text) => text + transform.text)
    case 'split':
      return isEmptyValue(value) ? [] : itemsOf(value, fail).flatMap((item) => textOf(item).split(transform.separator))
    case 'join':
      return isList(value) ? (joined(itemsOf(value, fail), transform.separator) ?? fail(tooLong)) : value
    case 'pick':
      return (isList(value) ? value : [value]).at(transform.index) ?? null
    case 'number':
      return each((item) => numberOf(item) ?? fail(`needs a number that JSON can hold, but got ${quoted(item)}`))
    case 'round':
      return each((item) => rounded(item, transform.digits) ?? fail(`needs a number, but got ${quoted(item)}`))
    case 'date':
      return eachText(
        (text) => formatted(text, transform.format) ?? fail(`needs a date or time, but got ${quoted(text)}`),
      )
    case 'sha256':
      return eachText((text) => createHash('sha256').update(text).digest('hex'))
    case 'boolean_text':
      return each((item) => {
        const isTrue = toBoolean(item) ?? fail(`needs true or false, but got ${quoted(item)}`)
        return isTrue ? transform.whenTrue : transform.whenFalse
      })
    case 'given_name':
      return eachText((text) => splitName(text).given)
    case 'family_name':
      return eachText((text) => splitName(text).family)
    case 'email_domain':
      return eachText((text) => emailDomain(text) ?? fail(`needs an e-mail address, but got ${quoted(text)}`))
  }
}

const tooLong = `makes more than ${maxTextLength} characters`

function changeItems(
  value: PropertyValue,
  change: (item: Scalar) => Scalar | null,
  fail: (problem: string) => never,
): PropertyValue {
  let size = 0
  const changeItem = (item: PropertyValue): PropertyValue => {
    if (isEmptyValue(item)) return item
    if (!isScalar(item)) return fail(`needs text, but got ${quoted(item)}`)
    const changed = change(item)
    // Twenty transforms of a long list could else multiply it beyond all memory.
    size += typeof changed === 'string' ? changed.length : 1
    return size > maxTextLength ? fail(tooLong) : changed
  }
  return isList(value) ? value.map(changeItem) : changeItem(value)
}

function itemsOf(value: PropertyValue, fail: (problem: string) => never): Scalar[] {
  const items = (isList(value) ? value : [value]).filter((item) => !isEmptyValue(item))
  return items.map((item) => (isScalar(item) ? item : fail(`needs text, but got ${quoted(item)}`)))
}

function joined(items: readonly Scalar[], separator: string): string | null {
  const texts = items.map(textOf)
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0)
  return length > maxTextLength ? null : texts.join(separator)
}

function capitalized(text: string): string {
  return text.replace(/^./su, (first) => first.toUpperCase())
}

// Counts characters and not UTF-16 units, so that no character is cut in half.
function truncated(text: string, length: number): string {
  if (text.length <= length) return text
  let end = 0
  for (let count = 0; count < length && end < text.length; count += 1)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return text.slice(0, end)
}

function replaced(text: string, search: string, replacement: string): string | null {
  const parts = text.split(search)
  const length = text.length + (parts.length - 1) * (replacement.length - search.length)
  return length > maxTextLength ? null : parts.join(replacement)
}

function numberOf(item: Scalar): number | null {
  return typeof item === 'boolean' ? Number(item) : exactNumber(textOf(item))
}

function rounded(item: Scalar, digits: number): Scalar | null {
  const text = typeof item === 'boolean' ? null : roundDecimal(textOf(item), digits)
  return text !== null && typeof item === 'number' ? Number(text) : text
}

function formatted(text: string, format: DateFormat): string | number | null {
  const iso = parseIsoDate(text)
  if (iso === null) return format === 'time' ? clockTime(text) : null
  switch (format) {
    case 'date':
      return iso.date
    case 'time':
      return iso.time
    case 'datetime':
      return isoDatetimeText(iso)
    case 'unix_seconds':
      return Math.floor(epochMs(iso) / 1000)
    case 'unix_milliseconds':
      return epochMs(iso)
  }
}

function clockTime(text: string): string | null {
  const [, minutes, seconds = ':00'] = /^((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d(?:\.\d{1,9})?)?$/.exec(text.trim()) ?? []
  return minutes === undefined ? null : minutes + seconds
}

// A guess and nothing more: everything before the last blank is the given name, a single word is a given name.
function splitName(name: string): { given: string; family: string } {
  const text = name.trim()
  let blank = text.length - 1
  while (blank >= 0 && !/\s/.test(text.charAt(blank))) blank -= 1
  return blank < 0
    ? { given: text, family: '' }
    : { given: text.slice(0, blank).trimEnd(), family: text.slice(blank + 1) }
}

// The host after the last @ in its ASCII form: `münchen.example` and `xn--mnchen-3ya.example` are one host.
function emailDomain(text: string): string | null {
  const at = text.lastIndexOf('@')
  const host = text.slice(at + 1).trim()
  // domainToASCII reads a host as a URL would: it cuts at / ? # and decodes %41.
  return at < 1 || /[\s/?#%\\]/.test(host) ? null : domainToASCII(host) || null
}

// A value as a page shows it: what is no text is told in words, characters that cannot be seen or that turn the text around
// are named, long ones are folded.
import { isToCome, valueToCome } from '../../mapping/value-to-come.ts'
import type { PropertyValue } from '../../sdk/property-value.ts'

export type ShownValue =
  | { kind: 'words' | 'text'; text: string }
  /** The beginning, and the whole as far as anybody reads on. */
  | { kind: 'long'; start: string; whole: string; length: number }

const foldedLength = 240
const startLength = 120
/** JSON that is longer is spread over lines. */
const longestLine = 80
const mostShown = 20_000

const words = (text: string): ShownValue => ({ kind: 'words', text })

export const hiddenValue = words('not shown')

/** @param value undefined: there is none */
export function showValue(value: PropertyValue | undefined): ShownValue {
  if (value === undefined) return words('nothing')
  if (value === null) return words('no value')
  if (value === '') return words('empty text')
  if (Array.isArray(value) && value.length === 0) return words('empty list')
  if (value === valueToCome) return words('the id that the remote will give')
  if (isToCome(value) && Array.isArray(value)) {
    const known = value.filter((item) => item !== valueToCome).map((item) => textOf(item))
    const count = value.length - known.length
    return words([...known, `${count} ${count === 1 ? 'id' : 'ids'} that the remote will give`].join(', '))
  }
  return fold(textOf(value))
}

function textOf(value: PropertyValue): string {
  if (typeof value === 'string') return visible(value)
  if (typeof value !== 'object') return String(value)
  const toCome = 'what the remote will give'
  const json = (indent: number) =>
    JSON.stringify(value, (_key, item: unknown) => (item === valueToCome ? toCome : item), indent)
  const line = json(0)
  return visible(line.length <= longestLine ? line : json(1))
}

function fold(text: string): ShownValue {
  if (text.length <= foldedLength) return { kind: 'text', text }
  const whole = text.length > mostShown ? `${cut(text, mostShown)}…` : text
  return { kind: 'long', start: `${cut(text, startLength)}…`, whole, length: text.length }
}

/** No character is cut in half. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\ud800-\udbff]$/, '')

// Controls but tab and line feed, the marks and overrides of the writing direction, and what has no width.
const unseen = /(?![\t\n])\p{Cc}|\p{Bidi_Control}|[\u200b\u2060\ufeff]/gu

/** Text of anybody's, safe to stand in a line of ours. */
export function visible(text: string): string {
  const named = (character: string): string =>
    `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`
  return text.toWellFormed().replace(unseen, named)
}

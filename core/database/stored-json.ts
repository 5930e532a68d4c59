// What PostgreSQL's jsonb and text take: JSON without NUL characters and without halves of surrogate pairs. Those who let
// people enter values refuse the rest; what a remote has answered is mended, because it was sent all the same.
import { z } from 'zod'

/** No NUL, which PostgreSQL keeps in no text, and no half of a surrogate pair, which is no UTF-8. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

export function isStorableJson(value: unknown): boolean {
  if (!z.json().safeParse(value).success) return false
  let isStorable = true
  JSON.stringify(value, (key, member: unknown) => {
    if (!isStorableText(key) || (typeof member === 'string' && !isStorableText(member))) isStorable = false
    return member
  })
  return isStorable
}

// JSON.stringify writes both as escapes. Few texts hold one, and looking at every member is slow.
const suspicious = /\\u(0000|d[89a-f])/

/** The value as JSON, with U+FFFD for characters that cannot be stored. */
export function toStoredJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  if (!suspicious.test(text)) return text
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'string') return toStorableText(member)
    return isObject(member)
      ? Object.fromEntries(Object.entries(member).map(([key, item]) => [toStorableText(key), item]))
      : member
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

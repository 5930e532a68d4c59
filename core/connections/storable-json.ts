// Whether PostgreSQL's jsonb takes a value: JSON, and no text that it refuses.
import { z } from 'zod'

export function isStorableJson(value: unknown): boolean {
  if (!z.json().safeParse(value).success) return false
  let isStorable = true
  JSON.stringify(value, (key, member: unknown) => {
    if (!isStorableText(key) || (typeof member === 'string' && !isStorableText(member))) isStorable = false
    return member
  })
  return isStorable
}

/** No NUL, which PostgreSQL keeps in no text, and no half of a surrogate pair, which is no UTF-8. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

// Texts that pretix keeps in several languages. One of them is read: the wanted one, else the same language of another
// country or manner, else the first that is filled in.
import { z } from '../../core/sdk/index.ts'

/** Mostly an object of texts by language. */
export const translated = z.union([z.string(), z.record(z.string(), z.string().nullable())])
export type Translated = z.infer<typeof translated>

export function inLanguage(text: Translated, locale: string): string {
  if (typeof text === 'string') return text
  const [language] = locale.toLowerCase().split(/[-_]/)
  const filled = Object.entries(text).flatMap(([key, value]) => (value ? [{ key: key.toLowerCase(), value }] : []))
  const found =
    filled.find(({ key }) => key === locale.toLowerCase()) ??
    filled.find(({ key }) => key.split(/[-_]/)[0] === language) ??
    filled[0]
  return found?.value ?? ''
}

export function languagesOf(text: Translated): string[] {
  return typeof text === 'string' ? [] : Object.keys(text).filter((language) => text[language])
}

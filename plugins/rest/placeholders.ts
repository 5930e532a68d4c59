// Text with `{{...}}` placeholders from a closed list: the id of the object, its remote id, a setting, a mapped value. There
// is nothing else in it, no expression and no function; each value is encoded for the place where it stands. PURE.
import { didYouMean, type PropertyValue, RejectedError, SyncConfigError } from '../../core/sdk/index.ts'

/** What a text may be filled with. */
export interface Known {
  id?: string
  idField?: string
  remoteId?: string
  idempotencyKey?: string
  settings: Readonly<Record<string, unknown>>
  value: Readonly<Record<string, PropertyValue>>
  /** All properties of the call as one object; in a JSON body only. */
  properties?: PropertyValue
}

export type Part = { text: string } | { name: string }

/** The names a text may have, beside `settings.<name>` and `value.<field>`. */
export const wordNames = ['id', 'idField', 'remoteId', 'idempotencyKey', 'properties'] as const
export type WordName = (typeof wordNames)[number]

/** A SyncConfigError tells what is wrong. */
export function parseText(text: string): Part[] {
  const parts: Part[] = []
  let position = 0
  while (position < text.length) {
    const start = text.indexOf('{{', position)
    if (start < 0) break
    const end = text.indexOf('}}', start)
    const name = end < 0 ? '' : text.slice(start + 2, end).trim()
    if (!/^[^{}\s]+$/.test(name)) {
      throw new SyncConfigError(`has "{{" at character ${start + 1} without a name and "}}" after it`)
    }
    if (start > position) parts.push({ text: text.slice(position, start) })
    parts.push({ name })
    position = end + 2
  }
  if (position < text.length) parts.push({ text: text.slice(position) })
  return parts
}

/** The end of a sentence that begins with the text's place; null when every placeholder is known. */
export function placeholderProblem(
  text: string,
  {
    words,
    settings,
    fields,
  }: { words: readonly WordName[]; settings: readonly string[]; fields: readonly string[] | null },
): string | null {
  try {
    for (const part of parseText(text)) {
      if ('text' in part) continue
      const [kind, key] = splitName(part.name)
      if (key === null && words.some((word) => word === kind)) continue
      if (kind === 'settings' && key !== null && settings.includes(key)) continue
      if (kind === 'value' && key !== null && fields !== null) continue
      const candidates = [
        ...words,
        ...settings.map((name) => `settings.${name}`),
        ...(fields ?? []).map((name) => `value.${name}`),
      ]
      return `has the placeholder {{${part.name}}}, which means nothing here.${didYouMean(part.name, candidates)} ${
        candidates.length > 0
          ? `There are: ${candidates
              .slice(0, 20)
              .map((name) => `{{${name}}}`)
              .join(', ')}`
          : 'None can be used here'
      }`
    }
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The value of a placeholder; null for one that has none. */
export function namedValue(name: string, known: Known): PropertyValue {
  const [kind, key] = splitName(name)
  if (key === null) {
    const word = wordNames.find((one) => one === kind)
    return (word === undefined ? null : known[word]) ?? null
  }
  const source: Readonly<Record<string, unknown>> =
    kind === 'settings' ? known.settings : kind === 'value' ? known.value : {}
  // Settings were parsed by the schema made of the definition, values come from a mapping: both are JSON.
  return Object.hasOwn(source, key) ? ((source[key] ?? null) as PropertyValue) : null
}

/** As text: nothing for null, a list with commas, an object as JSON. */
export function textOf(value: PropertyValue): string {
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  const isFlat = Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)
  return isFlat ? value.map(textOf).join(',') : JSON.stringify(value)
}

export function fillPlain(text: string, known: Known): string {
  return parseText(text)
    .map((part) => ('text' in part ? part.text : textOf(namedValue(part.name, known))))
    .join('')
}

/** A header's value is one line of ASCII: anything else in a value is refused, so that no value adds a header. */
export function fillHeader(name: string, text: string, known: Known): string {
  const filled = fillPlain(text, known)
  if (/^[\t\x20-\x7e]*$/.test(filled)) return filled
  throw new RejectedError(
    `The header "${name}" cannot be sent: a value in it holds a line break or a character that headers cannot carry. Use another field, or leave the header out.`,
  )
}

function splitName(name: string): [kind: string, key: string | null] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, null] : [name.slice(0, dot), name.slice(dot + 1)]
}

// A body written as JSON with placeholders. It is parsed once, before anything is filled in, so that no value can end a
// text or add a key: `"Hello {{id}}"` takes the value as text, `{{value.total}}` on its own takes it as it is. PURE.
import { messageOf, type PropertyValue, SyncConfigError } from '../../core/sdk/index.ts'
import { fillPlain, type Known, namedValue, parseText } from './placeholders.ts'

export type JsonTemplate = PropertyValue

// Stands for a placeholder outside of quotes while the text is parsed; no text that was typed holds a NUL.
const mark = '\u0000'

/** A SyncConfigError tells what is wrong, as the end of a sentence. */
export function parseJsonTemplate(text: string): JsonTemplate {
  if (text.includes(mark) || text.includes('\\u0000')) throw new SyncConfigError('must not hold a NUL character')
  let json = ''
  let isQuoted = false
  for (const part of parseText(text)) {
    if ('name' in part) {
      json += isQuoted ? `{{${part.name}}}` : JSON.stringify(`${mark}${part.name}`)
      continue
    }
    json += part.text
    isQuoted = endsQuoted(part.text, isQuoted)
  }
  try {
    return JSON.parse(json)
  } catch (error) {
    const reason = messageOf(error).replaceAll(mark, '').replaceAll('\\u0000', '')
    throw new SyncConfigError(`is no JSON once the placeholders are filled in: ${reason}`)
  }
}

export function fillJson(template: JsonTemplate, known: Known): PropertyValue {
  if (typeof template === 'string') {
    return template.startsWith(mark) ? namedValue(template.slice(1), known) : fillPlain(template, known)
  }
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return template.map((item) => fillJson(item, known))
  return Object.fromEntries(
    Object.entries(template).map(([key, item]) => [fillPlain(key, known), fillJson(item, known)]),
  )
}

function endsQuoted(text: string, isQuotedBefore: boolean): boolean {
  let isQuoted = isQuotedBefore
  for (let index = 0; index < text.length; index += 1) {
    if (isQuoted && text[index] === '\\') index += 1
    else if (text[index] === '"') isQuoted = !isQuoted
  }
  return isQuoted
}

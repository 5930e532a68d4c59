// The address of a call: base URL and path, each value encoded so that it stays within the part of the address where it
// stands. PURE.
import { RejectedError, SyncConfigError } from '../../core/sdk/index.ts'
import { type Known, namedValue, parseText, textOf } from './placeholders.ts'

/** The base URL may begin with a setting that holds a whole address; elsewhere in it values are names of hosts or segments. */
export function fillUrl({ baseUrl, path, known }: { baseUrl: string; path: string; known: Known }): string {
  let base = ''
  for (const part of parseText(baseUrl)) {
    if ('text' in part) base += part.text
    else if (base === '') base = wholeAddress(part.name, known)
    else if (/^https?:\/\/[^/]*\//i.test(base)) base += segment(part.name, known)
    else base += hostName(part.name, known)
  }
  base = base.replace(/\/+$/, '')
  const tail = parseText(path)
    .map((part) => ('text' in part ? part.text : segment(part.name, known)))
    .join('')
  const url = `${base}${tail}`
  const parsed = URL.parse(url)
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new SyncConfigError(
      `"${url}" is no complete http or https address. Correct the base URL of the definition or the settings of the connection.`,
    )
  }
  // URLs are resolved: `..` as a value would climb to another address.
  if (
    url
      .replace(/[?#].*$/s, '')
      .split('/')
      .some((one) => /^(?:\.|%2e){1,2}$/i.test(one))
  ) {
    throw new RejectedError(`"${url}" cannot be called: "." and ".." cannot stand for an object in an address.`)
  }
  return url
}

function segment(name: string, known: Known): string {
  const text = textOf(namedValue(name, known))
  // DELETE /contacts/ is another call than DELETE /contacts/5.
  if (text === '') throw new RejectedError(`The address cannot be built: {{${name}}} has no value.`)
  return encodeURIComponent(text.toWellFormed())
}

function hostName(name: string, known: Known): string {
  const text = textOf(namedValue(name, known))
  if (/^[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/i.test(text)) return text
  throw new SyncConfigError(
    `{{${name}}} stands in the name of the host, and "${text.slice(0, 100)}" is none. Correct the settings of the connection.`,
  )
}

function wholeAddress(name: string, known: Known): string {
  const text = textOf(namedValue(name, known))
  const url = URL.parse(text)
  if (url && ['http:', 'https:'].includes(url.protocol) && !/[?#]/.test(text)) return text.replace(/\/+$/, '')
  throw new SyncConfigError(
    `{{${name}}} must hold a complete address such as https://crm.example.com/api, without ? and #. Correct the settings of the connection.`,
  )
}

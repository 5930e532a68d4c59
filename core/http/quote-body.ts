// The body of an answer as it may stand in a message or on a page: on one line, bounded, without credentials, and a web page
// by its words instead of its markup. PURE.
import type { HttpResponse } from '../sdk/http-client.ts'
import { isWebPage, pageWords } from './page-words.ts'
import { redactedExcerpt, redactJson } from './redact.ts'

const longestPage = 64 * 1024
const longestTitle = 200
const longestWords = 300

export function quoteBody(
  { text, headers }: Pick<HttpResponse, 'text' | 'headers'>,
  { secrets, limit }: { secrets: readonly string[]; limit: number },
): string {
  const body = parseJson(text)
  if (body !== undefined) return redactedExcerpt(JSON.stringify(redactJson(body, secrets)), { secrets, limit })
  if (!isWebPage({ text, headers })) return redactedExcerpt(text, { secrets, limit })
  // Before the markup is taken out, and once more after it: a secret may be escaped in it, or stand around it.
  const { title, words } = pageWords(redactedExcerpt(text, { secrets, limit: longestPage }))
  const [name, said] = [
    redactedExcerpt(title, { secrets, limit: longestTitle }),
    redactedExcerpt(words, { secrets, limit: longestWords }),
  ]
  if (name === '') return said === '' ? 'a web page without words' : `a web page: ${said}`
  return said === '' ? `the web page “${name}”` : `the web page “${name}”: ${said}`
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Error pages are often HTML; that is what the excerpt is for.
    return undefined
  }
}

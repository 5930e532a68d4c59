// Errors that nobody expected: what a provider or a source model threw that is none of our classes. They are told with
// whose code has failed, because the person who reads them has to know whom to ask.
import { isErrorKind, messageOf } from '../errors.ts'
import { isIssue, issueSentences } from '../sdk/zod-words.ts'

/**
 * The error to throw instead: one of our classes, and a failure of the network, comes back as it is.
 * @param failed the beginning of the sentence: "syncObjectWithProperties of the provider crm (plugin my-crm) failed"
 * @param lastAnswer what it was answered before that: "GET https://api.example.com/contacts was answered with 200"
 */
export function toldWithOrigin(error: unknown, failed: string, lastAnswer?: string | null): unknown {
  if (isErrorKind(error, 'OutboundSyncError') || isNetworkFailure(error)) return error
  if (causesOf(error).some((cause) => isErrorKind(cause, 'HeldError'))) return error
  const after = lastAnswer ? ` after ${lastAnswer}` : ''
  const told = new Error(`${failed}${after}: ${wordsOf(error)}`, { cause: error })
  // PostgreSQL's and Node's, by which others know what to do.
  const code: unknown = Reflect.get(Object(error), 'code')
  return typeof code === 'string' ? Object.assign(told, { code }) : told
}

const mostPaths = 5

// A plain `schema.parse(response.json())` throws zod's own error, whose message is JSON for programs.
function wordsOf(error: unknown): string {
  const issues: unknown = Reflect.get(Object(error), 'issues')
  const isZod = /^\$?Zod(Real)?Error$/.test(String(Reflect.get(Object(error), 'name')))
  if (!isZod || !Array.isArray(issues) || !issues.every(isIssue)) return messageOf(error)
  const sentences = issueSentences(issues, { whole: 'the whole' })
  const more = sentences.length > mostPaths ? `; and ${sentences.length - mostPaths} more` : ''
  return `what it read is not of the form it expects: ${sentences.slice(0, mostPaths).join('; ')}${more}.`
}

// A provider that calls out by other means than our client throws Node's or undici's own errors: they heal by waiting.
const networkCodes = /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|ADDR)|UND_ERR_)/

export function isNetworkFailure(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const code: unknown = Reflect.get(Object(cause), 'code')
    return typeof code === 'string' && networkCodes.test(code)
  })
}

/** The error and what lies below it, outermost first. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let current = error; current && causes.length < 5; current = Reflect.get(Object(current), 'cause')) {
    causes.push(current)
  }
  return causes
}

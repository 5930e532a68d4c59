// What an answer means by the definition's own table; what fits no line is judged by its status (core/http). PURE.
import {
  AuthenticationError,
  type HttpResponse,
  PermanentError,
  RateLimitedError,
  RejectedError,
  RetryableError,
  SyncConfigError,
} from '../../core/sdk/index.ts'
import type { ErrorDefinition } from './definition.ts'
import { type AnswerCondition, isStatusOf } from './definition-parts.ts'
import { readPath } from './paths.ts'

const maxMessageLength = 2000
const maxProblemCount = 100

/** Undefined: the status decides. */
export function errorFromTable(
  table: readonly ErrorDefinition[],
  response: HttpResponse,
  request: { method: string; url: string },
): Error | undefined {
  const body = bodyOf(response)
  const line = table.find(({ when }) => fits(when, response.status, body))
  if (line === undefined) return undefined
  const said = line.messagePath === '' ? '' : wordsOf(readPath(body, line.messagePath))
  const problems = problemsOf(line, body)
  // Without the query, which may hold a key.
  const what = `${request.method} ${request.url.replace(/[?#].*$/s, '')} was answered with ${response.status}.`
  const listed = problems.map(({ property, message }) => (property ? `${property}: ${message}` : message)).join('; ')
  const answer = [said, listed].filter(Boolean).join(': ') || response.excerpt()
  const message = `${what} ${advice[line.means]}${answer && ` The answer: ${answer}`}`
  switch (line.means) {
    case 'retry':
      return new RetryableError(message)
    case 'rate_limited':
      return new RateLimitedError(message, { retryAt: retryAt(response.headers['retry-after']) })
    case 'reconnect':
      return new AuthenticationError(message)
    case 'rejected':
      return new RejectedError(message, { problems })
    case 'permanent':
      return new PermanentError(message)
    case 'config':
      return new SyncConfigError(message)
  }
}

const advice: Readonly<Record<ErrorDefinition['means'], string>> = {
  retry: 'The remote has trouble of its own; the call is tried again later.',
  rate_limited: 'The remote asks to be called less often.',
  reconnect: 'The credentials were not accepted. Reconnect the account.',
  rejected: 'The remote did not accept what was sent.',
  permanent: 'The remote will not do this, however often it is asked.',
  config: 'Something has to be changed in the settings of the connection or in the mapping.',
}

/** A condition without statuses and path never holds. */
export function fits({ statuses, path, equals }: AnswerCondition, status: number, body: unknown): boolean {
  if (statuses === '' && path === '') return false
  if (statuses !== '' && !isStatusOf(status, statuses)) return false
  if (path === '') return true
  const value = readPath(body, path)
  if (equals === '') return value !== undefined && value !== null && value !== false && value !== ''
  return (
    (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') && String(value) === equals
  )
}

/** Undefined when the answer is no JSON: then no path holds anything. */
export function bodyOf({ text }: HttpResponse): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Error pages are often HTML; only the statuses of the table count then.
    return undefined
  }
}

function problemsOf(
  { problemsPath, problemFieldPath, problemMessagePath }: ErrorDefinition,
  body: unknown,
): { property: string; message: string }[] {
  const list = problemsPath === '' ? [] : readPath(body, problemsPath)
  if (!Array.isArray(list)) return []
  return list.slice(0, maxProblemCount).flatMap((problem: unknown) => {
    const property = problemFieldPath === '' ? '' : wordsOf(readPath(problem, problemFieldPath))
    const message = wordsOf(readPath(problem, problemMessagePath))
    return message === '' ? [] : [{ property, message }]
  })
}

function wordsOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.slice(0, maxMessageLength)
}

// Seconds or a date; anything else leaves the time to us.
function retryAt(header: string | undefined): Date | null {
  if (header === undefined) return null
  const isSeconds = /^\d{1,7}$/.test(header.trim())
  const at = isSeconds ? Date.now() + Number(header) * 1000 : Date.parse(header)
  return Number.isNaN(at) ? null : new Date(at)
}

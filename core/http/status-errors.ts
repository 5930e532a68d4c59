// The default table from an HTTP status to the class of an error; core/queue/outcome.ts has the rule for each class.
// PURE. A provider's classifyResponse comes before it (core/connections/authorized-client.ts).
import { STATUS_CODES } from 'node:http'
import {
  AuthenticationError,
  PermanentError,
  RateLimitedError,
  RejectedError,
  RetryableError,
  type SyncError,
} from '../errors.ts'
import type { HttpResponse } from '../sdk/http-client.ts'
import { type ProblemDocument, readProblemDocument } from './problem-document.ts'
import { parseJson, quoteBody } from './quote-body.ts'
import { redactedExcerpt, redactUrl } from './redact.ts'
import { parseRetryAfter } from './retry-after.ts'

const maxExcerptLength = 8 * 1024
const maxProblemLength = 500
const maxLocationLength = 1000

/** Null for 2xx, else the error to throw. `secrets` are replaced in everything that is quoted from the answer. */
export function errorForResponse({
  method,
  url,
  response,
  now,
  secrets = [],
}: {
  method: string
  url: string
  response: Pick<HttpResponse, 'status' | 'headers' | 'text'>
  now: Date
  secrets?: readonly string[]
}): SyncError | null {
  const { status, headers } = response
  if (status >= 200 && status <= 299) return null

  const { said, problems } = quote(response, secrets)
  const say = (advice: string): string => {
    const name = STATUS_CODES[status] ? ` ${STATUS_CODES[status]}` : ''
    return `${method} ${redactUrl(url)} was answered with ${status}${name}. ${advice}${said && ` The answer: ${said}`}`
  }

  const retryAt = status === 429 || status === 503 ? retryAfter(headers, now) : null
  if (status === 429 || retryAt) {
    const advice = retryAt
      ? `The remote asks not to be called again before ${retryAt.toISOString()}.`
      : 'The remote asks to be called less often.'
    return new RateLimitedError(say(advice), { retryAt })
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new RetryableError(say('The remote has trouble of its own; the call is tried again later.'))
  }
  if (status === 401) {
    return new AuthenticationError(say('The credentials were not accepted. Reconnect the account.'))
  }
  if (status === 403) {
    return new AuthenticationError(
      say('The account may not do this. Give it the permission at the remote, or reconnect with another account.'),
    )
  }
  if (status >= 300 && status <= 399) {
    return new PermanentError(say(redirectAdvice({ url, location: headers.location, secrets })))
  }
  return new RejectedError(say(rejectionAdvice.get(status) ?? 'The remote did not accept what was sent.'), { problems })
}

function retryAfter(headers: HttpResponse['headers'], now: Date): Date | null {
  return parseRetryAfter(headers['retry-after'], { now, date: headers.date })
}

const rejectionAdvice = new Map([
  [404, 'There is nothing at this address: check the address in the settings, and whether the object was deleted.'],
  [405, 'The address does not take this kind of call: check the address in the settings.'],
  [409, 'The remote holds something that contradicts what was sent.'],
  [410, 'What was addressed has been removed for good.'],
  [412, 'The object at the remote has changed in between.'],
  [413, 'The remote takes no request of this size.'],
])

function redirectAdvice({
  url,
  location,
  secrets,
}: {
  url: string
  location: string | undefined
  secrets: readonly string[]
}): string {
  const target = location === undefined ? null : URL.parse(location, url)
  const where = target
    ? `to ${redactedExcerpt(redactUrl(target.href), { secrets, limit: maxLocationLength })}`
    : 'elsewhere without saying where'
  return `It points ${where}, and redirects are not followed. If the new address is right, put it into the settings.`
}

// A problem document is quoted by what it says.
function quote(
  response: Pick<HttpResponse, 'headers' | 'text'>,
  secrets: readonly string[],
): { said: string; problems: ProblemDocument['problems'] } {
  const { summary, problems } = readProblemDocument(parseJson(response.text))
  const bounds = { secrets, limit: maxExcerptLength }
  return {
    said: summary === null ? quoteBody(response, bounds) : redactedExcerpt(summary, bounds),
    problems: problems.map(({ property, message }) => ({
      property: redactedExcerpt(property, { secrets, limit: maxProblemLength }),
      message: redactedExcerpt(message, { secrets, limit: maxProblemLength }),
    })),
  }
}

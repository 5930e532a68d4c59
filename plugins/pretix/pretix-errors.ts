// What goes wrong while pretix is read, told with its name: the job is one of the system that is sent to, and its operator
// would look for the fault there. The class decides what follows, so it stays.
import {
  isErrorKind,
  messageOf,
  NetworkError,
  PermanentError,
  RateLimitedError,
  RequestTimeoutError,
  RetryableError,
  SyncConfigError,
} from '../../core/sdk/index.ts'

const codes = { token: 'pretix_token', forbidden: 'pretix_forbidden', missing: 'pretix_missing' } as const

export function tokenRefused(what: string, origin: string): SyncConfigError {
  return new SyncConfigError(
    `${what} could not be read: pretix at ${origin} does not accept the API token (401). Make a token for a team in pretix, put it into PRETIX_TOKEN and start the program again.`,
    { code: codes.token },
  )
}

export function notShown(what: string, origin: string): SyncConfigError {
  return new SyncConfigError(
    `${what} could not be read: pretix at ${origin} does not show it to this API token (403). Either the event is gone, or the team of the token has no access to it or lacks the permission "Can view orders".`,
    { code: codes.forbidden },
  )
}

export function notThere(what: string, origin: string): PermanentError {
  return new PermanentError(`${what} could not be read: pretix at ${origin} has nothing of that name (404).`, {
    code: codes.missing,
  })
}

/** The same kind of error, with pretix in its sentence. What is none of ours comes back as it is. */
export function namingPretix(error: unknown, what: string): unknown {
  if (!isErrorKind(error, 'SyncError') || hasCode(error, Object.values(codes))) return error
  const message = `${what} could not be read from pretix. ${messageOf(error)}`
  const options = { cause: error }
  if (isErrorKind(error, 'RateLimitedError')) {
    const retryAt: unknown = Reflect.get(Object(error), 'retryAt')
    return new RateLimitedError(message, { ...options, retryAt: retryAt instanceof Date ? retryAt : null })
  }
  if (isErrorKind(error, 'NetworkError')) return new NetworkError(message, options)
  if (isErrorKind(error, 'RequestTimeoutError')) return new RequestTimeoutError(message, options)
  if (isErrorKind(error, 'RetryableError')) return new RetryableError(message, options)
  if (isErrorKind(error, 'SyncConfigError')) return new SyncConfigError(message, options)
  return new PermanentError(message, options)
}

/** The event is not there, or not for this token. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, [codes.forbidden, codes.missing])
}

/** No other call to pretix would do better now. */
export function concernsAllOfPretix(error: unknown): boolean {
  const kinds = ['NetworkError', 'RequestTimeoutError', 'RateLimitedError'] as const
  return kinds.some((kind) => isErrorKind(error, kind)) || hasCode(error, [codes.token])
}

function hasCode(error: unknown, wanted: readonly string[]): boolean {
  const code: unknown = Reflect.get(Object(error), 'code')
  return typeof code === 'string' && wanted.includes(code)
}

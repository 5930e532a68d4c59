// Every error class of the product, in one place, because the class of an error is the rule for it: core/queue/outcome.ts
// has one line per class. Errors are recognised by brand and not by instanceof, so that two copies of this package in one
// process (a plugin's and the host's) still understand each other.

const brand = Symbol.for('outbound-sync.error')

export const errorKinds = [
  'OutboundSyncError',
  'SyncError',
  'RetryableError',
  'RateLimitedError',
  'HeldError',
  'NetworkError',
  'RequestTimeoutError',
  'AuthenticationError',
  'PermanentError',
  'RejectedError',
  'SyncConfigError',
  'MappingError',
  'PluginError',
  'SecretError',
  'TransitionError',
] as const
export type ErrorKind = (typeof errorKinds)[number]

interface ErrorOptions {
  cause?: unknown
}

/** The root of the family: `code` is stable and machine-readable, `message` is written for the operator. */
export class OutboundSyncError extends Error {
  readonly code: string
  readonly [brand]: readonly ErrorKind[]

  constructor(code: string, message: string, options?: ErrorOptions, kinds: readonly ErrorKind[] = []) {
    super(message, options)
    this.code = code
    this[brand] = ['OutboundSyncError', ...kinds]
    this.name = this[brand].at(-1) ?? 'OutboundSyncError'
  }
}

/** What a provider may throw. Thrown directly it is treated like an unexpected error. */
export class SyncError extends OutboundSyncError {
  constructor(code: string, message: string, options?: ErrorOptions, kinds: readonly ErrorKind[] = []) {
    super(code, message, options, ['SyncError', ...kinds])
  }
}

/** Can heal by waiting: the job is tried again later and one attempt is used. */
export class RetryableError extends SyncError {
  constructor(message: string, options?: ErrorOptions & { code?: string }, kinds: readonly ErrorKind[] = []) {
    super(options?.code ?? 'retryable', message, options, ['RetryableError', ...kinds])
  }
}

/** The remote asked us to slow down. Uses no attempt; the account waits until `retryAt` (null: our own backoff). */
export class RateLimitedError extends RetryableError {
  readonly retryAt: Date | null
  constructor(message: string, options?: ErrorOptions & { retryAt?: Date | null }) {
    super(message, { ...options, code: 'rate_limited' }, ['RateLimitedError'])
    this.retryAt = options?.retryAt ?? null
  }
}

/** The gate of the account closed after the job was claimed: nothing was called. The job goes back to waiting. */
export class HeldError extends RetryableError {
  constructor(message: string) {
    super(message, { code: 'held' }, ['HeldError'])
  }
}

/** The remote could not be reached, or the connection broke. Whether the call took effect is unknown. */
export class NetworkError extends RetryableError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, code: 'network' }, ['NetworkError'])
  }
}

/** The remote did not answer in time. Whether the call took effect is unknown. */
export class RequestTimeoutError extends RetryableError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, code: 'request_timeout' }, ['RequestTimeoutError'])
  }
}

/** The credentials were refused: the connection waits until somebody reconnects it. Uses no attempt. */
export class AuthenticationError extends SyncError {
  constructor(message: string, options?: ErrorOptions) {
    super('authentication', message, options, ['AuthenticationError'])
  }
}

/** Will not heal by waiting: a person has to change something. */
export class PermanentError extends SyncError {
  constructor(message: string, options?: ErrorOptions & { code?: string }, kinds: readonly ErrorKind[] = []) {
    super(options?.code ?? 'permanent', message, options, ['PermanentError', ...kinds])
  }
}

/** The remote refused the data of one object. `problems` names the properties at fault. */
export class RejectedError extends PermanentError {
  readonly problems: readonly { property: string; message: string }[]
  constructor(
    message: string,
    options?: ErrorOptions & { problems?: readonly { property: string; message: string }[] },
  ) {
    super(message, { ...options, code: 'rejected' }, ['RejectedError'])
    this.problems = options?.problems ?? []
  }
}

/** The settings of the connection are wrong: the administrator has to change them. `problems` may name the settings. */
export class SyncConfigError extends PermanentError {
  readonly problems: readonly { property: string; message: string }[]
  constructor(
    message: string,
    options?: ErrorOptions & { code?: string; problems?: readonly { property: string; message: string }[] },
    kinds: readonly ErrorKind[] = [],
  ) {
    super(message, { ...options, code: options?.code ?? 'config' }, ['SyncConfigError', ...kinds])
    this.problems = options?.problems ?? []
  }
}

/** The mapping cannot be applied to this record. */
export class MappingError extends SyncConfigError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, code: 'mapping' }, ['MappingError'])
  }
}

/** A plugin cannot be loaded, or broke its contract. */
export class PluginError extends OutboundSyncError {
  constructor(message: string, options?: ErrorOptions) {
    super('plugin', message, options, ['PluginError'])
  }
}

/** A sealed value cannot be opened, or there is no key to seal with. */
export class SecretError extends OutboundSyncError {
  constructor(message: string, options?: ErrorOptions) {
    super('secret', message, options, ['SecretError'])
  }
}

/** A job, run or connection was asked for a move its present state does not allow. */
export class TransitionError extends OutboundSyncError {
  constructor(message: string, options?: ErrorOptions) {
    super('transition', message, options, ['TransitionError'])
  }
}

/** True when `error` is of this class or of one derived from it, whichever copy of the package made it. */
export function isErrorKind(error: unknown, kind: ErrorKind): boolean {
  if (typeof error !== 'object' || error === null) return false
  const kinds: unknown = Reflect.get(error, brand)
  return Array.isArray(kinds) && kinds.includes(kind)
}

/** The message of anything that was thrown, cut at 10,000 characters so that no remote can flood the history. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.length > 10_000 ? `${text.slice(0, 10_000)}…` : text
}

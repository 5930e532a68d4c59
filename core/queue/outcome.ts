// What a try ends in, as a value: results or an error go in, what happens to the job comes out. Pure. The table of
// outcomes is DESIGN's; the rule for an error is its class.
import { isErrorKind, messageOf } from '../errors.ts'
import type { SubmittedObject } from '../sync/submitted-object.ts'
import { causesOf, isNetworkFailure } from '../sync/unexpected-error.ts'
import type { AttentionReason } from './job-states.ts'
import { delayUntil, retryDelayMs, withJitter } from './retry-policy.ts'

export interface SourceReference {
  model: string
  id: string
}

export type Outcome =
  | { kind: 'succeeded' | 'nothing_to_do' }
  | { kind: 'skipped' | 'canceled' | 'gone' | 'superseded'; message: string }
  | { kind: 'submitted'; delayMs: number; message: string; objects: readonly SubmittedObject[] }
  | { kind: 'waiting_for'; reference: SourceReference; message: string }
  | { kind: 'deferred'; delayMs: number; message: string }
  /** `isUnexpected`: it is no failure of the remote's, and the last try comes sooner. */
  | { kind: 'retry'; delayMs: number; message: string; isUnexpected?: true }
  /** `delayMs` null: the remote did not say how long. */
  | { kind: 'rate_limited'; delayMs: number | null; message: string }
  | { kind: 'reconnect'; message: string }
  /** A gate closed after the claim; not a try. */
  | { kind: 'held'; message: string }
  | { kind: AttentionReason; message: string }

export interface FailureContext {
  /** Before this failure. */
  failedAttempts: number
  firstFailedAt: Date | null
  maxAttempts: number
  /** No try comes later than this after the first failure; null leaves it to the number of attempts. */
  retryForMs: number | null
  now: Date
  random: number
  nextRetryDate?: (state: { failedAttempts: number; firstFailedAt: Date; now: Date }, error: unknown) => Date | null
}

/** An unexpected error is tried twice before it is called one of the program: many are a careless network call. */
export const unexpectedTries = 2

export function outcomeOfError(error: unknown, context: FailureContext): Outcome {
  const message = messageOf(error)
  if (isHeld(error)) return { kind: 'held', message }
  if (isErrorKind(error, 'RateLimitedError')) {
    return { kind: 'rate_limited', delayMs: rateLimitDelayMs(error, context), message }
  }
  if (isErrorKind(error, 'AuthenticationError')) return { kind: 'reconnect', message }
  if (isErrorKind(error, 'SyncConfigError')) return { kind: 'config', message }
  if (isErrorKind(error, 'PermanentError')) return { kind: 'permanent', message }
  if (isErrorKind(error, 'SecretError')) return { kind: 'config', message }
  if (isErrorKind(error, 'RetryableError') || isNetworkFailure(error)) {
    return retryOr('exceeded', context.maxAttempts, error, message, context)
  }
  return retryOr('internal', Math.min(unexpectedTries, context.maxAttempts), error, message, context)
}

/** Null when the remote did not say how long, or asked for no wait at all: that would be an endless loop. */
export function rateLimitDelayMs(
  error: unknown,
  { now, random }: Pick<FailureContext, 'now' | 'random'>,
): number | null {
  const retryAt: unknown = Reflect.get(Object(error), 'retryAt')
  const toldMs = retryAt instanceof Date ? delayUntil(retryAt, now) : 0
  return toldMs > 0 ? withJitter(toldMs, random) : null
}

function retryOr(
  end: 'exceeded' | 'internal',
  tries: number,
  error: unknown,
  message: string,
  context: FailureContext,
): Outcome {
  const failedAttempts = context.failedAttempts + 1
  if (failedAttempts >= tries) return { kind: end, message }
  const asked = context.nextRetryDate?.(
    { failedAttempts, firstFailedAt: context.firstFailedAt ?? context.now, now: context.now },
    error,
  )
  const delayMs = asked ? delayUntil(asked, context.now) : retryDelayMs({ failedAttempts, random: context.random })
  const since = (context.firstFailedAt ?? context.now).getTime()
  if (context.retryForMs !== null && context.now.getTime() + delayMs - since > context.retryForMs) {
    return { kind: end, message }
  }
  return { kind: 'retry', delayMs, message, ...(end === 'internal' ? { isUnexpected: true } : {}) }
}

// A provider may have wrapped it.
function isHeld(error: unknown): boolean {
  return causesOf(error).some((cause) => isErrorKind(cause, 'HeldError'))
}

/** The remote answers later; until the first of the batches is looked up. */
export function submittedOutcome(objects: readonly SubmittedObject[], now: Date): Outcome {
  const delayMs = Math.min(...objects.map(({ submission }) => checkDelayMs(submission.checkAt, now)))
  const batches = new Set(objects.map(({ submission }) => submission.remoteBatchId))
  return { kind: 'submitted', delayMs, message: acceptedMessage([...batches]), objects }
}

/** Names the remote's batches, so that they can be found there. */
export function acceptedMessage(remoteBatchIds: readonly string[]): string {
  return `Accepted as ${remoteBatchIds.join(', ')}.`
}

/** Between two looks for an answer, whatever the provider asks for. */
const shortestCheckMs = 200

/** Until a provider wants to be asked for an answer. */
export function checkDelayMs(checkAt: Date, now: Date): number {
  return Math.max(delayUntil(checkAt, now), shortestCheckMs)
}

/** True when a person has to act. */
export function needsAttention(outcome: Outcome): outcome is { kind: AttentionReason; message: string } {
  return ['exceeded', 'permanent', 'config', 'internal', 'timeout'].includes(outcome.kind)
}

/** True when the job is over and its row goes. */
export function isDone(outcome: Outcome): boolean {
  return ['succeeded', 'nothing_to_do', 'skipped', 'canceled', 'gone', 'superseded'].includes(outcome.kind)
}

/** True when the try counts against the attempts; a worker that died is no failure of the remote. */
export function usesAttempt(outcome: Outcome): boolean {
  return outcome.kind === 'retry' || (needsAttention(outcome) && outcome.kind !== 'timeout')
}

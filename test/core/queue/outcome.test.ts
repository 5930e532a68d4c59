import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as errors from '../../../core/errors.ts'
import {
  type FailureContext,
  isDone,
  needsAttention,
  outcomeOfError,
  usesAttempt,
} from '../../../core/queue/outcome.ts'

const now = new Date('2026-11-22T10:00:00Z')
const context = (changes: Partial<FailureContext> = {}): FailureContext => ({
  failedAttempts: 0,
  firstFailedAt: null,
  maxAttempts: 5,
  retryForMs: null,
  now,
  random: 0,
  ...changes,
})

describe('outcomeOfError', () => {
  const byClass: [Error, string][] = [
    [new errors.RetryableError('later'), 'retry'],
    [new errors.NetworkError('reset'), 'retry'],
    [new errors.RequestTimeoutError('slow'), 'retry'],
    [new errors.RateLimitedError('slow down'), 'rate_limited'],
    [new errors.HeldError('closed'), 'held'],
    [new errors.RetryableError('wrapped by a provider', { cause: new errors.HeldError('closed') }), 'held'],
    [new errors.AuthenticationError('who?'), 'reconnect'],
    [new errors.PermanentError('no'), 'permanent'],
    [new errors.RejectedError('bad e-mail'), 'permanent'],
    [new errors.SyncConfigError('wrong list'), 'config'],
    [new errors.MappingError('no such field'), 'config'],
    [new errors.SecretError('no key'), 'config'],
    [new TypeError('x is undefined'), 'retry'],
  ]
  for (const [error, kind] of byClass) {
    it(`makes ${error.name} ${kind}`, () => assert.equal(outcomeOfError(error, context()).kind, kind))
  }

  it('gives up after the last attempt with a retryable error', () => {
    const outcome = outcomeOfError(new errors.RetryableError('still down'), context({ failedAttempts: 4 }))
    assert.deepEqual(outcome, { kind: 'exceeded', message: 'still down' })
  })

  it('gives up when the next try would come too late after the first failure', () => {
    const down = new errors.RetryableError('still down')
    const firstFailedAt = new Date(now.getTime() - 300_000)
    const failing = (retryForMs: number | null) =>
      outcomeOfError(down, context({ failedAttempts: 1, firstFailedAt, retryForMs })).kind
    // The second failure is followed by a wait of five minutes.
    assert.equal(failing(599_999), 'exceeded')
    assert.equal(failing(600_000), 'retry')
    assert.equal(failing(null), 'retry')
    assert.equal(outcomeOfError(down, context({ retryForMs: 59_999 })).kind, 'exceeded')
  })

  it('calls an unexpected error internal the second time', () => {
    assert.equal(outcomeOfError(new TypeError('boom'), context({ failedAttempts: 1 })).kind, 'internal')
  })

  it('says of a retry whether the error was expected', () => {
    const isUnexpected = (error: Error): unknown => Reflect.get(outcomeOfError(error, context()), 'isUnexpected')
    assert.equal(isUnexpected(new TypeError('boom')), true)
    assert.equal(isUnexpected(new errors.NetworkError('reset')), undefined)
  })

  it('sees through to a socket error of a provider that calls out by itself', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const outcome = outcomeOfError(new TypeError('fetch failed', { cause }), context({ failedAttempts: 3 }))
    assert.equal(outcome.kind, 'retry')
  })

  it('recognises errors by brand and not by instanceof', () => {
    const foreign = Object.assign(new Error('copy'), {
      [Symbol.for('outbound-sync.error')]: ['SyncError', 'PermanentError'],
    })
    assert.equal(outcomeOfError(foreign, context()).kind, 'permanent')
  })

  it("waits as long as the remote's Retry-After says, at most a day", () => {
    const inAMinute = new errors.RateLimitedError('429', { retryAt: new Date(now.getTime() + 60_000) })
    assert.deepEqual(outcomeOfError(inAMinute, context()), { kind: 'rate_limited', delayMs: 60_000, message: '429' })
    const inTenYears = new errors.RateLimitedError('429', { retryAt: new Date('2036-01-01T00:00:00Z') })
    assert.deepEqual(outcomeOfError(inTenYears, context()), {
      kind: 'rate_limited',
      delayMs: 86_400_000,
      message: '429',
    })
  })

  it('lets the provider choose the time of the retry, and tells it the failure', () => {
    const seen: unknown[] = []
    const outcome = outcomeOfError(
      new errors.RetryableError('later'),
      context({
        failedAttempts: 2,
        nextRetryDate: (state, error) => {
          seen.push(state.failedAttempts, state.firstFailedAt, error instanceof errors.RetryableError)
          return new Date(now.getTime() + 5_000)
        },
      }),
    )
    assert.deepEqual(seen, [3, now, true])
    assert.deepEqual(outcome, { kind: 'retry', delayMs: 5_000, message: 'later' })
  })
})

describe('what an outcome means for the job', () => {
  it('uses an attempt only for failures of the remote or the data', () => {
    assert.equal(usesAttempt({ kind: 'retry', delayMs: 1, message: '' }), true)
    assert.equal(usesAttempt({ kind: 'permanent', message: '' }), true)
    assert.equal(usesAttempt({ kind: 'rate_limited', delayMs: 1, message: '' }), false)
    assert.equal(usesAttempt({ kind: 'reconnect', message: '' }), false)
    assert.equal(usesAttempt({ kind: 'deferred', delayMs: 1, message: '' }), false)
  })

  it('is either over, or for a person, or waiting', () => {
    assert.equal(isDone({ kind: 'succeeded' }), true)
    assert.equal(needsAttention({ kind: 'config', message: '' }), true)
    const waiting = { kind: 'reconnect', message: '' } as const
    assert.equal(isDone(waiting) || needsAttention(waiting), false)
  })
})

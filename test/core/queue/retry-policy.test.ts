import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { delayUntil, retryDelayMs, retryWaitsMs, unreadDelayMs } from '../../../core/queue/retry-policy.ts'

describe('retryDelayMs', () => {
  it('waits 1, 5, 30 and 120 minutes, then stays there', () => {
    const delays = [1, 2, 3, 4, 5, 50].map((failedAttempts) => retryDelayMs({ failedAttempts, random: 0 }))
    assert.deepEqual(delays, [60_000, 300_000, 1_800_000, 7_200_000, 7_200_000, 7_200_000])
  })

  it('stays within a tenth of the wait and never shrinks with more failures', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 1000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (n, random) => {
        const delay = retryDelayMs({ failedAttempts: n, random })
        const wait = retryWaitsMs[Math.min(Math.max(n, 1), retryWaitsMs.length) - 1] ?? 0
        assert.ok(delay >= wait && delay <= wait * 1.1)
        assert.ok(retryDelayMs({ failedAttempts: n + 1, random: 0 }) >= retryDelayMs({ failedAttempts: n, random: 0 }))
      }),
    )
  })
})

describe('unreadDelayMs', () => {
  it('waits as long as was waited already, from two seconds to a minute, whatever the clocks say', () => {
    const delays = [-3_600_000, 0, 5_000, 3_600_000, Number.NaN].map((waitedMs) =>
      unreadDelayMs({ waitedMs, random: 0 }),
    )
    assert.deepEqual(delays, [2_000, 2_000, 5_000, 60_000, 2_000])
    assert.equal(unreadDelayMs({ waitedMs: 60_000, random: 0.5 }), 63_000)
  })
})

describe('delayUntil', () => {
  it('is never negative, never more than a day, and 0 for a date that is none', () => {
    const now = new Date('2026-11-22T10:00:00Z')
    assert.equal(delayUntil(new Date('2020-01-01T00:00:00Z'), now), 0)
    assert.equal(delayUntil(new Date('2126-01-01T00:00:00Z'), now), 86_400_000)
    assert.equal(delayUntil(new Date(Number.NaN), now), 0)
    assert.equal(delayUntil(new Date('2026-11-22T10:00:30Z'), now), 30_000)
  })
})

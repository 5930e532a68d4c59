import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CanaryFacts, judgeCanary } from '../../../core/runs/judge-canary.ts'
import { canMove, runStates } from '../../../core/runs/run-states.ts'

const facts = (changes: Partial<CanaryFacts>): CanaryFacts => ({
  enqueuedCount: 10,
  endedCount: 0,
  failedCount: 0,
  failedExample: null,
  openCount: 10,
  retryingCount: 0,
  openExample: null,
  isLate: false,
  gate: 'open',
  gateReason: null,
  ...changes,
})

describe('the judgement on the first ten', () => {
  const cases: { says: string; facts: Partial<CanaryFacts>; verdict: 'passed' | 'not_yet' | RegExp }[] = [
    { says: 'waits while they are on their way', facts: {}, verdict: 'not_yet' },
    { says: 'waits for the last one', facts: { endedCount: 9, openCount: 1 }, verdict: 'not_yet' },
    {
      says: 'waits for those that are tried again',
      facts: { endedCount: 8, openCount: 2, retryingCount: 2 },
      verdict: 'not_yet',
    },
    { says: 'passes when all have ended well', facts: { endedCount: 10, openCount: 0 }, verdict: 'passed' },
    { says: 'passes with two failures', facts: { endedCount: 10, failedCount: 2, openCount: 0 }, verdict: 'passed' },
    { says: 'passes when there was nothing to send', facts: { enqueuedCount: 0, openCount: 0 }, verdict: 'passed' },
    {
      says: 'passes when no job is left, though an entry is missing',
      facts: { endedCount: 9, openCount: 0 },
      verdict: 'passed',
    },
    { says: 'passes late too', facts: { endedCount: 10, openCount: 0, isLate: true }, verdict: 'passed' },
    {
      says: 'stops at the third failure without waiting for the rest',
      facts: { endedCount: 3, failedCount: 3, openCount: 7, failedExample: 'Order 12: No such field' },
      verdict: /^Stopped after the first 10, because 3 failed, for example Order 12: No such field\. Correct the cause/,
    },
    {
      says: 'stops when some are still tried again after two minutes',
      facts: {
        endedCount: 6,
        openCount: 4,
        retryingCount: 3,
        openExample: 'Order 7: The remote is down',
        isLate: true,
      },
      verdict: /because 4 had not ended after 2 minutes: 3 failed and are tried again \(Order 7: The remote is down\)/,
    },
    {
      says: 'says that nobody works when nothing was begun',
      facts: { isLate: true },
      verdict: /10 were not begun\. Look whether a worker runs and whether the provider is switched on/,
    },
    {
      says: 'says what the connection waits for',
      facts: { isLate: true, gate: 'reconnect', gateReason: 'The token was refused.' },
      verdict: /the connection is held \(reconnect: The token was refused\)/,
    },
    {
      says: 'says what the jobs wait for',
      facts: { isLate: true, openExample: 'Order 7: Waiting for Customer 3' },
      verdict: /they wait \(Order 7: Waiting for Customer 3\)/,
    },
  ]
  for (const { says, facts: changes, verdict } of cases) {
    it(says, () => {
      const actual = judgeCanary(facts(changes))
      if (typeof verdict === 'string') return assert.equal(actual, verdict)
      assert.ok(typeof actual === 'object', JSON.stringify(actual))
      assert.match(actual.stop, verdict)
    })
  }
})

describe('the states of a backfill', () => {
  it('end in stopped and finished, and every other one can be stopped', () => {
    for (const from of runStates) {
      const isOver = from === 'stopped' || from === 'finished'
      assert.equal(canMove(from, 'stopped'), !isOver, from)
      assert.equal(
        runStates.some((to) => canMove(from, to)),
        !isOver,
        from,
      )
      assert.equal(canMove(from, from), false, from)
    }
  })

  it('never skip the first ten', () => {
    assert.equal(canMove('waiting', 'running'), false)
    assert.equal(canMove('waiting', 'finished'), false)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Operations, RunReport } from '../../../core/sdk/index.ts'
import { problemsOf } from '../../../plugins/ticket-shop/demo-report.ts'
import { runBackfills } from '../../../plugins/ticket-shop/demo-runs.ts'

const objects = { created: 0, updated: 0, nothingToDo: 0, skipped: 0, failed: 0 }
const running: RunReport = {
  ...{ id: 'run', state: 'running', totalCount: 9, doneCount: 0, succeededCount: 0, nothingToDoCount: 0 },
  ...{ skippedCount: 0, failedCount: 0, objects, reason: null },
}

/** @param doneCounts of one look after the other; the last stays */
function backfill(doneCounts: readonly number[]) {
  let look = 0
  const operations: Pick<Operations, 'startBackfill' | 'runReport'> = {
    startBackfill: async () => ({ runId: 'run' }),
    async runReport() {
      const doneCount = doneCounts[Math.min(look, doneCounts.length - 1)] ?? 0
      look += 1
      return { ...running, doneCount, state: doneCount === running.totalCount ? 'finished' : 'running' }
    },
  }
  const scopes = { organizerScope: 'organizer:a', eventScope: 'organizer:a/event:b' }
  const signal = new AbortController().signal
  return runBackfills(operations, { connectionId: 'c', ...scopes, signal, onReport: () => undefined, patienceMs: 500 })
}

describe('waiting for a backfill', () => {
  it('ends when nothing has moved for long, and says how far it is', async () => {
    const runs = await backfill([0, 4, 4])
    assert.equal(runs.length, 1, 'the next is not begun')
    const [problem] = problemsOf(runs)
    assert.match(problem ?? '', /^Categories: nothing has moved for .+ \(4 of 9 done\)\.$/)
  })

  it('goes on while something moves, however slowly', async () => {
    const runs = await backfill([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 9])
    assert.deepEqual(problemsOf(runs), [])
    assert.equal(runs.length, 4)
  })
})

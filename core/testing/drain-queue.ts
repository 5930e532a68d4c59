// Runs the worker until it would find nothing more to do, then stops it: between two drains nothing moves, so that a test
// says what happens when.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../database/transaction.ts'
import { OutboundSyncError } from '../errors.ts'
import { countDueRuns, describeJob, isDue, readQueue } from './queue-view.ts'

const lookIntervalMs = 15

export async function drainQueue({
  database,
  worker,
  isSwitchedOn,
  limitMs,
}: {
  database: Database
  worker: { start(): Promise<void>; stop(): Promise<void> }
  /** Whether the plugin of the provider may send in the scope. */
  isSwitchedOn(job: { provider: string; scope: string }): Promise<boolean>
  limitMs: number
}): Promise<void> {
  if ((await findDue(database, isSwitchedOn)).length === 0) return
  const deadline = performance.now() + limitMs
  await worker.start()
  try {
    for (;;) {
      const due = await findDue(database, isSwitchedOn)
      if (due.length === 0) return
      if (performance.now() > deadline) throw takesTooLong(due, limitMs)
      await delay(lookIntervalMs)
    }
  } finally {
    await worker.stop()
  }
}

// What is left to do, a sentence each.
async function findDue(
  database: Database,
  isSwitchedOn: (job: { provider: string; scope: string }) => Promise<boolean>,
): Promise<string[]> {
  const queue = await readQueue(database)
  const due: string[] = []
  for (const job of queue) {
    if (isDue(job) && (job.state === 'in_flight' || (await isSwitchedOn(job)))) due.push(describeJob(job))
  }
  const runCount = await countDueRuns(database, queue)
  if (runCount > 0) due.push(`${runCount} runs are not through`)
  return due
}

const mostNamed = 10

function takesTooLong(due: readonly string[], limitMs: number): OutboundSyncError {
  const named = due.slice(0, mostNamed).join('; ')
  const others = due.length > mostNamed ? `; and ${due.length - mostNamed} more` : ''
  return new OutboundSyncError(
    'test_drain',
    `The queue was not drained within ${limitMs} ms. Still there: ${named}${others}. A call that hangs is released at the fake remote, or ends after the provider's limits.objectTimeoutMs; for slow remotes give drain({ limitMs }).`,
  )
}

// Sends what was imported: a backfill each for the catalogue, the customers and the orders, one after the other, so that an
// order finds its customer's contact there. Some worker has to run meanwhile.
import { setTimeout as delay } from 'node:timers/promises'
import type { Operations, RunReport } from '../../core/sdk/index.ts'
import { terminalActor } from './command-line.ts'

/** Those the Demo CRM has mappings for; customers belong to the organizer. */
const models = [
  { sourceModel: 'Category', label: 'Categories', isOfEvent: true },
  { sourceModel: 'Product', label: 'Products', isOfEvent: true },
  { sourceModel: 'Customer', label: 'Customers', isOfEvent: false },
  { sourceModel: 'Order', label: 'Orders', isOfEvent: true },
] as const

const pollMs = 200
/** A run in which nothing ends for this long will not end by itself: its jobs wait for a later try. */
const defaultPatienceMs = 120_000

export interface FinishedRun {
  label: string
  report: RunReport
  /** Why it was not waited for any longer. */
  gaveUp: string | null
}

export async function runBackfills(
  operations: Pick<Operations, 'startBackfill' | 'runReport'>,
  {
    connectionId,
    organizerScope,
    eventScope,
    signal,
    onReport,
    patienceMs = defaultPatienceMs,
  }: {
    connectionId: string
    organizerScope: string
    eventScope: string
    signal: AbortSignal
    onReport(label: string, report: RunReport): void
    patienceMs?: number
  },
): Promise<FinishedRun[]> {
  const finished: FinishedRun[] = []
  for (const { sourceModel, label, isOfEvent } of models) {
    const scope = isOfEvent ? eventScope : organizerScope
    const { runId } = await operations.startBackfill({ connectionId, sourceModel, scope, actor: terminalActor.name })
    const run = await waitForRun(operations, {
      runId,
      signal,
      patienceMs,
      onReport: (report) => onReport(label, report),
    })
    finished.push({ label, ...run })
    // What stopped one would stop the next too.
    if (run.report.state !== 'finished') break
  }
  return finished
}

async function waitForRun(
  operations: Pick<Operations, 'runReport'>,
  {
    runId,
    signal,
    patienceMs,
    onReport,
  }: { runId: string; signal: AbortSignal; patienceMs: number; onReport(report: RunReport): void },
): Promise<Omit<FinishedRun, 'label'>> {
  let lastMove = { doneCount: -1, atMs: performance.now() }
  for (;;) {
    const report = await operations.runReport(runId)
    onReport(report)
    if (report.state === 'finished' || report.state === 'stopped' || report.state === 'failed') {
      return { report, gaveUp: null }
    }
    if (report.state === 'paused') return { report, gaveUp: 'somebody has paused it' }
    if (report.doneCount !== lastMove.doneCount) lastMove = { doneCount: report.doneCount, atMs: performance.now() }
    else if (performance.now() - lastMove.atMs > patienceMs) {
      const seconds = Math.round(patienceMs / 1000)
      return { report, gaveUp: `nothing has moved for ${seconds} seconds; the sync queue says what it waits for` }
    }
    await delay(pollMs, undefined, { signal })
  }
}

// One step of one backfill: begin it, judge its first ten, enqueue what there is room for, or finish it. The host is asked
// outside of any transaction; then page, checkpoint and state are written in one, and only while the run is still ours.
import { backfillPriority } from '../queue/job-states.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import { cancelRunJobs } from './cancel-run-jobs.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { ClaimedBackfill } from './claim-runs.ts'
import { affectedVerdicts } from './impact-figures.ts'
import { canarySize, judgeCanary, loadCanaryFacts } from './judge-canary.ts'
import { sendableFindings } from './judge-records.ts'
import { notedModel } from './noted-model.ts'
import { countRecords, type Page, readPage } from './read-page.ts'
import type { RunDependencies } from './run-dependencies.ts'
import type { ActiveState } from './run-states.ts'
import { tryHost } from './try-host.ts'
import { countWaitingJobs, endRun, finishRun, holdRun, saveRun } from './write-run.ts'

const pageSize = 500
/** More of its jobs never wait at once, so that a backfill leaves the queue usable. */
const maxWaitingCount = 2_000
export async function advanceBackfill(deps: RunDependencies, run: ClaimedBackfill, signal: AbortSignal): Promise<void> {
  if (run.connectionState === 'deleted') {
    return stopRun(deps, run, 'Stopped, because the connection was deleted.')
  }
  if (run.connectionState === 'disabled' || !run.isDue) return
  switch (run.state) {
    case 'waiting':
      return beginRun(deps, run, signal)
    case 'canary':
      return advanceCanary(deps, run, signal)
    case 'running':
      return feedRun(deps, run, signal)
  }
}

async function beginRun(deps: RunDependencies, run: ClaimedBackfill, signal: AbortSignal): Promise<void> {
  const { filter, scope } = run
  const first = await askModel(deps, run, signal, async (model) => ({
    totalCount: await countRecords({ model, filter, scope, signal }),
    page: await readPage({ model, after: null, filter, scope, limit: canarySize, signal }),
  }))
  if (first) await enqueuePage(deps, run, { ...first, to: 'canary' })
}

async function advanceCanary(deps: RunDependencies, run: ClaimedBackfill, signal: AbortSignal): Promise<void> {
  const { database, worker } = deps
  const { schema } = database
  const verdict = judgeCanary(await loadCanaryFacts(database, schema, run.id))
  if (verdict === 'not_yet') return
  if (verdict !== 'passed') return stopRun(deps, run, verdict.stop)
  if (run.checkpoint.isAtEnd) return finishRun(database, { run, worker })
  const checkpoint = { ...run.checkpoint, canarySince: null, canaryIds: [] }
  const isOurs = await saveRun(database, schema, { run, worker, to: 'running', checkpoint })
  if (isOurs) await feedRun(deps, { ...run, state: 'running', checkpoint }, signal)
}

async function feedRun(deps: RunDependencies, claimed: ClaimedBackfill, signal: AbortSignal): Promise<void> {
  let run = claimed
  while (!run.checkpoint.isAtEnd) {
    if (signal.aborted) return
    const waitingCount = await countWaitingJobs(deps.database, run)
    if (waitingCount > maxWaitingCount - pageSize) return
    const { filter, scope, checkpoint } = run
    const page = await askModel(deps, run, signal, (model) =>
      readPage({ model, after: checkpoint.cursor, filter, scope, limit: pageSize, signal }),
    )
    const saved = page && (await enqueuePage(deps, run, { page, to: 'running' }))
    if (!saved) return
    run = { ...run, checkpoint: saved }
  }
  await finishRun(deps.database, { run, worker: deps.worker })
}

// Null when the run is another's, paused or stopped meanwhile: then nothing was written.
async function enqueuePage(
  deps: RunDependencies,
  run: ClaimedBackfill,
  { page, to, totalCount }: { page: Page; to: ActiveState; totalCount?: number },
): Promise<Checkpoint | null> {
  const { database, worker } = deps
  const checkpoint: Checkpoint = {
    cursor: page.next,
    isAtEnd: page.next === null,
    failedTries: 0,
    retryAt: null,
    canarySince: null,
    canaryIds: to === 'canary' ? page.records.map(({ id }) => id) : [],
  }
  const isSaved = await database.transaction(async (session) => {
    if (!(await holdRun(session, database.schema, { run, worker }))) return false
    const { enqueuedCount } = await deps.enqueue(session, {
      connectionId: run.connectionId,
      subjects: page.records.map(({ id, scope }) => ({ model: run.sourceModel, id, scope })),
      trigger: { name: 'backfill', actor: run.actor, run: run.id },
      priority: backfillPriority,
    })
    return saveRun(session, database.schema, { run, worker, to, checkpoint, totalCount, enqueuedCount })
  })
  if (!isSaved) return null
  if (page.records.length > 0) deps.wakeUp()
  return checkpoint
}

// The records of the host, those that an audit found missing, or those that an impact found affected.
function askModel<Answer>(
  deps: RunDependencies,
  run: ClaimedBackfill,
  signal: AbortSignal,
  ask: (model: SourceModel) => Promise<Answer>,
): Promise<Answer | null> {
  const { auditRunId, impactRunId } = run
  const chosen = (model: SourceModel): SourceModel => {
    if (auditRunId) return notedModel(deps.database, { model, runId: auditRunId, outcomes: sendableFindings })
    if (impactRunId) return notedModel(deps.database, { model, runId: impactRunId, outcomes: affectedVerdicts })
    return model
  }
  return tryHost(deps, run, signal, (model) => ask(chosen(model)))
}

async function stopRun({ database, worker }: RunDependencies, run: ClaimedBackfill, reason: string): Promise<void> {
  const { schema } = database
  await database.transaction(async (session) => {
    if (!(await endRun(session, schema, { run, worker, to: 'stopped', reason }))) return
    await cancelRunJobs(session, schema, { runId: run.id, connectionId: run.connectionId, message: reason })
  })
}

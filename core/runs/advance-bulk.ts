// One step of a bulk run: the lines that matched when it was asked for are retried or canceled, page by page. Lines are
// named by the ids noted then, so nothing that failed or came in since is touched; what became of each is counted.
import type { SqlSession } from '../database/transaction.ts'
import { cancelMessage } from '../queue/job-actions.ts'
import { cancelLines, type LineActionCounts } from '../queue/line-actions.ts'
import type { BulkCheckpoint } from './checkpoint.ts'
import type { ClaimedBulk } from './claim-runs.ts'
import type { RunDependencies } from './run-dependencies.ts'
import { endRun, holdRun, saveRun } from './write-run.ts'

// A page holds its rows locked for some tens of milliseconds.
const pageSize = 250

export async function advanceBulk(deps: RunDependencies, claimed: ClaimedBulk, signal: AbortSignal): Promise<void> {
  const { database, worker } = deps
  let run = claimed
  while (run.checkpoint.position < run.lineCount) {
    if (signal.aborted) return
    const saved = await doPage(deps, run)
    if (!saved) return
    run = { ...run, state: 'running', checkpoint: saved }
  }
  await endRun(database, database.schema, { run, worker, to: 'finished', reason: null })
}

// Null when the run is another's, paused or stopped meanwhile: then nothing was done.
async function doPage(deps: RunDependencies, run: ClaimedBulk): Promise<BulkCheckpoint | null> {
  const { database, worker } = deps
  const { schema } = database
  const checkpoint = await database.transaction(async (session) => {
    if (!(await holdRun(session, schema, { run, worker }))) return null
    const { position } = run.checkpoint
    const { rows } = await session.executeSql<{ ids: string[] }>(
      `select job_ids[$2::int + 1 : $2::int + $3::int]::text[] as ids from ${schema}.sync_run where id = $1`,
      [run.id, position, pageSize],
    )
    const jobIds = rows[0]?.ids ?? []
    const counts = await act(deps, session, { run, jobIds })
    const saved = advance(run.checkpoint, { counts, seenCount: jobIds.length })
    return (await saveRun(session, schema, { run, worker, to: 'running', checkpoint: saved })) ? saved : null
  })
  if (checkpoint && run.mode === 'retry') deps.wakeUp()
  return checkpoint
}

function act(
  { database, retryLines }: RunDependencies,
  session: SqlSession,
  { run, jobIds }: { run: ClaimedBulk; jobIds: readonly string[] },
): Promise<LineActionCounts> {
  const { actor, note, askedAt } = run
  if (run.mode === 'retry') return retryLines(session, { jobIds, actor })
  const message = cancelMessage({ actor, reason: note ?? undefined })
  return cancelLines(session, database.schema, { jobIds, message, asOf: askedAt })
}

function advance(
  before: BulkCheckpoint,
  { counts, seenCount }: { counts: LineActionCounts; seenCount: number },
): BulkCheckpoint {
  return {
    ...before,
    position: before.position + seenCount,
    done: before.done + counts.doneCount,
    inFlight: before.inFlight + counts.inFlightCount,
    vanished: before.vanished + counts.vanishedCount,
    askedAgain: before.askedAgain + counts.askedAgainCount,
  }
}

// A person pauses, resumes or stops a run. The row is locked first, so that a driver's page is either in before (and
// its jobs are seen here) or not written at all.

import type { Database } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { OutboundSyncError, TransitionError } from '../errors.ts'
import { cancelRunJobs } from './cancel-run-jobs.ts'
import { checkpointSchema, type RunMode } from './checkpoint.ts'
import { canMove, type RunState } from './run-states.ts'

export interface RunMoveRequest {
  runId: string
  actor: string
}

export type RunMove = 'pause' | 'resume' | 'stop'

interface LockedRun {
  id: string
  mode: RunMode
  connection_id: string | null
  scope: string
  state: RunState
  started_at: Date | null
  checkpoint: unknown
}

export interface RunMoves {
  /** What is being done is done to its end; nothing further is begun. */
  pause(request: RunMoveRequest): Promise<void>
  /** Goes on where it was, also after the host's records could not be read. */
  resume(request: RunMoveRequest): Promise<void>
  /** For good; jobs of a backfill that still wait are canceled. */
  stop(request: RunMoveRequest): Promise<{ canceledCount: number }>
}

/** For runs of these modes; one of another mode is not found. */
export function runMoves(database: Database, modes: readonly RunMode[]): RunMoves {
  return {
    async pause(request) {
      await moveRun(database, 'pause', { ...request, modes })
    },
    async resume(request) {
      await moveRun(database, 'resume', { ...request, modes })
    },
    stop: (request) => moveRun(database, 'stop', { ...request, modes }),
  }
}

async function moveRun(
  database: Database,
  move: RunMove,
  { runId, actor, modes }: RunMoveRequest & { modes: readonly RunMode[] },
): Promise<{ canceledCount: number }> {
  const { schema } = database
  return database.transaction(async (session) => {
    const { rows } = await session.executeSql<LockedRun>(
      `select id, mode, connection_id, scope, state, started_at, checkpoint from ${schema}.sync_run
       where mode = any($2::text[]) and id::text = lower($1) for no key update`,
      [runId, modes],
    )
    const [run] = rows
    if (!run) throw new OutboundSyncError('run_not_found', `There is no ${modes.join(' or ')} ${runId}.`)
    const to = targetOf(move, run)
    if (to === null || !canMove(run.state, to)) {
      throw new TransitionError(`The ${run.mode} cannot be ${pastOf[move]}: it is ${run.state}.`)
    }
    const reason = move === 'stop' ? `Stopped by ${actor}.` : null
    const isGoingOn = move === 'resume'
    await session.executeSql(
      `update ${schema}.sync_run set
         state = $2, reason = $3, worker = null, lease_until = null,
         finished_at = case when $2 = 'stopped' then now() end,
         checkpoint = case when $4 then checkpoint || '{"failedTries": 0, "retryAt": null}'
           || case when $2 = 'canary' then jsonb_build_object('canarySince', now()) else '{}' end else checkpoint end
       where id = $1`,
      [run.id, to, reason, isGoingOn],
    )
    const canceledCount =
      reason === null || run.mode !== 'backfill' || run.connection_id === null
        ? 0
        : await cancelRunJobs(session, schema, { runId: run.id, connectionId: run.connection_id, message: reason })
    await writeAuditEntry(session, schema, {
      actor,
      action: `${run.mode}.${pastOf[move]}`,
      scope: run.scope,
      target: `sync_run:${run.id}`,
      before: { state: run.state },
      after: { state: to, ...(move === 'stop' ? { canceledCount } : {}) },
    })
    return { canceledCount }
  })
}

const pastOf = { pause: 'paused', resume: 'resumed', stop: 'stopped' } as const

function targetOf(move: RunMove, run: LockedRun): RunState | null {
  if (move === 'pause') return 'paused'
  if (move === 'stop') return 'stopped'
  if (run.state !== 'paused' && run.state !== 'failed') return null
  if (run.started_at === null) return 'waiting'
  if (run.mode !== 'backfill') return 'running'
  const { canarySince } = checkpointSchema.parse(run.checkpoint ?? {})
  return canarySince === null ? 'running' : 'canary'
}

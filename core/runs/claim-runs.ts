// Which backfills this driver works on. A row lease by the database's clock keeps two drivers from reading the same page;
// that both would enqueue it is ruled out elsewhere, by the worker's name checked in the transaction of the page.
import type { ConnectionState } from '../connections/load-connections.ts'
import type { Database } from '../database/transaction.ts'
import type { SourceFilter } from '../sdk/source-model.ts'
import { type Checkpoint, checkpointSchema } from './checkpoint.ts'
import { type ActiveState, activeStates } from './run-states.ts'

export interface ClaimedRun {
  id: string
  connectionId: string
  connectionState: ConnectionState
  sourceModel: string
  scope: string
  filter: SourceFilter
  state: ActiveState
  actor: string
  checkpoint: Checkpoint
  /** False while a failed try is not to be repeated yet. */
  isDue: boolean
}

/** Those claimed longest ago come first, so that all have their turn when there are many. */
const runsAtOnce = 8

/** Renews the leases of its own and takes what is free or was left by a dead worker. */
export async function claimRuns(
  database: Database,
  { worker, leaseSeconds }: { worker: string; leaseSeconds: number },
): Promise<ClaimedRun[]> {
  const { schema } = database
  const { rows } = await database.executeSql<{
    id: string
    connection_id: string
    connection_state: ConnectionState
    source_model: string
    scope: string
    filter: SourceFilter
    state: ActiveState
    actor: string
    checkpoint: unknown
    is_due: boolean
  }>(
    // Not "for update": the run entries refer to the row, and their writers must not wait.
    `update ${schema}.sync_run run set worker = $1, lease_until = now() + make_interval(secs => $2)
     from ${schema}.connection c
     where c.id = run.connection_id and run.id in (
       select id from ${schema}.sync_run
       where mode = 'backfill' and state = any($3::text[])
         and (lease_until is null or lease_until <= now() or worker = $1)
       order by lease_until nulls first, created_at limit ${runsAtOnce}
       for no key update skip locked)
     returning run.id, run.connection_id, c.state as connection_state, run.source_model, run.scope, run.filter,
               run.state, run.actor, run.checkpoint,
               coalesce((run.checkpoint ->> 'retryAt')::timestamptz <= now(), true) as is_due`,
    [worker, leaseSeconds, activeStates],
  )
  return rows.map((row) => ({
    id: row.id,
    connectionId: row.connection_id,
    connectionState: row.connection_state,
    sourceModel: row.source_model,
    scope: row.scope,
    filter: row.filter,
    state: row.state,
    actor: row.actor,
    checkpoint: checkpointSchema.parse(row.checkpoint ?? {}),
    isDue: row.is_due,
  }))
}

/** Gives all leases back, so that another driver goes on at once. */
export async function releaseRuns(database: Database, worker: string): Promise<void> {
  await database.executeSql(
    `update ${database.schema}.sync_run set worker = null, lease_until = null where worker = $1`,
    [worker],
  )
}

// Which runs this driver works on. A row lease by the database's clock keeps two drivers from reading the same page;
// that both would do it is ruled out elsewhere, by the worker's name checked in the transaction of the page.
import type { ConnectionState } from '../connections/load-connections.ts'
import type { Database } from '../database/transaction.ts'
import type { SourceFilter } from '../sdk/source-model.ts'
import {
  type AuditCheckpoint,
  auditCheckpointSchema,
  type BulkCheckpoint,
  bulkCheckpointSchema,
  type Checkpoint,
  checkpointSchema,
  checkpointSchemas,
  type ImpactCheckpoint,
  impactCheckpointSchema,
  type RunMode,
} from './checkpoint.ts'
import { type ActiveState, activeStates } from './run-states.ts'

interface ClaimedFacts {
  id: string
  scope: string
  state: ActiveState
  actor: string
  /** False while a failed try is not to be repeated yet. */
  isDue: boolean
}

/** A run that reads the host's records for one connection. */
interface ReadingFacts extends ClaimedFacts {
  connectionId: string
  connectionState: ConnectionState
  sourceModel: string
  filter: SourceFilter
}

export interface ClaimedBackfill extends ReadingFacts {
  mode: 'backfill'
  checkpoint: Checkpoint
  /** It sends what this audit found missing. */
  auditRunId: string | null
  /** It sends what this impact found affected. */
  impactRunId: string | null
}

export interface ClaimedAudit extends ReadingFacts {
  mode: 'audit'
  checkpoint: AuditCheckpoint
}

/** Reads the records of several models, one after the other; its own row names none. */
export interface ClaimedImpact extends ReadingFacts {
  mode: 'impact'
  checkpoint: ImpactCheckpoint
}

/** Retry or cancel of the lines that matched when it was asked for. */
export interface ClaimedBulk extends ClaimedFacts {
  mode: 'retry' | 'cancel'
  checkpoint: BulkCheckpoint
  lineCount: number
  /** ISO 8601 with the microseconds of the database. */
  askedAt: string
  /** Why, in the words of whoever canceled. */
  note: string | null
}

export type ClaimedRun = ClaimedBackfill | ClaimedAudit | ClaimedImpact | ClaimedBulk

/** Those claimed longest ago come first, so that all have their turn when there are many. */
const runsAtOnce = 8

/** Renews the leases of its own and takes what is free or was left by a dead worker. */
export async function claimRuns(
  database: Database,
  { worker, leaseSeconds }: { worker: string; leaseSeconds: number },
): Promise<ClaimedRun[]> {
  const { schema } = database
  const { rows } = await database.executeSql<ClaimedRow>(
    // Not "for update": the run entries refer to the row, and their writers must not wait.
    `with mine as materialized (
       select id from ${schema}.sync_run
       where mode = any($4::text[]) and state = any($3::text[])
         and (lease_until is null or lease_until <= now() or worker = $1)
       order by lease_until nulls first, created_at limit ${runsAtOnce}
       for no key update skip locked
     )
     update ${schema}.sync_run run set worker = $1, lease_until = now() + make_interval(secs => $2)
     from mine where run.id = mine.id
     returning run.id, run.mode, run.connection_id, run.source_model, run.scope, run.filter, run.state, run.actor,
               run.checkpoint, run.audit_run_id, run.impact_run_id, coalesce(cardinality(run.job_ids), 0) as line_count,
               to_json(run.created_at)::text as asked_at,
               (select state from ${schema}.connection where id = run.connection_id) as connection_state,
               coalesce((run.checkpoint ->> 'retryAt')::timestamptz <= now(), true) as is_due`,
    [worker, leaseSeconds, activeStates, Object.keys(checkpointSchemas)],
  )
  return rows.map(toClaimed)
}

interface ClaimedRow {
  id: string
  mode: RunMode
  connection_id: string | null
  connection_state: ConnectionState | null
  source_model: string
  scope: string
  filter: SourceFilter
  state: ActiveState
  actor: string
  checkpoint: unknown
  audit_run_id: string | null
  impact_run_id: string | null
  line_count: number
  asked_at: string
  is_due: boolean
}

function toClaimed(row: ClaimedRow): ClaimedRun {
  const { mode } = row
  const facts = { id: row.id, scope: row.scope, state: row.state, actor: row.actor, isDue: row.is_due }
  const stored = row.checkpoint ?? {}
  if (mode === 'retry' || mode === 'cancel') {
    return {
      ...facts,
      mode,
      checkpoint: bulkCheckpointSchema.parse(stored),
      lineCount: row.line_count,
      askedAt: JSON.parse(row.asked_at),
      note: row.filter.note ?? null,
    }
  }
  // A check of the table: only the two above may have none.
  if (row.connection_id === null) throw new Error(`The ${mode} ${row.id} is for no connection.`)
  const reading = {
    ...facts,
    connectionId: row.connection_id,
    connectionState: row.connection_state ?? 'deleted',
    sourceModel: row.source_model,
    filter: row.filter,
  }
  if (mode === 'audit') return { ...reading, mode, checkpoint: auditCheckpointSchema.parse(stored) }
  if (mode === 'impact') return { ...reading, mode, checkpoint: impactCheckpointSchema.parse(stored) }
  const { audit_run_id: auditRunId, impact_run_id: impactRunId } = row
  return { ...reading, mode, checkpoint: checkpointSchema.parse(stored), auditRunId, impactRunId }
}

/** Gives all leases back, so that another driver goes on at once. */
export async function releaseRuns(database: Database, worker: string): Promise<void> {
  await database.executeSql(
    `update ${database.schema}.sync_run set worker = null, lease_until = null where worker = $1`,
    [worker],
  )
}

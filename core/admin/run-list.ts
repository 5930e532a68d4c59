// The runs that were started, newest first, and what one of them left behind.
import type { Database } from '../database/transaction.ts'
import { countMissing } from '../runs/audit-report.ts'
import type { User } from '../sdk/user.ts'
import { isUuid } from './connections/connection-records.ts'
import { failedOutcomes } from './outcome-words.ts'
import { actorOf } from './page-context.ts'
import type { RunState } from './run-words.ts'

export type RunMode = 'backfill' | 'audit' | 'impact' | 'retry' | 'cancel'

/** Those that pages show. */
const shownModes = `('backfill', 'audit', 'impact', 'retry', 'cancel')`

export interface RunRecord {
  id: string
  mode: RunMode
  /** Null: all connections. */
  connectionId: string | null
  connectionName: string | null
  sourceModel: string
  scope: string
  filter: Readonly<Record<string, string>>
  state: RunState
  totalCount: number
  reason: string | null
  actor: string
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  hasFailures: boolean
  /** An audit: records that have not arrived, as far as it has looked. */
  missingCount: number
  /** A backfill: the audit whose missing records it sends. */
  auditRunId: string | null
  /** A backfill: the impact whose affected records it sends. */
  impactRunId: string | null
  cursor: string
}

interface Row {
  id: string
  mode: RunMode
  connection_id: string | null
  connection_name: string | null
  source_model: string
  scope: string
  filter: Record<string, string>
  state: RunState
  total_count: number
  reason: string | null
  actor: string
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
  has_failures: boolean
  checkpoint: unknown
  audit_run_id: string | null
  impact_run_id: string | null
  cursor: string
}

const columns = (
  schema: string,
  failedParameter: string,
): string => `r.id, r.mode, r.connection_id, c.name as connection_name, r.source_model, r.scope, r.filter, r.state,
  r.total_count, r.reason, r.actor, r.created_at, r.started_at, r.finished_at, r.audit_run_id,
  r.impact_run_id,  case when r.mode = 'audit' then r.checkpoint end as checkpoint,
  exists (select from ${schema}.run_entry e where e.run_id = r.id and e.outcome = any(${failedParameter})) as has_failures,
  (extract(epoch from r.created_at) * 1000000)::bigint::text as cursor`

/** One more than `limit`, so that the caller knows whether there are others. */
export async function listRuns(
  database: Database,
  { connectionId, before, limit }: { connectionId: string | null; before: string | null; limit: number },
): Promise<readonly RunRecord[]> {
  const { schema } = database
  const { rows } = await database.executeSql<Row>(
    `select ${columns(schema, '$4')} from ${schema}.sync_run r left join ${schema}.connection c on c.id = r.connection_id
     where r.mode in ${shownModes} and ($1::uuid is null or r.connection_id = $1)
       and ($2::bigint is null or (extract(epoch from r.created_at) * 1000000)::bigint < $2)
     order by r.created_at desc, r.id limit $3`,
    [connectionId, before, limit + 1, failedOutcomes],
  )
  return rows.map(toRun)
}

/** Null for anything that names no run, whatever its text. */
export async function findRun(database: Database, runId: string | undefined): Promise<RunRecord | null> {
  if (!isUuid(runId)) return null
  const { schema } = database
  const { rows } = await database.executeSql<Row>(
    `select ${columns(schema, '$2')} from ${schema}.sync_run r left join ${schema}.connection c on c.id = r.connection_id
     where r.id = $1 and r.mode in ${shownModes}`,
    [runId, failedOutcomes],
  )
  return rows[0] ? toRun(rows[0]) : null
}

/** Who may see all of its scope, and whoever asked for it: a retry over all that he sees names no scope of his own. */
export function canSeeRun({ scope, actor, mode }: Pick<RunRecord, 'scope' | 'actor' | 'mode'>, user: User): boolean {
  const isOwnBulk = (mode === 'retry' || mode === 'cancel') && actor === actorOf(user)
  return user.can('view', scope) || isOwnBulk
}

export interface RunFailure {
  sourceModel: string
  sourceId: string
  outcome: string
  message: string | null
  at: Date
}

export async function listRunFailures(
  database: Database,
  runId: string,
  limit: number,
): Promise<readonly RunFailure[]> {
  const { rows } = await database.executeSql<{
    source_model: string
    source_id: string
    outcome: string
    message: string | null
    at: Date
  }>(
    `select source_model, source_id, outcome, message, at from ${database.schema}.run_entry
     where run_id = $1 and (outcome = any($2) or failed_count > 0) order by at desc limit $3`,
    [runId, failedOutcomes, limit],
  )
  return rows.map((row) => ({
    sourceModel: row.source_model,
    sourceId: row.source_id,
    outcome: row.outcome,
    message: row.message,
    at: row.at,
  }))
}

function toRun(row: Row): RunRecord {
  return {
    id: row.id,
    mode: row.mode,
    connectionId: row.connection_id,
    connectionName: row.connection_name,
    sourceModel: row.source_model,
    scope: row.scope,
    filter: row.filter,
    state: row.state,
    totalCount: row.total_count,
    reason: row.reason,
    actor: row.actor,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    hasFailures: row.has_failures,
    missingCount: row.mode === 'audit' ? countMissing(row.checkpoint) : 0,
    auditRunId: row.audit_run_id,
    impactRunId: row.impact_run_id,
    cursor: row.cursor,
  }
}

// What an audit found: how many records of each kind, and which ones have not arrived.
import type { SqlSession } from '../database/transaction.ts'
import { auditCheckpointSchema } from './checkpoint.ts'
import { type Finding, findings, missingFindings, sendableFindings } from './judge-records.ts'
import type { RunState } from './run-states.ts'

export interface AuditReport {
  runId: string
  connectionId: string
  connectionName: string
  sourceModel: string
  scope: string
  state: RunState
  reason: string | null
  actor: string
  /** Records of the host when the audit began. */
  totalCount: number
  checkedCount: number
  counts: Readonly<Record<Finding, number>>
  /** Records that should be up to date and are not. */
  missingCount: number
  /** Those of them for which nothing is in the queue. */
  sendableCount: number
  /** The newest backfill that sends them. */
  sendRunId: string | null
  finishedAt: Date | null
}

interface Row {
  id: string
  connection_id: string
  connection_name: string
  source_model: string
  scope: string
  state: RunState
  reason: string | null
  actor: string
  total_count: number
  checkpoint: unknown
  finished_at: Date | null
  send_run_id: string | null
}

const columns = (schema: string): string => `
  run.id, run.connection_id, c.name as connection_name, run.source_model, run.scope, run.state, run.reason, run.actor,
  run.total_count, run.checkpoint, run.finished_at,
  (select id from ${schema}.sync_run sender where sender.audit_run_id = run.id
   order by created_at desc limit 1) as send_run_id`

/** Null when there is no such audit. */
export async function loadAuditReport(session: SqlSession, schema: string, runId: string): Promise<AuditReport | null> {
  const { rows } = await session.executeSql<Row>(
    `select ${columns(schema)} from ${schema}.sync_run run join ${schema}.connection c on c.id = run.connection_id
     where run.mode = 'audit' and run.id::text = lower($1)`,
    [runId],
  )
  return rows[0] ? toReport(rows[0]) : null
}

/** The last finished audit of each kind of record of each connection, over all of its scope and without a filter. */
export async function loadNewestAudits(
  session: SqlSession,
  schema: string,
  connectionIds: readonly string[],
): Promise<AuditReport[]> {
  const { rows } = await session.executeSql<Row>(
    `select distinct on (run.connection_id, run.source_model) ${columns(schema)}
     from ${schema}.sync_run run join ${schema}.connection c on c.id = run.connection_id
     where run.mode = 'audit' and run.connection_id = any($1::uuid[]) and run.state = 'finished'
       and run.scope = c.scope and run.filter = '{}'
     order by run.connection_id, run.source_model, run.finished_at desc`,
    [connectionIds],
  )
  return rows.map(toReport)
}

export interface AuditEntry {
  sourceId: string
  scope: string
  finding: Finding
  message: string | null
}

/** By id, those of one finding or all that are listed. One more than `limit`, when there are others. */
export async function listAuditEntries(
  session: SqlSession,
  schema: string,
  { runId, finding, after, limit }: { runId: string; finding: Finding | null; after: string | null; limit: number },
): Promise<AuditEntry[]> {
  const { rows } = await session.executeSql<{
    source_id: string
    scope: string
    outcome: Finding
    message: string | null
  }>(
    `select source_id, coalesce(scope, '') as scope, outcome, message from ${schema}.run_entry
     where run_id = $1 and ($2::text is null or outcome = $2) and ($3::text is null or source_id > $3)
     order by source_id limit $4`,
    [runId, finding, after, limit + 1],
  )
  return rows.map((row) => ({
    sourceId: row.source_id,
    scope: row.scope,
    finding: row.outcome,
    message: row.message,
  }))
}

/** Of a run's checkpoint: records that should be up to date and are not. */
export function countMissing(checkpoint: unknown): number {
  return sumOf(auditCheckpointSchema.parse(checkpoint ?? {}), missingFindings)
}

function sumOf(counts: Readonly<Record<Finding, number>>, names: readonly Finding[]): number {
  return names.reduce((total, name) => total + counts[name], 0)
}

function toReport(row: Row): AuditReport {
  const checkpoint = auditCheckpointSchema.parse(row.checkpoint ?? {})
  return {
    runId: row.id,
    connectionId: row.connection_id,
    connectionName: row.connection_name,
    sourceModel: row.source_model,
    scope: row.scope,
    state: row.state,
    reason: row.reason,
    actor: row.actor,
    totalCount: row.total_count,
    checkedCount: sumOf(checkpoint, findings),
    // Each finding has its count in the checkpoint.
    counts: Object.fromEntries(findings.map((name) => [name, checkpoint[name]])) as Record<Finding, number>,
    missingCount: sumOf(checkpoint, missingFindings),
    sendableCount: sumOf(checkpoint, sendableFindings),
    sendRunId: row.send_run_id,
    finishedAt: row.finished_at,
  }
}

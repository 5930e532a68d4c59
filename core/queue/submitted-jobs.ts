// The jobs of a submitted batch, as its answer finds them.
import type { SqlSession } from '../database/transaction.ts'
import type { ClaimedJob } from './claimed-job.ts'
import type { JobTrigger } from './job-states.ts'

/** A job that awaits an answer, with a new fence: the id of the attempt that its answer may become. */
export type SubmittedJob = ClaimedJob

/** Locks those that still await an answer; canceled ones are gone, and one that ended by an error goes its own way. */
export async function takeSubmittedJobs(
  session: SqlSession,
  schema: string,
  jobIds: readonly string[],
): Promise<SubmittedJob[]> {
  if (jobIds.length === 0) return []
  // In one order, so that two batches of the same jobs wait for each other instead of deadlocking.
  await session.executeSql(`select from ${schema}.sync_job where id = any($1::bigint[]) order by id for update`, [
    jobIds,
  ])
  const { rows } = await session.executeSql<{
    id: string
    connection_id: string
    scope: string
    source_model: string
    source_id: string
    stream: string
    operation: 'sync' | 'delete'
    failed_attempts: number
    failing_ms: number | null
    triggers: JobTrigger[]
    changes: unknown[]
    source_version: string | null
    force: boolean
    must_finalize: boolean
    solo: boolean
    fence: string
    trace_id: string | null
    answers: SubmittedJob['answers']
  }>(
    `update ${schema}.sync_job set fence = nextval('${schema}.fence')
     where id = any($1::bigint[]) and state = 'submitted'
     returning id, connection_id, scope, source_model, source_id, stream, operation, failed_attempts, solo,
               (extract(epoch from now() - first_failed_at) * 1000)::float8 as failing_ms,
               triggers, changes, source_version, force, must_finalize, fence, trace_id, answers`,
    [jobIds],
  )
  return rows.map((row) => ({
    id: row.id,
    connectionId: row.connection_id,
    scope: row.scope,
    sourceModel: row.source_model,
    sourceId: row.source_id,
    stream: row.stream,
    operation: row.operation,
    failedAttempts: row.failed_attempts,
    firstFailedAt: row.failing_ms === null ? null : new Date(Date.now() - row.failing_ms),
    hasExpired: false,
    triggers: row.triggers,
    changes: row.changes,
    sourceVersion: row.source_version === null ? null : Number(row.source_version),
    isForced: row.force,
    mustFinalize: row.must_finalize,
    isSolo: row.solo,
    fence: row.fence,
    traceId: row.trace_id,
    answers: row.answers,
  }))
}

// A job in the hands of a worker: what the claim read of its row, and the lease it is held under.
import type { SyncObjectResult } from '../sdk/sync-object.ts'
import type { JobTrigger } from './job-states.ts'

export interface ClaimedJob {
  id: string
  connectionId: string
  scope: string
  sourceModel: string
  sourceId: string
  stream: string
  operation: 'sync' | 'delete'
  failedAttempts: number
  /** By the clock of this process. */
  firstFailedAt: Date | null
  /** It waited for a record it refers to longer than it may. */
  hasExpired: boolean
  triggers: readonly JobTrigger[]
  changes: readonly unknown[]
  sourceVersion: number | null
  isForced: boolean
  mustFinalize: boolean
  /** Sent alone, because a worker died while it sent it. */
  isSolo: boolean
  /** Also the id of the attempt. */
  fence: string
  traceId: string | null
  /** What the remote has answered late to it, by link key. */
  answers: Readonly<Record<string, SyncObjectResult>> | null
}

/** A subject's columns. */
export interface SubjectKey {
  source_model: string
  source_id: string
  stream: string
}

/** What is read of a row of sync_job to make a claimed job of it. */
export interface ClaimedRow extends SubjectKey {
  id: string
  connection_id: string
  scope: string
  operation: 'sync' | 'delete'
  failed_attempts: number
  failing_ms: number | null
  has_expired: boolean
  triggers: JobTrigger[]
  changes: unknown[]
  source_version: string | null
  force: boolean
  must_finalize: boolean
  solo: boolean
  fence: string
  trace_id: string | null
  answers: ClaimedJob['answers']
}

/** In SQL the columns of a ClaimedRow but must_finalize, which the claim itself sets. */
export const claimedColumns = `
  id, connection_id, scope, source_model, source_id, stream, operation, failed_attempts,
  (extract(epoch from now() - first_failed_at) * 1000)::float8 as failing_ms,
  coalesce(expires_at <= now(), false) as has_expired, triggers, changes, source_version, force, solo, fence, trace_id,
  answers`

export function toClaimedJob(row: ClaimedRow): ClaimedJob {
  return {
    id: row.id,
    connectionId: row.connection_id,
    scope: row.scope,
    sourceModel: row.source_model,
    sourceId: row.source_id,
    stream: row.stream,
    operation: row.operation,
    failedAttempts: row.failed_attempts,
    // The time that has passed is the database's; the clock of this machine may be another one.
    firstFailedAt: row.failing_ms === null ? null : new Date(Date.now() - row.failing_ms),
    hasExpired: row.has_expired,
    triggers: row.triggers,
    changes: row.changes,
    sourceVersion: row.source_version === null ? null : Number(row.source_version),
    isForced: row.force,
    mustFinalize: row.must_finalize,
    isSolo: row.solo,
    fence: row.fence,
    traceId: row.trace_id,
    answers: row.answers,
  }
}

/** The key of a subject's lease. */
export function subjectLeaseKey(job: Pick<ClaimedJob, 'connectionId' | 'sourceModel' | 'sourceId' | 'stream'>): string {
  return `${job.connectionId}/${job.sourceModel}/${job.sourceId}/${job.stream}`
}

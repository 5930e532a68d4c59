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

/** The key of a subject's lease. */
export function subjectLeaseKey(job: Pick<ClaimedJob, 'connectionId' | 'sourceModel' | 'sourceId' | 'stream'>): string {
  return `${job.connectionId}/${job.sourceModel}/${job.sourceId}/${job.stream}`
}

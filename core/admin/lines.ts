// A line: all open jobs of one subject, stream and connection, shown as one. The row that decides what happens next leads
// it; the claim will merge the others into it.
import type { AttentionReason, JobState, JobTrigger } from '../queue/job-states.ts'

export interface Line {
  /** Names the whole line to the job actions. */
  jobId: string
  connectionId: string
  scope: string
  sourceModel: string
  sourceId: string
  stream: string
  state: JobState
  reason: AttentionReason | null
  message: string | null
  notBefore: Date
  checkAt: Date | null
  waitingFor: { model: string; id: string } | null
  expiresAt: Date | null
  failedAttempts: number
  /** Something changed again while it is being sent. */
  hasNewerChange: boolean
  since: Date
  triggers: readonly JobTrigger[]
}

export interface LineRow {
  /** The row the list was paged by. */
  cursor: string
  job_id: string
  connection_id: string
  scope: string
  source_model: string
  source_id: string
  stream: string
  state: JobState
  reason: AttentionReason | null
  message: string | null
  not_before: Date
  check_at: Date | null
  waiting_for: { model?: unknown; id?: unknown } | null
  expires_at: Date | null
  failed_attempts: number
  waiting_count: number
  since: Date
  triggers: JobTrigger[] | null
}

export const lineColumns = `
  j.id::text as cursor, lead.id::text as job_id, j.connection_id, j.scope, j.source_model, j.source_id, j.stream,
  lead.state, lead.reason, coalesce(lead.message, line.message) as message, lead.not_before, lead.check_at,
  lead.waiting_for, lead.expires_at, line.failed_attempts, line.waiting_count, line.since, line.triggers`

/** Joins to a sync_job `j` the row that leads its line, and what the line has in all. */
export function lineJoins(schema: string): string {
  const same = `s.connection_id = j.connection_id and s.source_model = j.source_model
    and s.source_id = j.source_id and s.stream = j.stream`
  return `
  cross join lateral (
    select s.* from ${schema}.sync_job s where ${same}
    order by array_position(array['in_flight', 'submitted', 'waiting', 'needs_attention'], s.state),
             s.force desc, (s.failed_attempts > 0) desc, s.not_before, s.id
    limit 1
  ) lead
  cross join lateral (
    select max(s.failed_attempts) as failed_attempts, (count(*) filter (where s.state = 'waiting'))::int as waiting_count,
           min(s.created_at) as since, (array_agg(s.triggers order by s.id desc))[1] as triggers,
           (array_agg(s.message order by s.id desc) filter (where s.message is not null))[1] as message
    from ${schema}.sync_job s where ${same}
  ) line`
}

export function toLine(row: LineRow): Line {
  const { model, id } = row.waiting_for ?? {}
  return {
    jobId: row.job_id,
    connectionId: row.connection_id,
    scope: row.scope,
    sourceModel: row.source_model,
    sourceId: row.source_id,
    stream: row.stream,
    state: row.state,
    reason: row.reason,
    message: row.message,
    notBefore: row.not_before,
    checkAt: row.check_at,
    waitingFor: typeof model === 'string' && typeof id === 'string' ? { model, id } : null,
    expiresAt: row.expires_at,
    failedAttempts: row.failed_attempts,
    hasNewerChange: row.state !== 'waiting' && row.state !== 'needs_attention' && row.waiting_count > 0,
    since: row.since,
    triggers: row.triggers ?? [],
  }
}

// Writes how jobs ended: attempts and their objects, the job row itself, run entries. Set-based; the caller's
// transaction has checked the fences.
import { toStoredJson } from '../database/stored-json.ts'
import { type SqlSession, together } from '../database/transaction.ts'
import { redactJson, redactText } from '../http/redact.ts'
import type { ObjectReport } from '../sync/object-report.ts'
import type { ClaimedJob } from './claimed-job.ts'
import type { AttentionReason, JobState } from './job-states.ts'
import { isDone, needsAttention, type Outcome, usesAttempt } from './outcome.ts'

export interface JobEnd {
  job: ClaimedJob
  label: string
  outcome: Outcome
  objects: readonly ObjectReport[]
  mustFinalize: boolean
  mappingVersion: number | null
  accountKey: string
  /** It tried whether a remote that had failed is back. */
  isProbe: boolean
  durationMs: number
  secrets: readonly string[]
  /** For the log; left out where it is not known. */
  connection?: { name: string; provider: string }
  /** What was thrown, for the log. */
  error?: unknown
}

/** How long a job may wait for a record it refers to, and how often it looks by itself. */
const referenceExpiryHours = 24
const referenceCheckMs = 60_000

export async function recordEnds(
  session: SqlSession,
  schema: string,
  { ends, worker }: { ends: readonly JobEnd[]; worker: string },
): Promise<void> {
  if (ends.length === 0) return
  const written = session.executeSql(
    // The array of ids makes the planner use the key where the table's statistics are of yesterday.
    `with ended as (
       select * from json_to_recordset($1::json) as ended (
         id bigint, fence bigint, connection_id uuid, scope text, source_model text, source_id text, label text,
         stream text, outcome text, is_try boolean, is_done boolean, stays_solo boolean, state text, reason text,
         message text, delay_ms float8, failed_attempts integer, must_finalize boolean, waiting_for jsonb,
         triggers jsonb, mapping_version integer,
         open_batches uuid[], run_id uuid, trace_id text, duration_ms integer)
     ),
     done as (
       delete from ${schema}.sync_job j using ended
       where j.id = any ($4::bigint[]) and j.id = ended.id and j.fence = ended.fence and ended.is_done
     ),
     changed as (
       update ${schema}.sync_job j set
         state = ended.state, reason = ended.reason,
         message = case when ended.outcome = 'held' then j.message else ended.message end,
         not_before = now() + make_interval(secs => ended.delay_ms / 1000),
         failed_attempts = ended.failed_attempts,
         first_failed_at = case when ended.failed_attempts > 0 then coalesce(j.first_failed_at, now()) end,
         must_finalize = ended.must_finalize, waiting_for = ended.waiting_for,
         check_at = case when ended.state = 'submitted' then now() + make_interval(secs => ended.delay_ms / 1000) end,
         open_batches = ended.open_batches,
         -- This try has said what was answered; the next one says what is new.
         answers = case when j.answers is not null then
           (select jsonb_object_agg(key, value || '{"action": "nothing_to_do"}') from jsonb_each(j.answers)) end,
         expires_at = case when ended.waiting_for is not null
                           then coalesce(j.expires_at, now() + make_interval(hours => ${referenceExpiryHours})) end,
         -- What was sent and has ended in order is no danger to others. What was given up for that, or was put off
         -- before anything was sent, stays one until it has.
         solo = j.solo and ended.stays_solo,
         crash_count = case when ended.stays_solo then j.crash_count else 0 end,
         returned_at = case when ended.stays_solo then j.returned_at end,
         worker = null, lease_until = null, fence = null, ticketed_at = now()
       from ended where j.id = any ($4::bigint[]) and j.id = ended.id and j.fence = ended.fence and not ended.is_done
     ),
     tried as (
       insert into ${schema}.attempt
         (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
          failed_attempts, next_try_at, mapping_version, worker, run_id, trace_id, duration_ms)
       select fence, id, connection_id, scope, source_model, source_id, label, stream, outcome, message, triggers,
              failed_attempts, case when state = 'waiting' and delay_ms > 0 then now() + make_interval(secs => delay_ms / 1000) end,
              mapping_version, $3, run_id, trace_id, duration_ms
       from ended where is_try
     )
     insert into ${schema}.attempt_object
       (attempt_id, mapping_key, source_model, source_id, object_type, id_field, id_value, action, remote_id, sent,
        answered, message, href, display_name)
     select attempt_id, mapping_key, source_model, source_id, object_type, id_field, id_value, action, remote_id, sent,
            answered, message, href, display_name
     from json_to_recordset($2::json) as object (
       attempt_id bigint, mapping_key text, source_model text, source_id text, object_type text, id_field text,
       id_value text, action text, remote_id text, sent jsonb, answered jsonb, message text, href text,
       display_name text)`,
    [toStoredJson(ends.map(endRow)), toStoredJson(ends.flatMap(objectRows)), worker, ends.map((end) => end.job.id)],
  )
  await together([written, recordRunEntries(session, schema, ends), noteSuccess(session, schema, ends)])
}

function endRow(end: JobEnd): Record<string, unknown> {
  const { job, outcome } = end
  const isOver = isDone(outcome)
  return {
    id: job.id,
    fence: job.fence,
    connection_id: job.connectionId,
    scope: job.scope,
    source_model: job.sourceModel,
    source_id: job.sourceId,
    label: end.label,
    stream: job.stream,
    outcome: outcome.kind,
    is_try: isTry(end),
    is_done: isOver,
    stays_solo: outcome.kind === 'timeout' || outcome.kind === 'deferred' || outcome.kind === 'held',
    state: isOver ? null : stateAfter(outcome),
    reason: reasonAfter(outcome),
    message: 'message' in outcome ? redactText(outcome.message, end.secrets) : null,
    delay_ms: delayOf(outcome),
    failed_attempts: job.failedAttempts + (usesAttempt(outcome) ? 1 : 0),
    must_finalize: end.mustFinalize,
    waiting_for: outcome.kind === 'waiting_for' ? outcome.reference : null,
    triggers: job.triggers,
    mapping_version: end.mappingVersion,
    open_batches:
      outcome.kind === 'submitted'
        ? [...new Set(outcome.objects.map(({ submission }) => submission.localBatchId))]
        : null,
    run_id: runIdsOf(job)[0] ?? null,
    trace_id: job.traceId,
    duration_ms: Math.round(end.durationMs),
  }
}

function stateAfter(outcome: Outcome): JobState {
  if (needsAttention(outcome)) return 'needs_attention'
  return outcome.kind === 'submitted' ? 'submitted' : 'waiting'
}

// A waiting job keeps it only where it is about to end by it.
function reasonAfter(outcome: Outcome): AttentionReason | null {
  if (needsAttention(outcome)) return outcome.kind
  return outcome.kind === 'retry' && outcome.isUnexpected ? 'internal' : null
}

/** Until the job is due again, or its answer is looked up; 0 for one that is not waiting, or behind a gate. */
export function delayOf(outcome: Outcome): number {
  if (outcome.kind === 'waiting_for') return referenceCheckMs
  return outcome.kind === 'retry' || outcome.kind === 'deferred' || outcome.kind === 'submitted' ? outcome.delayMs : 0
}

/** False for a job that went back to waiting behind a gate before anything of it was sent: history has nothing to say. */
export function isTry({ outcome, objects }: Pick<JobEnd, 'outcome' | 'objects'>): boolean {
  return outcome.kind !== 'held' || objects.length > 0
}

function objectRows(end: JobEnd): Record<string, unknown>[] {
  // An unchanged object says nothing new; the attempt's outcome tells that all was up to date.
  return end.objects
    .filter((object) => object.action !== 'nothing_to_do')
    .map((object) => ({
      attempt_id: end.job.fence,
      mapping_key: object.mappingKey,
      source_model: object.sourceModel,
      source_id: object.sourceId,
      object_type: object.objectType,
      id_field: object.idField,
      id_value: object.idValue,
      action: object.action,
      remote_id: object.remoteId,
      sent: redactJson(object.sent, end.secrets),
      answered: redactJson(object.answered, end.secrets),
      message: object.message === null ? null : redactText(object.message, end.secrets),
      href: object.href,
      display_name: object.displayName,
    }))
}

/** The sync runs that asked for this job; a coalesced one can have several. */
export function runIdsOf(job: Pick<ClaimedJob, 'triggers'>): string[] {
  return [...new Set(job.triggers.flatMap((trigger) => (trigger.run ? [trigger.run] : [])))]
}

async function recordRunEntries(session: SqlSession, schema: string, ends: readonly JobEnd[]): Promise<void> {
  const entries = ends
    .filter(({ outcome }) => outcome.kind !== 'superseded' && (isDone(outcome) || needsAttention(outcome)))
    .flatMap((end) => runIdsOf(end.job).map((runId) => runEntry(runId, end)))
    .sort((a, b) => (`${a.run_id}/${a.source_id}` < `${b.run_id}/${b.source_id}` ? -1 : 1))
  if (entries.length === 0) return
  await session.executeSql(
    `insert into ${schema}.run_entry
       (run_id, source_model, source_id, stream, outcome, message, created_count, updated_count, nothing_to_do_count,
        skipped_count, failed_count)
     select entry.* from json_to_recordset($1::json) as entry (
       run_id uuid, source_model text, source_id text, stream text, outcome text, message text, created_count integer,
       updated_count integer, nothing_to_do_count integer, skipped_count integer, failed_count integer)
     join ${schema}.sync_run on sync_run.id = entry.run_id
     on conflict (run_id, source_model, source_id, stream, phase) do update set
       outcome = excluded.outcome, message = excluded.message, created_count = excluded.created_count,
       updated_count = excluded.updated_count, nothing_to_do_count = excluded.nothing_to_do_count,
       skipped_count = excluded.skipped_count, failed_count = excluded.failed_count, at = now()`,
    [toStoredJson(entries)],
  )
}

function runEntry(runId: string, end: JobEnd) {
  const count = (...actions: string[]): number => end.objects.filter((object) => actions.includes(object.action)).length
  return {
    run_id: runId,
    source_model: end.job.sourceModel,
    source_id: end.job.sourceId,
    stream: end.job.stream,
    outcome: end.outcome.kind,
    message: 'message' in end.outcome ? redactText(end.outcome.message, end.secrets) : null,
    created_count: count('created'),
    updated_count: count('updated', 'deleted'),
    nothing_to_do_count: count('nothing_to_do', 'found'),
    skipped_count: count('skipped'),
    failed_count: count('failed'),
  }
}

// For the pages, to ten seconds: written for every job, all workers would wait for the connection's row.
async function noteSuccess(session: SqlSession, schema: string, ends: readonly JobEnd[]): Promise<void> {
  const succeeded = ends.filter(({ outcome }) => outcome.kind === 'succeeded')
  if (succeeded.length === 0) return
  await session.executeSql(
    `update ${schema}.connection set last_success_at = now()
     where id in (
       select id from ${schema}.connection
       where id = any ($1::uuid[]) and coalesce(last_success_at < now() - interval '10 seconds', true)
       for no key update skip locked)`,
    [[...new Set(succeeded.map((end) => end.job.connectionId))]],
  )
}

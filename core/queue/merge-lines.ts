// Makes one line of all rows of a subject at the claim, and takes it, unless it has to wait. The leases of the subjects are
// won already, so nobody else claims the same rows.
import type { SqlSession } from '../database/transaction.ts'
import { releaseLeases } from '../sync/leases.ts'
import {
  type ClaimedJob,
  type ClaimedRow,
  claimedColumns,
  type SubjectKey,
  subjectLeaseKey,
  toClaimedJob,
} from './claimed-job.ts'

/** Jobs of a dead worker go one at a time, so that it is seen which of them kills workers; all others together. */
export type Lane = 'ordinary' | 'solo'

export interface LineRequest {
  connectionId: string
  worker: string
  leaseSeconds: number
  lane: Lane
}

// All rows of a subject become its oldest row, which keeps the highest counters and all triggers. A line that is
// backing off stays waiting, whatever came in since, unless a person forced it; one that has to go alone waits for the
// solo lane. A row in flight must finalize until its
// end is written: after a crash all its objects may be unchanged, and finalize would else never be called.
export async function mergeLines(
  session: SqlSession,
  schema: string,
  request: LineRequest,
  won: readonly (SubjectKey & { fence: string })[],
): Promise<ClaimedJob[]> {
  const { rows } = await session.executeSql<ClaimedRow>(
    // The planner takes every CTE for one row, so nothing here joins two of them: arrays carry what a line needs, and an
    // array of ids makes it use the key where the table's statistics are of yesterday.
    `with member as (
       select j.*, won.fence as new_fence
       from unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) as won (source_model, source_id, stream, fence)
       cross join lateral (
         select * from ${schema}.sync_job
         where connection_id = $1 and source_model = won.source_model and source_id = won.source_id
           and stream = won.stream and state in ('waiting', 'needs_attention')
         for update skip locked) j
     ),
     line as (
       select min(id) as id, array_agg(id) as ids, max(new_fence) as fence, bool_or(force) as force,
              bool_or(force and state = 'waiting' and not_before <= now()) as is_forced_now,
              max(failed_attempts) as failed_attempts, max(crash_count) as crash_count, max(priority) as priority,
              min(first_failed_at) as first_failed_at, max(expires_at) as expires_at,
              bool_or(must_finalize) as must_finalize, bool_or(solo) as solo, max(source_version) as source_version,
              max(not_before) filter (where state = 'waiting' and failed_attempts > 0) as backoff_until,
              (array_agg(operation order by id desc))[1] as operation,
              (array_agg(trace_id order by id desc))[1] as trace_id,
              -- Who asks for it by force while an answer is awaited wants it sent once more.
              case when not bool_or(force and answers is null)
                   then (array_agg(answers) filter (where answers is not null))[1] end as answers,
              array_agg(triggers order by id) as triggers, array_agg(changes order by id) as changes
       from member group by source_model, source_id, stream
     ),
     judged as (
       select *, is_backing_off or solo <> $8 as stays
       from (select *, coalesce(not is_forced_now and backoff_until > now(), false) as is_backing_off from line) line
     ),
     merged as (
       delete from ${schema}.sync_job where id = any (array(
         select part.id from (select id as line_id, unnest(ids) as id from line) part where part.id <> part.line_id))
     ),
     taken as (
       update ${schema}.sync_job j set
         state = case when line.stays then 'waiting' else 'in_flight' end,
         must_finalize = line.must_finalize or not line.stays, solo = line.solo,
         not_before = case when line.is_backing_off then line.backoff_until else j.not_before end,
         reason = case when line.is_backing_off and j.state = 'waiting' then j.reason end, waiting_for = null,
         failed_attempts = line.failed_attempts, crash_count = line.crash_count,
         first_failed_at = line.first_failed_at, expires_at = line.expires_at, priority = line.priority,
         force = line.force, source_version = line.source_version,
         operation = line.operation, trace_id = line.trace_id, answers = line.answers,
         triggers = case when cardinality(line.triggers) = 1 then line.triggers[1] else
           (select jsonb_agg(entry) from unnest(line.triggers) as list, jsonb_array_elements(list) as entry) end,
         changes = case when cardinality(line.changes) = 1 then line.changes[1] else coalesce(
           (select jsonb_agg(entry) from unnest(line.changes) as list, jsonb_array_elements(list) as entry), '[]') end,
         worker = $6, lease_until = now() + make_interval(secs => $7), fence = line.fence
       from judged line where j.id = any (array(select id from line)) and j.id = line.id
       returning j.*, line.must_finalize as had_to_finalize
     )
     select ${claimedColumns}, had_to_finalize as must_finalize
     from taken where state = 'in_flight' order by id`,
    [
      request.connectionId,
      won.map((subject) => subject.source_model),
      won.map((subject) => subject.source_id),
      won.map((subject) => subject.stream),
      won.map((subject) => subject.fence),
      request.worker,
      request.leaseSeconds,
      request.lane === 'solo',
    ],
  )
  const takenFences = new Set(rows.map((row) => row.fence))
  await releaseLeases(session, schema, {
    keys: won
      .filter((subject) => !takenFences.has(subject.fence ?? ''))
      .map((subject) =>
        subjectLeaseKey({
          connectionId: request.connectionId,
          sourceModel: subject.source_model,
          sourceId: subject.source_id,
          stream: subject.stream,
        }),
      ),
    worker: request.worker,
  })
  return rows.map(toClaimedJob)
}

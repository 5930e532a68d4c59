// Takes due work of one connection, in one transaction: tickets fetched, leases won, rows of each subject merged into
// one line, tickets deleted. A rollback gives everything back. Leases decide who wins, not row locks: two workers that
// claim the same subject at the same moment meet in one INSERT ... ON CONFLICT DO NOTHING.
import type { Database, SqlSession } from '../database/transaction.ts'
import { releaseLeases } from '../sync/leases.ts'
import type { Boss } from './boss.ts'
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
  firstFailedAt: Date | null
  /** It waited for a record it refers to longer than it may. */
  hasExpired: boolean
  triggers: readonly JobTrigger[]
  changes: readonly unknown[]
  sourceVersion: number | null
  isForced: boolean
  mustFinalize: boolean
  /** Also the id of the attempt. */
  fence: string
  traceId: string | null
}

export interface ClaimRequest {
  connectionId: string
  worker: string
  leaseSeconds: number
  limit: number
  /** Scopes that may send now; the others are held. */
  scopes: readonly string[]
}

/** Work that could not be taken is looked at again after this. */
const returnedTicketDelayMs = 500

export async function claimJobs(
  { database, boss }: { database: Database; boss: Boss },
  request: ClaimRequest,
): Promise<ClaimedJob[]> {
  if (request.scopes.length === 0) return []
  return database.transaction(async (session) => {
    const tickets = await boss.fetchTickets(session, request.connectionId, request.limit)
    if (tickets.length === 0) return []
    const candidates = await leaseDueSubjects(session, database.schema, request, tickets.length)
    const won = candidates.filter((candidate) => candidate.fence !== null)
    const jobs = won.length > 0 ? await mergeLines(session, database.schema, request, won) : []
    await boss.deleteTickets(session, request.connectionId, tickets)
    const unusedCount = tickets.length - jobs.length
    if (unusedCount > 0) {
      // Rows that could not be taken now (their subject is in work, their scope is held) need their permits again.
      const left = await countDueRows(session, database.schema, request.connectionId, unusedCount)
      await boss.insertTickets(
        session,
        request.connectionId,
        Array.from({ length: left }, () => returnedTicketDelayMs),
      )
    }
    return jobs
  })
}

interface Candidate {
  source_model: string
  source_id: string
  stream: string
  fence: string | null
}

// Round robin over scopes: the first line of every scope, then the second of every scope, ... within a priority.
async function leaseDueSubjects(
  session: SqlSession,
  schema: string,
  request: ClaimRequest,
  limit: number,
): Promise<Candidate[]> {
  const { rows } = await session.executeSql<Candidate>(
    `with due as (
       select j.source_model, j.source_id, j.stream, j.priority, j.not_before, j.id,
              row_number() over (partition by scope.name order by j.priority desc, j.not_before, j.id) as turn
       from unnest($2::text[]) as scope (name)
       cross join lateral (
         select * from ${schema}.sync_job
         where connection_id = $1 and scope = scope.name and state = 'waiting' and not_before <= now()
         order by priority desc, not_before, id
         limit $3
       ) j
     ),
     subject as (
       select source_model, source_id, stream
       from (select * from due order by priority desc, turn, not_before, id limit $3) first
       group by source_model, source_id, stream
     ),
     keyed as (
       select *, $1::text || '/' || source_model || '/' || source_id || '/' || stream as key from subject
     ),
     won as (
       insert into ${schema}.lease (key, worker, until, fence)
       select key, $4, now() + make_interval(secs => $5), nextval('${schema}.fence')
       from (select key from keyed order by key) ordered
       on conflict do nothing
       returning key, fence
     )
     select keyed.source_model, keyed.source_id, keyed.stream, won.fence
     from keyed left join won using (key)`,
    [request.connectionId, request.scopes, limit, request.worker, request.leaseSeconds],
  )
  return rows
}

interface LineRow {
  id: string
  scope: string
  source_model: string
  source_id: string
  stream: string
  operation: 'sync' | 'delete'
  state: string
  failed_attempts: number
  first_failed_at: Date | null
  has_expired: boolean
  triggers: JobTrigger[]
  changes: unknown[]
  source_version: string | null
  force: boolean
  had_to_finalize: boolean
  fence: string
  trace_id: string | null
}

// All rows of a subject become its oldest row, which keeps the highest counters and all triggers. A line that is
// backing off stays waiting, whatever came in since, unless a person forced it. A row in flight must finalize until its
// end is written: after a crash all its objects may be unchanged, and finalize would else never be called.
async function mergeLines(
  session: SqlSession,
  schema: string,
  request: ClaimRequest,
  won: readonly Candidate[],
): Promise<ClaimedJob[]> {
  const { rows } = await session.executeSql<LineRow>(
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
              bool_or(must_finalize) as must_finalize, max(source_version) as source_version,
              max(not_before) filter (where state = 'waiting' and failed_attempts > 0) as backoff_until,
              (array_agg(operation order by id desc))[1] as operation,
              (array_agg(trace_id order by id desc))[1] as trace_id,
              array_agg(triggers order by id) as triggers, array_agg(changes order by id) as changes
       from member group by source_model, source_id, stream
     ),
     judged as (
       select *, coalesce(not is_forced_now and backoff_until > now(), false) as is_backing_off from line
     ),
     merged as (
       delete from ${schema}.sync_job where id = any (array(
         select part.id from (select id as line_id, unnest(ids) as id from line) part where part.id <> part.line_id))
     ),
     taken as (
       update ${schema}.sync_job j set
         state = case when line.is_backing_off then 'waiting' else 'in_flight' end,
         must_finalize = line.must_finalize or not line.is_backing_off,
         not_before = case when line.is_backing_off then line.backoff_until else j.not_before end,
         reason = null, waiting_for = null,
         failed_attempts = line.failed_attempts, crash_count = line.crash_count,
         first_failed_at = line.first_failed_at, expires_at = line.expires_at, priority = line.priority,
         force = line.force, source_version = line.source_version,
         operation = line.operation, trace_id = line.trace_id,
         triggers = case when cardinality(line.triggers) = 1 then line.triggers[1] else
           (select jsonb_agg(entry) from unnest(line.triggers) as list, jsonb_array_elements(list) as entry) end,
         changes = case when cardinality(line.changes) = 1 then line.changes[1] else coalesce(
           (select jsonb_agg(entry) from unnest(line.changes) as list, jsonb_array_elements(list) as entry), '[]') end,
         worker = $6, lease_until = now() + make_interval(secs => $7), fence = line.fence
       from judged line where j.id = any (array(select id from line)) and j.id = line.id
       returning j.*, line.must_finalize as had_to_finalize
     )
     select id, scope, source_model, source_id, stream, operation, state, failed_attempts, first_failed_at,
            coalesce(expires_at <= now(), false) as has_expired, triggers, changes, source_version, force,
            had_to_finalize, fence, trace_id
     from taken where state = 'in_flight' order by id`,
    [
      request.connectionId,
      won.map((subject) => subject.source_model),
      won.map((subject) => subject.source_id),
      won.map((subject) => subject.stream),
      won.map((subject) => subject.fence),
      request.worker,
      request.leaseSeconds,
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
  return rows.map((row) => ({
    id: row.id,
    connectionId: request.connectionId,
    scope: row.scope,
    sourceModel: row.source_model,
    sourceId: row.source_id,
    stream: row.stream,
    operation: row.operation,
    failedAttempts: row.failed_attempts,
    firstFailedAt: row.first_failed_at,
    hasExpired: row.has_expired,
    triggers: row.triggers,
    changes: row.changes,
    sourceVersion: row.source_version === null ? null : Number(row.source_version),
    isForced: row.force,
    mustFinalize: row.had_to_finalize,
    fence: row.fence,
    traceId: row.trace_id,
  }))
}

async function countDueRows(session: SqlSession, schema: string, connectionId: string, limit: number): Promise<number> {
  const { rows } = await session.executeSql<{ count: string }>(
    `select count(*) from (
       select from ${schema}.sync_job
       where connection_id = $1 and state = 'waiting' and not_before <= now() limit $2) due`,
    [connectionId, limit],
  )
  return Number(rows[0]?.count ?? 0)
}

/** The key of a subject's lease. */
export function subjectLeaseKey(job: Pick<ClaimedJob, 'connectionId' | 'sourceModel' | 'sourceId' | 'stream'>): string {
  return `${job.connectionId}/${job.sourceModel}/${job.sourceId}/${job.stream}`
}

// Takes due work of one connection, in one transaction: tickets taken, leases won, rows of each subject merged into one
// line. A rollback gives everything back. Leases decide who wins, not row locks: two workers that
// claim the same subject at the same moment meet in one INSERT ... ON CONFLICT DO NOTHING.
import type { Database, SqlSession } from '../database/transaction.ts'
import { waitBehindSubmitted } from './behind-submitted.ts'
import type { Boss } from './boss.ts'
import type { ClaimedJob, SubjectKey } from './claimed-job.ts'
import { priorities } from './job-states.ts'
import { type LineRequest, mergeLines } from './merge-lines.ts'

export interface ClaimRequest extends LineRequest {
  limit: number
  /** Scopes that may send now; the others are held. */
  scopes: readonly string[]
  /** Its remote may answer later, so that a subject can be neither free nor in work. */
  canBeSubmitted?: boolean
}

/** Work that could not be taken is looked at again after this. */
const returnedTicketDelayMs = 500

export async function claimJobs(
  { database, boss }: { database: Database; boss: Boss },
  request: ClaimRequest,
): Promise<ClaimedJob[]> {
  if (request.scopes.length === 0) return []
  return database.transaction(async (session) => {
    const ticketCount = await boss.takeTickets(session, request.connectionId, request.limit)
    if (ticketCount === 0) return []
    const candidates = await leaseDueSubjects(session, database.schema, request, ticketCount)
    const won = candidates.flatMap(({ fence, ...subject }) => (fence === null ? [] : { ...subject, fence }))
    if (request.canBeSubmitted && won.length < candidates.length) {
      const lost = candidates.filter((candidate) => candidate.fence === null)
      await waitBehindSubmitted({ schema: database.schema, boss }, session, request.connectionId, lost)
    }
    const jobs = won.length > 0 ? await mergeLines(session, database.schema, request, won) : []
    const unusedCount = ticketCount - jobs.length
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

interface Candidate extends SubjectKey {
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
       -- One by one: over several priorities the index would be read through everything that is not due yet.
       cross join unnest($6::smallint[]) as level (priority)
       cross join lateral (
         select * from ${schema}.sync_job
         where connection_id = $1 and scope = scope.name and priority = level.priority and state = 'waiting'
           and not_before <= now() and ${request.lane === 'solo' ? 'solo' : 'not solo'}
         order by not_before, id
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
    [request.connectionId, request.scopes, limit, request.worker, request.leaseSeconds, priorities],
  )
  return rows
}

// As of this statement and not by now(): a row that another claim's ticket came with can be younger than this
// transaction, and without a permit it would lie until the sweep finds it.
async function countDueRows(session: SqlSession, schema: string, connectionId: string, limit: number): Promise<number> {
  const { rows } = await session.executeSql<{ count: string }>(
    `select count(*) from (
       select from ${schema}.sync_job
       where connection_id = $1 and state = 'waiting' and not_before <= statement_timestamp() limit $2) due`,
    [connectionId, limit],
  )
  return Number(rows[0]?.count ?? 0)
}

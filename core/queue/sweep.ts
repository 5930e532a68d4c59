// Puts right what a dead worker left: expired leases are deleted and their jobs wait again, and due jobs that have had no
// ticket for a minute get one. One worker at a time sweeps.
import type { Database, SqlSession } from '../database/transaction.ts'
import type { Boss } from './boss.ts'
import { claimedColumns } from './claimed-job.ts'
import { type CrashedJob, parkCrashedJobs } from './park-crashed-jobs.ts'

export interface SweepReport {
  returnedCount: number
  /** Jobs that killed their workers too often. */
  parkedCount: number
  ticketedCount: number
}

/** A due job is expected to be claimed or to have a ticket within this time. */
const ticketGraceSeconds = 60

/** Workers that may die while they send nothing but this one job. */
const mostSoloCrashes = 3

export async function sweep(
  { database, boss }: { database: Database; boss: Boss },
  { ticketGraceSeconds: graceSeconds = ticketGraceSeconds }: { ticketGraceSeconds?: number } = {},
): Promise<SweepReport> {
  const { schema } = database
  return database.transaction(async (session) => {
    const { rows: locks } = await session.executeSql<{ locked: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext($1)) as locked`,
      [`${schema}.sweep`],
    )
    if (!locks[0]?.locked) return { returnedCount: 0, parkedCount: 0, ticketedCount: 0 }
    const ended = await endDeadLeases(session, schema)
    const crashed = ended.filter((job) => job.is_over_limit)
    const returned = ended.filter((job) => !job.is_over_limit)
    await parkCrashedJobs(session, schema, crashed)
    for (const [connectionId, jobs] of Map.groupBy(returned, (row) => row.connection_id)) {
      await boss.insertTickets(
        session,
        connectionId,
        jobs.map(() => 0),
      )
    }
    const ticketedCount = await ticketDueJobs(session, { schema, boss, graceSeconds })
    return { returnedCount: returned.length, parkedCount: crashed.length, ticketedCount }
  })
}

/** Behind the connection's id: core/sync/identity.ts. */
const isIdentity = (key: string): string => `substr(${key}, 37, 2) = '//'`

// A job that its worker had begun goes alone from now on: either an object of its subject is still leased, or this is the
// second worker that died with it. The many that were claimed and not begun just wait again. A job that was alone already
// when its worker died has killed it, as far as anybody can know. Its end gets a fence of its own: the worker may not
// be dead but frozen, and report an end too.
async function endDeadLeases(
  session: SqlSession,
  schema: string,
): Promise<(CrashedJob & { is_over_limit: boolean })[]> {
  const { rows } = await session.executeSql<CrashedJob & { is_over_limit: boolean }>(
    `with dead as (
       delete from ${schema}.lease where key in (
         select key from ${schema}.lease where until < now() order by key for update skip locked)
       returning worker, fence, ${isIdentity('key')} as is_identity
     ),
     begun as (
       select fence from ${schema}.lease
       where worker = any (array(select distinct worker from dead)) and ${isIdentity('key')}
     ),
     returned as (
       update ${schema}.sync_job j set
         state = case when j.solo and j.crash_count + 1 >= $1 then 'in_flight' else 'waiting' end,
         fence = case when j.solo and j.crash_count + 1 >= $1 then nextval('${schema}.fence') end,
         crash_count = j.crash_count + case when j.solo then 1 else 0 end,
         solo = j.solo or j.returned_at is not null or j.fence = any (array(select fence from begun)),
         worker = null, lease_until = null, returned_at = now(), not_before = now(), ticketed_at = now()
       from dead
       where j.state = 'in_flight' and j.fence = dead.fence and not dead.is_identity
       returning j.*
     )
     select ${claimedColumns}, must_finalize, crash_count, mapping_version, state = 'in_flight' as is_over_limit
     from returned`,
    [mostSoloCrashes],
  )
  return rows
}

async function ticketDueJobs(
  session: SqlSession,
  { schema, boss, graceSeconds }: { schema: string; boss: Boss; graceSeconds: number },
): Promise<number> {
  const { rows: unticketed } = await session.executeSql<{ connection_id: string; count: string }>(
    `select connection_id, count(*) from ${schema}.sync_job
     where state = 'waiting' and not_before < now() - make_interval(secs => $1)
       and ticketed_at < now() - make_interval(secs => $1)
     group by connection_id`,
    [graceSeconds],
  )
  let ticketedCount = 0
  const tickets = unticketed.length > 0 ? await boss.countTickets(session) : new Map<string, number>()
  for (const row of unticketed) {
    const missing = Number(row.count) - (tickets.get(row.connection_id) ?? 0)
    if (missing <= 0) continue
    await boss.insertTickets(
      session,
      row.connection_id,
      Array.from({ length: missing }, () => 0),
    )
    ticketedCount += missing
  }
  return ticketedCount
}

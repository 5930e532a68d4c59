// Puts right what a dead worker left: expired leases are deleted and their jobs wait again, and due jobs that have had no
// ticket for a minute get one. One worker at a time sweeps.
import type { Database } from '../database/transaction.ts'
import type { Boss } from './boss.ts'

export interface SweepReport {
  returnedCount: number
  ticketedCount: number
}

/** A due job is expected to be claimed or to have a ticket within this time. */
const ticketGraceSeconds = 60

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
    if (!locks[0]?.locked) return { returnedCount: 0, ticketedCount: 0 }
    const { rows: returned } = await session.executeSql<{ connection_id: string }>(
      `with dead as (
         delete from ${schema}.lease where key in (
           select key from ${schema}.lease where until < now() order by key for update skip locked)
         returning fence
       )
       update ${schema}.sync_job j set state = 'waiting', worker = null, lease_until = null, fence = null,
         not_before = now(), ticketed_at = now()
       from dead where j.state = 'in_flight' and j.fence = dead.fence
       returning j.connection_id`,
      [],
    )
    for (const [connectionId, jobs] of Map.groupBy(returned, (row) => row.connection_id)) {
      await boss.insertTickets(
        session,
        connectionId,
        jobs.map(() => 0),
      )
    }
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
    return { returnedCount: returned.length, ticketedCount }
  })
}

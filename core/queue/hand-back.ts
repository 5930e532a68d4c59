// At the end of an orderly stop: what this worker still holds waits again at once, not when its leases run out.
import type { Database } from '../database/transaction.ts'
import type { Boss } from './boss.ts'

export async function handBack(
  { database, boss }: { database: Database; boss: Boss },
  worker: string,
): Promise<{ handedBackCount: number }> {
  const { schema } = database
  return database.transaction(async (session) => {
    const { rows } = await session.executeSql<{ connection_id: string }>(
      `with given_back as (delete from ${schema}.lease where worker = $1 returning fence)
       update ${schema}.sync_job j set state = 'waiting', worker = null, lease_until = null, fence = null,
         not_before = now(), ticketed_at = now()
       from given_back where j.state = 'in_flight' and j.fence = given_back.fence
       returning j.connection_id`,
      [worker],
    )
    for (const [connectionId, jobs] of Map.groupBy(rows, (row) => row.connection_id)) {
      await boss.insertTickets(
        session,
        connectionId,
        jobs.map(() => 0),
      )
    }
    return { handedBackCount: rows.length }
  })
}

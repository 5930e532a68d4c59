// Jobs that wait for the external object of another record are due as soon as it is in the ledger.
import type { Database, SqlSession } from '../database/transaction.ts'
import type { SentObject } from '../sync/write-ledger.ts'
import type { Boss } from './boss.ts'

export async function wakeWaiting(
  { database, boss }: { database: Database; boss: Boss },
  session: SqlSession,
  sent: readonly { object: SentObject }[],
): Promise<void> {
  if (sent.length === 0) return
  const { rows } = await session.executeSql<{ connection_id: string }>(
    // Nobody waits most of the time: that is asked once a connection, not once an object.
    `update ${database.schema}.sync_job j set not_before = now(), ticketed_at = now()
     from unnest($1::uuid[], $2::text[], $3::text[]) as written (connection_id, model, id)
     where exists (select from ${database.schema}.sync_job
                   where connection_id = any ($1::uuid[]) and waiting_for is not null)
       and j.connection_id = written.connection_id and j.waiting_for is not null and j.state = 'waiting'
       and j.waiting_for ->> 'model' = written.model and j.waiting_for ->> 'id' = written.id
     returning j.connection_id`,
    [
      sent.map((item) => item.object.connectionId),
      sent.map((item) => item.object.sourceModel),
      sent.map((item) => item.object.sourceId),
    ],
  )
  for (const [connectionId, woken] of Map.groupBy(rows, (row) => row.connection_id)) {
    await boss.insertTickets(
      session,
      connectionId,
      woken.map(() => 0),
    )
  }
}

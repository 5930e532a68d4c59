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
  const { schema } = database
  const { rows } = await session.executeSql<{ connection_id: string }>(
    // Nobody waits most of the time: that is asked once a connection and not once an object, in the order of the index, so
    // that the planner takes it whatever the table's statistics say.
    `update ${schema}.sync_job set not_before = now(), ticketed_at = now()
     where id = any (array(
       select waiting.id from unnest($1::uuid[]) as connection (id)
       cross join lateral (
         select from ${schema}.sync_job where connection_id = connection.id and waiting_for is not null
         order by connection_id, waiting_for ->> 'model', waiting_for ->> 'id' limit 1) anybody
       join unnest($2::uuid[], $3::text[], $4::text[]) as written (connection_id, model, id)
         on written.connection_id = connection.id
       cross join lateral (
         select id from ${schema}.sync_job
         where connection_id = connection.id and state = 'waiting' and waiting_for is not null
           and waiting_for ->> 'model' = written.model and waiting_for ->> 'id' = written.id
         offset 0) waiting))
     returning connection_id`,
    [
      [...new Set(sent.map((item) => item.object.connectionId))],
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

// Deletes for good what belongs to connections that were deleted a while ago: until then the ledger is kept, so that
// somebody who deleted one by mistake can still see what was sent. What the remote holds is not touched.
import type { Database } from '../database/transaction.ts'
import type { Boss } from './boss.ts'

const keptDays = 30
/** Rows a statement: each ends soon, and nobody waits for its locks. */
const batchSize = 1000

/** @returns how many connections are gone */
export async function purgeConnections({ database, boss }: { database: Database; boss: Boss }): Promise<number> {
  const { schema } = database
  const { rows } = await database.executeSql<{ id: string }>(
    `select id from ${schema}.connection where state = 'deleted' and deleted_at < now() - make_interval(days => $1)`,
    [keptDays],
  )
  for (const { id } of rows) {
    await deleteInBatches(
      database,
      `with batch as (select id from ${schema}.attempt where connection_id = $1 order by id limit $2),
            objects as (delete from ${schema}.attempt_object where attempt_id = any (array(select id from batch)))
       delete from ${schema}.attempt where id = any (array(select id from batch)) returning 1`,
      id,
    )
    for (const table of ['sync_link', 'external_object', 'sync_job']) {
      await deleteInBatches(
        database,
        `delete from ${schema}.${table} where id = any (array(
           select id from ${schema}.${table} where connection_id = $1 limit $2)) returning 1`,
        id,
      )
    }
    await boss.deleteQueue(id)
    // Everything else refers to it and goes with it.
    await database.executeSql(`delete from ${schema}.connection where id = $1 and state = 'deleted'`, [id])
  }
  return rows.length
}

async function deleteInBatches(database: Database, statement: string, connectionId: string): Promise<void> {
  for (;;) {
    const { rows } = await database.executeSql(statement, [connectionId, batchSize])
    if (rows.length < batchSize) return
  }
}

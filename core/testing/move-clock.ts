// Time travel. Everything due is judged by the database's clock, which cannot be set; so all that is stored moves into the
// past instead, and the rest of the product cannot tell the difference.
import type { Database } from '../database/transaction.ts'

/** @param schemas ours and the queue's */
export async function moveClock(database: Database, schemas: readonly string[], ms: number): Promise<void> {
  const { rows } = await database.executeSql<{ table_name: string; columns: readonly string[] }>(
    `select format('%I.%I', n.nspname, c.relname) as table_name, array_agg(quote_ident(a.attname)) as columns
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid
     where n.nspname = any ($1::text[]) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and a.atttypid = 'timestamptz'::regtype and a.attgenerated = ''
     group by n.nspname, c.relname`,
    [schemas],
  )
  const span = `interval '${Math.ceil(ms)} milliseconds'`
  await database.transaction(async (session) => {
    for (const { table_name: table, columns } of rows) {
      const moved = columns.map((column) => `${column} = ${column} - ${span}`).join(', ')
      await session.executeSql(`update ${table} set ${moved}`)
    }
  })
}

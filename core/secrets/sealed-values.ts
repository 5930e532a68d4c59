// The sealed values of all columns of sealed-columns.ts: how many each key holds, and sealing them anew a batch at a time.
import type { Database } from '../database/transaction.ts'
import { isErrorKind, messageOf } from '../errors.ts'
import type { DataKeys } from './data-keys.ts'
import {
  nameOfColumn,
  type SealedColumn,
  type SealedColumnName,
  type SecretPlace,
  sealedColumns,
} from './sealed-columns.ts'
import type { SecretBox } from './secret-box.ts'

export interface KeyUse {
  column: string
  /** Of a data key; of a master key for values from before there were data keys. */
  keyId: string
  count: number
}

export async function countKeyUse(database: Database): Promise<KeyUse[]> {
  const uses: KeyUse[] = []
  for (const column of sealedColumns) {
    const { rows } = await database.executeSql<{ key_id: string; count: number }>(
      `select split_part(one.sealed, '.', 2) as key_id, count(*)::int as count
       from ${database.schema}.${column.table} t cross join lateral (${sealedIn(column)}) as one (sealed)
       where one.sealed is not null group by 1 order by 1`,
      [],
    )
    uses.push(...rows.map((row) => ({ column: nameOfColumn(column), keyId: row.key_id, count: row.count })))
  }
  return uses
}

export interface ResealedBatch {
  /** Values. */
  count: number
  /** A sentence for each value that cannot be opened. */
  unreadable: readonly string[]
  /** The last row looked at; null when there are no more behind it. */
  last: readonly string[] | null
}

/**
 * Seals the next rows of a column with the current key, in one short transaction. Rows that somebody else is changing are
 * passed over, so that nothing is waited for while rows are held: no host and no worker gets into a deadlock with it.
 */
export function resealBatch({
  database,
  dataKeys,
  column,
  keyId,
  after,
  batchSize,
}: {
  database: Database
  dataKeys: DataKeys
  column: SealedColumn
  /** Of the current key: what it holds is left as it is. */
  keyId: string
  after: readonly string[] | null
  batchSize: number
}): Promise<ResealedBatch> {
  const table = `${database.schema}.${column.table}`
  const key = `array[${column.key.map((name) => `t.${name}::text`).join(', ')}]`
  const prefix = `v2.${keyId}.`
  return database.transaction(async (session) => {
    const box = await dataKeys.box(session)
    const { rows } = await session.executeSql<{ row_id: string; key: string[]; value: unknown }>(
      `select t.ctid::text as row_id, ${key} as key, t.${column.column} as value from ${table} t
       where exists (select from (${sealedIn(column)}) as one (sealed) where not starts_with(one.sealed, $1))
         and ($2::text[] is null or ${key} > $2)
       order by ${key} limit ${batchSize} for no key update of t skip locked`,
      [prefix, after],
    )
    const done = rows.map((row) => ({ rowId: row.row_id, ...resealValue(box, { column, prefix, ...row }) }))
    const changed = done.filter(({ count }) => count > 0)
    // `updated_at` stays: it says when somebody changed the connection, and nobody has. A locked row keeps its place.
    await session.executeSql(
      `update ${table} t set ${column.column} = given.value::${column.holds === 'text' ? 'text' : 'jsonb'}
       from unnest($1::tid[], $2::text[]) as given (row_id, value) where t.ctid = given.row_id`,
      [changed.map(({ rowId }) => rowId), changed.map(({ value }) => value)],
    )
    return {
      count: changed.reduce((sum, { count }) => sum + count, 0),
      unreadable: done.flatMap(({ unreadable }) => unreadable),
      last: rows.length === batchSize ? (rows.at(-1)?.key ?? null) : null,
    }
  })
}

const sealedIn = ({ column, holds }: SealedColumn): string =>
  holds === 'text' ? `select t.${column}` : `select value from jsonb_each_text(t.${column})`

function resealValue(
  box: SecretBox,
  { column, prefix, key, value }: { column: SealedColumn; prefix: string; key: readonly string[]; value: unknown },
): { value: string; count: number; unreadable: string[] } {
  // The columns of the list are those of SealedColumnName.
  const place: SecretPlace = { column: nameOfColumn(column) as SealedColumnName, row: key }
  const unreadable: string[] = []
  let count = 0
  function reseal(sealed: unknown, where: SecretPlace): unknown {
    if (typeof sealed !== 'string' || sealed.startsWith(prefix)) return sealed
    try {
      const again = box.seal(box.open(sealed, where), where)
      count += 1
      return again
    } catch (error) {
      if (!isErrorKind(error, 'SecretError')) throw error
      unreadable.push(messageOf(error))
      return sealed
    }
  }
  if (column.holds === 'text') return { value: String(reseal(value, place)), count, unreadable }
  const entries = Object.entries(Object(value)).map(([field, sealed]) => [field, reseal(sealed, { ...place, field })])
  return { value: JSON.stringify(Object.fromEntries(entries)), count, unreadable }
}

// Pages and counts of a root model by id: the order stays the same while new records arrive, and no page costs more than the
// first.
import type { z } from '../../../core/sdk/index.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { parseInput, ShopError } from '../shop-error.ts'

export interface Keyset {
  /** SQL tables, the records' own as `r`. */
  from: string
  /** SQL of a record's scope. */
  scope: string
  conditions: Conditions
}

/** Conditions with their values, numbered as they are added. */
export interface Conditions {
  add(sql: (parameter: string) => string, value: unknown): void
  readonly sql: readonly string[]
  readonly values: readonly unknown[]
}

export function createConditions(): Conditions {
  const sql: string[] = []
  const values: unknown[] = []
  return {
    add(condition, value) {
      values.push(value)
      sql.push(condition(`$${values.length}`))
    },
    sql,
    values,
  }
}

export async function readPage(
  database: ShopDatabase,
  { from, scope, conditions }: Keyset,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ records: { id: string; scope: string }[]; next: string | null }> {
  if (after !== null && !isRecordId(after)) {
    throw new ShopError(`"${after}" is not where a page of the ticket shop can begin.`)
  }
  const values = [...conditions.values, after ?? '0', limit + 1]
  const where = [...conditions.sql, `r.id > $${values.length - 1}::bigint`].join(' and ')
  // One more than asked for tells whether this page is the last.
  const rows = await database.select<{ id: string; scope: string }>(
    `select r.id::text as id, ${scope} as scope from ${from} where ${where} order by r.id limit $${values.length}::integer`,
    values,
  )
  const records = rows.slice(0, limit)
  return { records, next: rows.length > limit ? (records.at(-1)?.id ?? null) : null }
}

export async function readCount(database: ShopDatabase, { from, conditions }: Keyset): Promise<number> {
  const where = conditions.sql.length > 0 ? `where ${conditions.sql.join(' and ')}` : ''
  const [row] = await database.select<{ count: number }>(
    `select count(*)::float8 as count from ${from} ${where}`,
    conditions.values,
  )
  return row?.count ?? 0
}

/** Ids that can be ids of ours; another host's are simply not found. */
export function recordIds(ids: readonly string[]): string[] {
  return ids.filter(isRecordId)
}

function isRecordId(id: string): boolean {
  return /^\d{1,18}$/.test(id)
}

/** A filter as its model declares it. A field left empty in a form does not filter. */
export function parseFilter<T extends z.ZodType>(schema: T, filter: Readonly<Record<string, string>>): z.output<T> {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value.trim() !== ''))
  return parseInput(schema, given, 'filter the records')
}

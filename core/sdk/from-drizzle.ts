// The border of a transaction of Drizzle, on node-postgres or postgres.js.
import { givenWords } from './given-words.ts'
import { rowsOf } from './rows-of.ts'
import { splitStatement } from './split-statement.ts'
import type { TransactionBorder } from './transaction.ts'

interface DrizzleTransaction<Query> {
  execute(query: Query): PromiseLike<unknown>
  /** Only a transaction has it. */
  rollback?: unknown
}

type SqlTag<Query> = (strings: TemplateStringsArray, ...values: unknown[]) => Query

/**
 * For the `tx` of `db.transaction(async (tx) => ...)`, with Drizzle's own `sql`. The `db` beside it would write outside the
 * transaction and leave a job behind after a rollback, so it is refused.
 */
export function fromDrizzle<Query>(tx: DrizzleTransaction<Query>, sql: SqlTag<Query>): TransactionBorder {
  if (typeof tx?.rollback !== 'function') {
    throw new TypeError(
      `fromDrizzle(tx, sql) was given ${givenWords(tx)}, which is no transaction. Fire the signal inside db.transaction(async (tx) => ...) and pass that tx.`,
    )
  }
  if (typeof sql !== 'function') {
    throw new TypeError(
      `fromDrizzle(tx, sql) was given ${givenWords(sql)} as sql. Pass the sql of drizzle-orm: import { sql } from 'drizzle-orm'.`,
    )
  }
  return {
    async executeSql(text, values) {
      const { pieces, values: inOrder } = splitStatement(text, values)
      // What sql`...` is called with.
      const strings = Object.assign([...pieces], { raw: pieces })
      return { rows: rowsOf(await tx.execute(sql(strings, ...inOrder.map(asPlainValue)))) }
    },
  }
}

// Drizzle spreads a list over several places, and postgres.js sends under Drizzle neither dates nor, without its types,
// lists. As PostgreSQL's text they pass through both drivers.
function asPlainValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? arrayText(value) : value
}

function arrayText(list: readonly unknown[]): string {
  const items = list.map((item) => {
    if (item === null || item === undefined) return 'NULL'
    if (Array.isArray(item)) return arrayText(item)
    const text = item instanceof Date ? item.toISOString() : String(item)
    return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
  })
  return `{${items.join(',')}}`
}

// The border of a transaction of Knex (and of Objection, which is handed Knex's).
import { givenWords } from './given-words.ts'
import { rowsOf } from './rows-of.ts'
import { splitStatement } from './split-statement.ts'
import type { TransactionBorder } from './transaction.ts'

interface KnexTransaction {
  isTransaction?: boolean
  isCompleted?(): boolean
  raw(sql: string, bindings: readonly unknown[]): PromiseLike<unknown>
  /** Ends with the transaction. */
  executionPromise?: Promise<unknown>
  /** The transaction around a savepoint. */
  parentTransaction?: KnexTransaction
}

/**
 * For the `trx` of `knex.transaction(async (trx) => ...)` or `await knex.transaction()`. The `knex` beside it would write
 * outside the transaction and leave a job behind after a rollback, so it is refused.
 */
export function fromKnex(trx: KnexTransaction): TransactionBorder {
  if (!trx?.isTransaction) {
    throw new TypeError(
      `fromKnex(trx) was given ${givenWords(trx)}, which is no transaction. Fire the signal inside knex.transaction(async (trx) => ...) and pass that trx.`,
    )
  }
  if (trx.isCompleted?.()) {
    throw new TypeError(
      'fromKnex(trx) was given a transaction that has ended. Fire the signal before it is committed or rolled back.',
    )
  }
  const ended = outermost(trx).executionPromise
  return {
    async executeSql(text, values) {
      if (text.includes('?')) {
        throw new TypeError(`Knex takes every question mark for the place of a value, so this cannot be sent: ${text}`)
      }
      const { pieces, values: bindings } = splitStatement(text, values)
      return { rows: rowsOf(await trx.raw(pieces.join('?'), bindings)) }
    },
    // After a rollback it may be rejected, which is the host's to handle.
    ...(ended ? { onCommit: (callback) => void ended.then(callback, () => undefined) } : {}),
  }
}

// A savepoint ends before anything is committed.
function outermost(trx: KnexTransaction): KnexTransaction {
  return trx.parentTransaction ? outermost(trx.parentTransaction) : trx
}

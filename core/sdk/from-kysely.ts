// The border of a transaction of Kysely.
import { givenWords } from './given-words.ts'
import { type RunsCompiledQueries, runCompiledQuery } from './run-compiled-query.ts'
import type { TransactionBorder } from './transaction.ts'

interface KyselyTransaction extends RunsCompiledQueries {
  readonly isTransaction: boolean
  /** Only a transaction that the host ends itself tells. */
  readonly isCommitted?: boolean
  readonly isRolledBack?: boolean
  withoutPlugins(): RunsCompiledQueries
}

/**
 * For the `trx` of `db.transaction().execute(async (trx) => ...)`, or of `db.startTransaction()`. The `db` beside it would
 * write outside the transaction and leave a job behind after a rollback, so it is refused.
 */
export function fromKysely(trx: KyselyTransaction): TransactionBorder {
  if (!trx?.isTransaction) {
    throw new TypeError(
      `fromKysely(trx) was given ${givenWords(trx)}, which is no transaction. Fire the signal inside db.transaction().execute(async (trx) => ...) and pass that trx.`,
    )
  }
  // Still in the transaction. The host's plugins are for its own queries: CamelCasePlugin would rename our columns.
  const plain = trx.withoutPlugins()
  return {
    async executeSql(text, values) {
      // Kysely asks this too, but without plugins it has forgotten whether the host ended the transaction.
      if (trx.isCommitted || trx.isRolledBack) {
        throw new TypeError(
          `fromKysely(trx) was given a transaction that is ${trx.isCommitted ? 'committed' : 'rolled back'} by now. Fire the signal before its end.`,
        )
      }
      return runCompiledQuery(plain, text, values)
    },
  }
}

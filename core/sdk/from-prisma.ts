// The border of an interactive transaction of Prisma on PostgreSQL.
import { givenWords } from './given-words.ts'
import { rowsOf } from './rows-of.ts'
import type { TransactionBorder } from './transaction.ts'

interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>
  /** Only the client has it. */
  $connect?: unknown
}

/**
 * For the `tx` of `prisma.$transaction(async (tx) => ...)`. The client itself would write outside the transaction and leave
 * a job behind after a rollback, so it is refused.
 */
export function fromPrisma(tx: PrismaTransaction): TransactionBorder {
  // Not $transaction, which a transaction may have too: for savepoints.
  if (typeof tx?.$queryRawUnsafe !== 'function' || typeof tx.$connect === 'function') {
    throw new TypeError(
      `fromPrisma(tx) was given ${typeof tx?.$connect === 'function' ? 'the client itself' : givenWords(tx)}, which is no transaction. Fire the signal inside prisma.$transaction(async (tx) => ...) and pass that tx.`,
    )
  }
  return { executeSql: async (text, values) => ({ rows: rowsOf(await tx.$queryRawUnsafe(text, ...values)) }) }
}

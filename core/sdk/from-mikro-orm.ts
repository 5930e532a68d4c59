// The border of a transaction of MikroORM 7, through the Kysely that it brings.
import { type RunsCompiledQueries, runCompiledQuery } from './run-compiled-query.ts'
import type { TransactionBorder } from './transaction.ts'

interface MikroOrmEntityManager {
  isInTransaction(): boolean
  getKysely(): unknown
}

/**
 * For a MikroORM 7 EntityManager inside `em.transactional`. A fork would write outside the transaction and leave a job
 * behind after a rollback, so an EntityManager without an open transaction is refused.
 */
export function fromMikroOrm(em: MikroOrmEntityManager): TransactionBorder {
  if (!em?.isInTransaction()) {
    throw new TypeError(
      'fromMikroOrm(em): this EntityManager has no open transaction. Fire the signal inside em.transactional(em => ...) and pass the inner em.',
    )
  }
  // getKysely() joins the EntityManager's transaction; its type depends on the kysely version MikroORM brings.
  const kysely = em.getKysely() as RunsCompiledQueries
  return { executeSql: (text, values) => runCompiledQuery(kysely, text, values) }
}

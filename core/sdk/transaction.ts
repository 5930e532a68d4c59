// The border through which we write inside the host's own transaction. Adapters are duck-typed: nothing of a data layer
// is imported, so that a host brings its own version of it.
import { createHash } from 'node:crypto'

export interface TransactionBorder {
  /** Runs one statement with `$1`-style values inside the host's transaction. */
  executeSql(text: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  /** Calls back once, soon after the transaction has ended, where the data layer tells; after a rollback too if it cannot tell. */
  onCommit?(callback: () => void): void
}

interface NodePostgresClient {
  query(config: { name?: string; text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[] }>
  /** `I` outside a transaction. Missing in older versions of pg. */
  getTransactionStatus?(): string | null
  on?(event: 'drain', listener: () => void): unknown
  off?(event: 'drain', listener: () => void): unknown
}

/** For a `pg` client with an open transaction. Statements are prepared once per connection unless told otherwise. */
export function fromNodePostgres(
  client: NodePostgresClient,
  options: { preparedStatements?: boolean } = {},
): TransactionBorder {
  const isPrepared = options.preparedStatements ?? true
  const tellsItsState = client.getTransactionStatus && client.on && client.off
  return {
    executeSql: (text, values) =>
      client.query({ ...(isPrepared ? { name: statementName(text) } : {}), text, values: [...values] }),
    ...(tellsItsState ? { onCommit: (callback) => afterTransaction(client, callback) } : {}),
  }
}

const callbacksByClient = new WeakMap<NodePostgresClient, (() => void)[]>()

// The client says when it has nothing more to do, which it also says between two statements of a transaction.
function afterTransaction(client: NodePostgresClient, callback: () => void): void {
  if (client.getTransactionStatus?.() === 'I') {
    callback()
    return
  }
  const known = callbacksByClient.get(client)
  if (known) {
    known.push(callback)
    return
  }
  const callbacks = [callback]
  callbacksByClient.set(client, callbacks)
  const look = (): void => {
    if (client.getTransactionStatus?.() !== 'I') return
    client.off?.('drain', look)
    callbacksByClient.delete(client)
    for (const one of callbacks) one()
  }
  client.on?.('drain', look)
}

// What kysely's executeQuery() reads of a compiled query.
interface CompiledQuery {
  sql: string
  parameters: readonly unknown[]
  query: { kind: 'RawNode'; sqlFragments: readonly string[]; parameters: readonly never[] }
  queryId: { queryId: string }
}

interface KyselyLike {
  // biome-ignore lint/suspicious/noExplicitAny: the query type differs by kysely version; only these members are used
  executeQuery(query: any): Promise<{ rows: unknown[] }>
}

interface MikroOrmEntityManager {
  isInTransaction(): boolean
  getKysely(): unknown
}

/**
 * For a MikroORM 7 EntityManager inside `em.transactional`. A fork would write outside the transaction and leave a job
 * behind after a rollback, so an EntityManager without an open transaction is refused.
 */
export function fromMikroOrm(em: MikroOrmEntityManager): TransactionBorder {
  if (!em.isInTransaction()) {
    throw new TypeError(
      'fromMikroOrm(em): this EntityManager has no open transaction. Fire the signal inside em.transactional(em => ...) and pass the inner em.',
    )
  }
  // getKysely() joins the EntityManager's transaction; its type depends on the kysely version MikroORM brings.
  const kysely = em.getKysely() as KyselyLike
  return {
    async executeSql(text, values) {
      const query: CompiledQuery = {
        sql: text,
        parameters: values,
        query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
        queryId: { queryId: statementName(text) },
      }
      const result = await kysely.executeQuery(query)
      // PostgreSQL rows are objects keyed by column.
      return { rows: result.rows as Record<string, unknown>[] }
    },
  }
}

const names = new Map<string, string>()

/** A short stable name for a prepared statement, at most 63 characters as PostgreSQL allows. */
export function statementName(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = `os_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
  names.set(text, name)
  return name
}

// The border of a transaction that the host has begun on a client of node-postgres.
import { givenWords } from './given-words.ts'
import { statementName, type TransactionBorder } from './transaction.ts'

interface NodePostgresClient {
  query(config: { name?: string; text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[] }>
  /** `I` outside a transaction. Missing in older versions of pg. */
  getTransactionStatus?(): string | null
  on?(event: 'drain', listener: () => void): unknown
  off?(event: 'drain', listener: () => void): unknown
  /** Only a pool has it. */
  totalCount?: unknown
}

/**
 * For a `pg` client with an open transaction. Statements are prepared once per connection unless told otherwise. A pool
 * would run each statement on whichever connection is free, and a client without a transaction would commit the job before
 * the order: both are refused.
 */
export function fromNodePostgres(
  client: NodePostgresClient,
  options: { preparedStatements?: boolean } = {},
): TransactionBorder {
  if (typeof client?.query !== 'function' || client.totalCount !== undefined) {
    throw new TypeError(
      `fromNodePostgres(client) was given ${givenWords(client)}, which has no transaction. Take a client with pool.connect(), begin on it, and pass that client.`,
    )
  }
  refuseIdle(client)
  const isPrepared = options.preparedStatements ?? true
  const tellsItsState = client.getTransactionStatus && client.on && client.off
  return {
    async executeSql(text, values) {
      refuseIdle(client)
      return client.query({ ...(isPrepared ? { name: statementName(text) } : {}), text, values: [...values] })
    },
    ...(tellsItsState ? { onCommit: (callback) => afterTransaction(client, callback) } : {}),
  }
}

function refuseIdle(client: NodePostgresClient): void {
  if (client.getTransactionStatus?.() !== 'I') return
  throw new TypeError(
    `fromNodePostgres(client) was given ${givenWords(client)} without an open transaction. Wait for client.query('begin') first, and fire the signal before the commit.`,
  )
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

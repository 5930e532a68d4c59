// The border every room writes SQL through: one statement with `$1`-style values, on the pool, on one connection or
// inside a transaction. Who implements it (our pool, the host's own transaction) is decided above.

export interface SqlResult<Row> {
  rows: Row[]
}

export interface SqlSession {
  /**
   * Rows have the columns the statement names; the caller states their type beside the statement. With values (also an
   * empty list) the statement is prepared once per connection; without, it may be a script of several statements.
   */
  executeSql<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>>
}

export interface Database extends SqlSession {
  /** The schema of our tables, a checked identifier. */
  readonly schema: string
  readonly databaseUrl: string
  /**
   * One connection for all statements of `work`, without a transaction: each commits by itself and sees what those before
   * it did. Statements sent without waiting for each other travel together, here as in a transaction (see `together`).
   */
  session<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  /** Rolls back when `work` rejects. The lock timeout makes us yield to the host, never the host to us. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  /** Calls back for every NOTIFY on the channel and after every reconnect; reconnects by itself. */
  listen(channel: string, onNotification: () => void): Promise<{ close(): Promise<void> }>
  close(): Promise<void>
}

/**
 * Waits for statements that were sent without waiting for each other: one round trip for all of them. Rejects with the
 * first error once all have settled, so that none of them still runs when the caller rolls back.
 */
export async function together<Results extends readonly unknown[]>(
  statements: readonly [...{ [Index in keyof Results]: Promise<Results[Index]> }],
): Promise<Results> {
  const settled = await Promise.allSettled(statements)
  for (const result of settled) if (result.status === 'rejected') throw result.reason
  // allSettled keeps the order, and none of them has failed.
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as Results
}

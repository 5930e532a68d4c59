// The border every room writes SQL through: one statement with `$1`-style values, on the pool or inside a transaction.
// Who implements it (our pool, the host's own transaction) is decided above.

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
  /** Rolls back when `work` rejects. The lock timeout makes us yield to the host, never the host to us. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  /** Calls back for every NOTIFY on the channel and after every reconnect; reconnects by itself. */
  listen(channel: string, onNotification: () => void): Promise<{ close(): Promise<void> }>
  close(): Promise<void>
}

// The newest tries of one connection, as a subquery that walks the index of (connection_id, id) and no other.

// As an equality, the condition lets the planner walk the primary key instead, past all tries of the other connections: a
// connection without any would cost a walk over the whole history. Rows are compared, so only that index has the order.
export function newestAttempts({
  schema,
  connection,
  limit,
  before = '9223372036854775807',
}: {
  schema: string
  /** SQL of the connection's id. */
  connection: string
  limit: string
  /** SQL of an id; only older tries. */
  before?: string
}): string {
  return `select * from ${schema}.attempt
    where (connection_id, id) > (${connection}, 0::bigint) and (connection_id, id) < (${connection}, ${before})
    order by connection_id desc, id desc limit ${limit}`
}

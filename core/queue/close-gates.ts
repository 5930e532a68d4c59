// Writes what closes a gate: a rate limit is the account's, a refused credential the connection's. All their jobs wait
// then, not just the one that was told. In the caller's transaction.
import type { SqlSession } from '../database/transaction.ts'

export type GateClosing =
  /** `delayMs` null: the remote did not say how long. */
  | { gate: 'limited'; accountKey: string; delayMs: number | null; message: string }
  /** `revision`: of the connection when the credentials that were refused were read. */
  | { gate: 'reconnect'; connectionId: string; revision: string; message: string }

/** Our own waits when a remote does not say how long: twice as long each time it limits us again soon after. */
const firstWaitSeconds = 30
const longestWaitSeconds = 3600
/** Again within this after the last wait, or within as long as that one was, is "soon". */
const soonSeconds = 60

export async function closeGates(session: SqlSession, schema: string, closings: readonly GateClosing[]): Promise<void> {
  // Connections before accounts, each in one order, as gate-moves.ts does: flushes of two workers must not deadlock.
  const refused = new Map(
    closings.flatMap((one) => (one.gate === 'reconnect' ? [[`${one.connectionId} ${one.revision}`, one]] : [])),
  )
  for (const [, { connectionId, revision, message }] of inOrder(refused)) {
    // A call under way while somebody enters new credentials is refused for the old ones: that says nothing of the new.
    await session.executeSql(
      `update ${schema}.connection set gate = 'reconnect', gate_reason = $2, gate_until = null
       where id = $1 and gate <> 'paused' and updated_at = $3::timestamptz`,
      [connectionId, message, revision],
    )
  }
  const limited = Map.groupBy(
    closings.flatMap((one) => (one.gate === 'limited' ? one : [])),
    (one) => one.accountKey,
  )
  for (const [accountKey, list] of inOrder(limited)) {
    const told = list.flatMap((one) => one.delayMs ?? [])
    await limitAccount(session, schema, {
      accountKey,
      message: list.at(-1)?.message ?? '',
      delayMs: told.length > 0 ? Math.max(...told) : null,
    })
  }
}

async function limitAccount(
  session: SqlSession,
  schema: string,
  { accountKey, delayMs, message }: { accountKey: string; delayMs: number | null; message: string },
): Promise<void> {
  if (delayMs !== null) {
    await session.executeSql(
      `insert into ${schema}.account_gate as known (account_key, limited_until, limited_reason)
       values ($1, now() + make_interval(secs => $2::float8 / 1000), $3)
       on conflict (account_key) do update set
         limited_until = greatest(known.limited_until, excluded.limited_until), limited_reason = excluded.limited_reason`,
      [accountKey, delayMs, message],
    )
    return
  }
  // Calls that were under way when the first was limited come in later and change nothing.
  await session.executeSql(
    `insert into ${schema}.account_gate as known (account_key, limited_until, limited_reason, limited_seconds)
     values ($1, now() + make_interval(secs => ${firstWaitSeconds} * (1 + random() / 10)), $2, ${firstWaitSeconds})
     on conflict (account_key) do update set (limited_until, limited_reason, limited_seconds) = (
       select now() + make_interval(secs => next.seconds * (1 + random() / 10)), $2, next.seconds
       from (select case
         when known.limited_seconds > 0 and known.limited_until > now() - make_interval(secs => greatest(known.limited_seconds, ${soonSeconds}))
         then least(known.limited_seconds * 2, ${longestWaitSeconds}) else ${firstWaitSeconds} end as seconds) next)
     where (known.limited_until > now()) is not true`,
    [accountKey, message],
  )
}

function inOrder<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

// The breaker of an account: opens when most of its last tries failed in a way that heals by waiting, then lets one probe
// through at a time, over all processes, and closes with the first answer. The account's and not the connection's: what is
// down is the remote at that address, for whichever connection calls it. Judged from the history, and only by flushes
// that hold such a failure: while all goes well it costs nothing.
import { type Database, type SqlSession, together } from '../database/transaction.ts'
import { redactText } from '../http/redact.ts'
import type { FailingAccount } from '../registry/create-hooks.ts'
import type { Outcome } from './outcome.ts'
import type { JobEnd } from './record-ends.ts'

const leastTries = 10
const failingShare = 0.7
const windowMinutes = 5
const probeSeconds = 30
/** Looked at per connection: after a long good time an outage must not have to outweigh all of it. */
const newestTries = 200
/** A level is told once, and again when it has been quiet for so long. */
const quietMinutes = 60

const levels = [50, 70, 90, 100] as const
const failures: readonly Outcome['kind'][] = ['retry', 'exceeded']
const answers: readonly Outcome['kind'][] = ['succeeded', 'permanent', 'reconnect', 'rate_limited']
/** What ends without a call proves nothing: the next job may probe at once. */
const withoutCall: readonly Outcome['kind'][] = [
  ...(['nothing_to_do', 'skipped', 'gone', 'deferred', 'waiting_for', 'config', 'held', 'superseded'] as const),
]

/** How near the breaker is to opening, 100 when it does. */
export function failingPercent({ triedCount, failedCount }: { triedCount: number; failedCount: number }): number {
  const percent = Math.floor((failedCount / (failingShare * Math.max(triedCount, leastTries))) * 100 + 1e-9)
  return Math.min(percent, triedCount < leastTries ? 99 : 100)
}

/**
 * In the transaction that has written the ends.
 *
 * @param ours the worker, and how many of its tries of a connection have had a good answer and are not at their end: what
 * fails ends first, so that among the first ends of a batch nearly all have failed
 * @returns what is to be told once it is committed
 */
export async function judgeEnds(
  session: SqlSession,
  schema: string,
  ends: readonly JobEnd[],
  ours: { worker: string; answeredUnderWay: (connectionId: string) => number },
): Promise<FailingAccount[]> {
  const probes = ends.filter((end) => end.isProbe)
  if (probes.length > 0) await judgeProbes(session, schema, probes)
  const failed = new Map(
    ends.flatMap((end) => (failures.includes(end.outcome.kind) && !end.isProbe ? [[end.accountKey, end]] : [])),
  )
  const alerts: FailingAccount[] = []
  if (failed.size === 0) return alerts
  const accounts = await countTries(session, schema, [...failed.keys()])
  const connectionIds = accounts.flatMap((account) => account.connectionIds)
  const elsewhere = await countAnsweredElsewhere(session, schema, { connectionIds, worker: ours.worker })
  const underWay = (id: string): number => ours.answeredUnderWay(id) + (elsewhere.get(id) ?? 0)
  for (const ended of accounts) {
    const underWayCount = ended.connectionIds.reduce((sum, id) => sum + underWay(id), 0)
    const account = { ...ended, triedCount: ended.triedCount + underWayCount }
    const end = failed.get(account.accountKey)
    if (!end || account.isOpen) continue
    const percent = failingPercent(account)
    const message = 'message' in end.outcome ? redactText(end.outcome.message, end.secrets) : ''
    for (const level of await reach(session, schema, { ...account, percent, message })) {
      const { accountKey, connectionIds, triedCount, failedCount } = account
      alerts.push({ accountKey, connectionIds, percent: level, triedCount, failedCount, message })
    }
  }
  return alerts
}

async function judgeProbes(session: SqlSession, schema: string, probes: readonly JobEnd[]): Promise<void> {
  const keysOf = (kinds: readonly Outcome['kind'][]) =>
    [...new Set(probes.filter((end) => kinds.includes(end.outcome.kind)).map((end) => end.accountKey))].sort()
  await together([
    session.executeSql(
      `update ${schema}.account_gate set breaker_probe_at = null, breaker_reason = null, recovered_at = now(),
         alerted_percent = 0, alerted_at = null
       where account_key = any ($1::text[])`,
      [keysOf(answers)],
    ),
    session.executeSql(
      `update ${schema}.account_gate set breaker_probe_at = now()
       where account_key = any ($1::text[]) and breaker_probe_at is not null`,
      [keysOf(withoutCall)],
    ),
  ])
}

interface AccountTries {
  accountKey: string
  connectionIds: string[]
  triedCount: number
  failedCount: number
  isOpen: boolean
  /** 0 when nothing was told, or long ago. */
  toldPercent: number
}

async function countTries(
  session: SqlSession,
  schema: string,
  accountKeys: readonly string[],
): Promise<AccountTries[]> {
  const { rows } = await session.executeSql<{
    account_key: string
    connection_ids: string[]
    tried: number
    failed: number
    is_open: boolean
    told: number
  }>(
    `select c.account_key, array_agg(distinct c.id) as connection_ids, count(try.outcome)::int as tried,
            (count(*) filter (where try.outcome = any ($3::text[])))::int as failed,
            account.breaker_probe_at is not null as is_open, ${toldPercent('account')} as told
     from ${schema}.connection c
     left join ${schema}.account_gate account on account.account_key = c.account_key
     left join lateral (
       select outcome from (
         select outcome, finished_at from ${schema}.attempt where connection_id = c.id
         order by id desc limit ${newestTries}) newest
       where outcome = any ($2::text[])
         and finished_at > greatest(now() - interval '${windowMinutes} minutes', account.recovered_at)
     ) try on true
     where c.account_key = any ($1::text[]) and c.state <> 'deleted'
     group by c.account_key, account.account_key
     order by c.account_key`,
    [accountKeys, [...failures, ...answers, 'internal'], failures],
  )
  return rows.map((row) => ({
    accountKey: row.account_key,
    connectionIds: row.connection_ids,
    triedCount: row.tried,
    failedCount: row.failed,
    isOpen: row.is_open,
    toldPercent: row.told,
  }))
}

// The tries of other workers that go on after a good answer, by connection: their failures are in the history, and without
// these a worker that has just begun would judge by failures alone.
async function countAnsweredElsewhere(
  session: SqlSession,
  schema: string,
  { connectionIds, worker }: { connectionIds: readonly string[]; worker: string },
): Promise<Map<string, number>> {
  const { rows } = await session.executeSql<{ connection_id: string; count: number }>(
    `select j.connection_id, count(*)::int as count
     from ${schema}.sync_job j
     left join lateral (
       select finished_at from ${schema}.attempt a
       where a.connection_id = j.connection_id and a.source_model = j.source_model and a.source_id = j.source_id
         and a.stream = j.stream
       order by a.id desc limit 1) before on true
     where j.state = 'in_flight' and j.connection_id = any ($1::uuid[]) and j.worker <> $2
       and exists (
         select from ${schema}.sync_link l
         where l.subject_model = j.source_model and l.subject_id = j.source_id and l.connection_id = j.connection_id
           and l.stream = j.stream and l.sent_at > coalesce(before.finished_at, '-infinity'))
     group by j.connection_id`,
    [connectionIds, worker],
  )
  return new Map(rows.map((row) => [row.connection_id, row.count]))
}

// The levels that are reached now and were not told yet; the last of them opens the breaker.
async function reach(
  session: SqlSession,
  schema: string,
  { accountKey, percent, toldPercent: lastTold, message }: AccountTries & { percent: number; message: string },
): Promise<(typeof levels)[number][]> {
  const reached = levels.filter((level) => level <= percent)
  const highest = reached.at(-1) ?? 0
  const isNews = (told: number): boolean => (highest > 0 ? highest > told : told > 0)
  if (!isNews(lastTold)) return []
  await session.executeSql(`insert into ${schema}.account_gate (account_key) values ($1) on conflict do nothing`, [
    accountKey,
  ])
  const { rows } = await session.executeSql<{ told: number; is_open: boolean }>(
    `select ${toldPercent('account')} as told, breaker_probe_at is not null as is_open
     from ${schema}.account_gate account where account_key = $1 for update`,
    [accountKey],
  )
  const [row] = rows
  if (!row || row.is_open || !isNews(row.told)) return []
  await session.executeSql(
    `update ${schema}.account_gate set alerted_percent = $2::smallint, alerted_at = now(),
       breaker_probe_at = case when $2::smallint = 100 then now() + interval '${probeSeconds} seconds' end,
       breaker_reason = case when $2::smallint = 100 then $3 end
     where account_key = $1`,
    [accountKey, highest, message],
  )
  return reached.filter((level) => level > row.told)
}

function toldPercent(account: string): string {
  return `case when ${account}.alerted_at > now() - interval '${quietMinutes} minutes' then ${account}.alerted_percent else 0 end`
}

/** The right to try once whether the remote is back. False when another process has just taken it. */
export async function takeProbe(database: Database, accountKey: string): Promise<boolean> {
  const { rows } = await database.executeSql(
    `update ${database.schema}.account_gate set breaker_probe_at = now() + interval '${probeSeconds} seconds'
     where account_key = $1 and breaker_probe_at <= now() returning account_key`,
    [accountKey],
  )
  return rows.length > 0
}

/** There was nothing to probe with. */
export async function returnProbe(database: Database, accountKey: string): Promise<void> {
  await database.executeSql(
    `update ${database.schema}.account_gate set breaker_probe_at = now()
     where account_key = $1 and breaker_probe_at is not null`,
    [accountKey],
  )
}

// How much is open at each connection, and how the last tries went. Counted by line up to a limit: beyond ten thousand the
// exact number helps nobody, and the page must stay quick.
import type { Database } from '../../database/transaction.ts'
import { newestAttempts } from '../newest-attempts.ts'
import { failedOutcomes } from '../outcome-words.ts'

const countLimit = 10_000
/** Tries looked at for "of the last ...". */
const recentLimit = 200

export interface ConnectionCounts {
  waitingCount: number
  retryingCount: number
  /** Would be waiting or tried again, but the connection may not send now. */
  heldCount: number
  inFlightCount: number
  submittedCount: number
  attentionCount: number
  /** There is more than was counted. */
  isCapped: boolean
  oldestWaitingAt: Date | null
  recentCount: number
  recentFailedCount: number
  lastAttemptAt: Date | null
  /** The first failed try after the last good one; null when the last one was good. */
  failingSince: Date | null
}

/** The same counts of a connection that may not send now. */
export function heldCounts(counts: ConnectionCounts): ConnectionCounts {
  return { ...counts, waitingCount: 0, retryingCount: 0, heldCount: counts.waitingCount + counts.retryingCount }
}

interface Row {
  id: string
  waiting: number
  retrying: number
  in_flight: number
  submitted: number
  attention: number
  row_count: number
  oldest: Date | null
  recent: number
  recent_failed: number
  last_attempt_at: Date | null
  failing_since: Date | null
}

export async function countByConnection(
  database: Database,
  connectionIds: readonly string[],
): Promise<ReadonlyMap<string, ConnectionCounts>> {
  const { schema } = database
  const { rows } = await database.executeSql<Row>(
    `select c.id, line.*, attention.*, recent.*
     from unnest($1::uuid[]) as c (id)
     cross join lateral (
       select (count(*) filter (where lead = 'waiting' and failed_attempts = 0))::int as waiting,
              (count(*) filter (where lead = 'waiting' and failed_attempts > 0))::int as retrying,
              (count(*) filter (where lead = 'in_flight'))::int as in_flight,
              (count(*) filter (where lead = 'submitted'))::int as submitted,
              coalesce(sum(row_count), 0)::int as row_count,
              min(since) filter (where lead = 'waiting') as oldest
       from (
         select case when bool_or(state = 'in_flight') then 'in_flight' when bool_or(state = 'submitted') then 'submitted'
                     when bool_or(state = 'waiting') then 'waiting' else 'needs_attention' end as lead,
                coalesce(max(failed_attempts) filter (where state = 'waiting'), 0) as failed_attempts,
                min(created_at) filter (where state = 'waiting') as since, count(*) as row_count
         from (
           select * from ${schema}.sync_job where connection_id = c.id order by source_model, source_id, stream limit $2
         ) first
         group by source_model, source_id, stream
       ) lines
     ) line
     cross join lateral (
       select count(*)::int as attention from (
         select from ${schema}.sync_job j where j.connection_id = c.id and j.state = 'needs_attention'
           and not exists (
             select from ${schema}.sync_job o
             where o.connection_id = j.connection_id and o.source_model = j.source_model and o.source_id = j.source_id
               and o.stream = j.stream and o.id <> j.id and (o.state <> 'needs_attention' or o.id > j.id)
           )
         limit $2
       ) counted
     ) attention
     cross join lateral (
       select count(*)::int as recent, (count(*) filter (where outcome = any($3)))::int as recent_failed,
              max(finished_at) as last_attempt_at,
              min(finished_at) filter (where outcome = any($3) and id > last_good) as failing_since
       from (select last.*, coalesce(max(id) filter (where outcome <> all($3)) over (), 0) as last_good from (${newestAttempts({ schema, connection: 'c.id', limit: '$4' })}) last) judged
     ) recent`,
    [connectionIds, countLimit + 1, [...failedOutcomes, 'retry', 'reconnect'], recentLimit],
  )
  return new Map(
    rows.map((row) => [
      row.id,
      {
        waitingCount: row.waiting,
        retryingCount: row.retrying,
        heldCount: 0,
        inFlightCount: row.in_flight,
        submittedCount: row.submitted,
        attentionCount: row.attention,
        isCapped: row.row_count > countLimit || row.attention > countLimit,
        oldestWaitingAt: row.oldest,
        recentCount: row.recent,
        recentFailedCount: row.recent_failed,
        lastAttemptAt: row.last_attempt_at,
        failingSince: row.failing_since,
      },
    ]),
  )
}

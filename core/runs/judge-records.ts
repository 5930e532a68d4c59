// Whether records of the host have arrived at a connection, judged from what we have written down, for a page at a time in
// one statement. Nothing is claimed that cannot be known: when a record last changed is known only where the host fired a
// signal, for then a job was written with the change. So the rule is, for one record, the first line that holds:
//
//   waiting      a job is open, and it is not due for long: it is on its way
//   overdue      a job is open and has been due for `overdueHours`, or its answer has
//   failed       its line needs attention
//   canceled     somebody canceled the last thing that was asked for: his decision, not a fault
//   complete     the last try was skipped: the provider or a condition decided against it
//   never_synced nothing of it is at the remote that we know of, and no try ended well
//   stale        what was sent belongs to an earlier account or was to be forgotten (an older epoch); or its last try did
//                not end well and nothing is in the queue any more
//   complete     else
//
// In a scope where the plugin is switched off nothing is expected: `plugin_off`. A record that a plugin never asked to
// have sent (an order of a kind it does not listen to) cannot be told from one that was forgotten.
import type { SqlSession } from '../database/transaction.ts'

export const findings = [
  'complete',
  'waiting',
  'plugin_off',
  'canceled',
  'never_synced',
  'failed',
  'overdue',
  'stale',
] as const
export type Finding = (typeof findings)[number]

/** Records that should be up to date at the connection and are not. */
export const missingFindings = ['never_synced', 'stale', 'failed', 'overdue'] as const satisfies readonly Finding[]
/** Those of them for which nothing is in the queue, so that putting them there helps. */
export const sendableFindings = ['never_synced', 'stale'] as const satisfies readonly Finding[]
/** What a report lists; of the others it only tells the number. */
export const listedFindings = [...missingFindings, 'canceled'] as const satisfies readonly Finding[]

export const overdueHours = 6

export interface JudgedRecord {
  id: string
  finding: Finding
  /** What is known beyond the finding, for example what the remote answered. */
  message: string | null
}

/** In the order of the ids. */
export async function judgeRecords(
  session: SqlSession,
  schema: string,
  { connectionId, model, ids }: { connectionId: string; model: string; ids: readonly string[] },
): Promise<JudgedRecord[]> {
  const { rows } = await session.executeSql<JudgedRecord>(
    // Laterals and not joins: each is one look-up by index, whatever the statistics say.
    `select record.id, judged.finding, case
              when judged.finding in ('failed', 'overdue') then job.message
              when judged.finding = 'canceled' then tried.message
              when judged.finding = 'stale' and link.is_old then null
              when judged.finding in ('stale', 'never_synced')
                then 'The last try ended as “' || tried.outcome || '”' || coalesce(': ' || tried.message, '.')
            end as message
     from unnest($3::text[]) with ordinality as record (id, position)
     cross join (select epoch from ${schema}.connection where id = $1) connection
     cross join lateral (
       select coalesce(bool_or(state <> 'needs_attention'), false) as is_open,
              coalesce(bool_or(state = 'needs_attention'), false) as needs_attention,
              coalesce(bool_or(case state
                when 'waiting' then not_before < now() - make_interval(hours => ${overdueHours})
                when 'submitted' then check_at < now() - make_interval(hours => ${overdueHours}) end), false) as is_overdue,
              (array_agg(message order by id desc) filter (where message is not null))[1] as message
       from ${schema}.sync_job
       where source_model = $2 and source_id = record.id and connection_id = $1
     ) job
     cross join lateral (
       select count(*) > 0 as exists, coalesce(max(sent_epoch) < connection.epoch, false) as is_old
       from ${schema}.sync_link where connection_id = $1 and subject_model = $2 and subject_id = record.id
     ) link
     left join lateral (
       -- A late result that was refused decides nothing, nor does the end of a run that took its jobs back.
       select outcome, message from ${schema}.attempt
       where connection_id = $1 and source_model = $2 and source_id = record.id
         and outcome <> 'superseded' and (outcome <> 'canceled' or run_id is null)
       order by id desc limit 1
     ) tried on true
     cross join lateral (
       select case
         when job.is_overdue then 'overdue'
         when job.is_open then 'waiting'
         when job.needs_attention then 'failed'
         when tried.outcome = 'canceled' then 'canceled'
         when tried.outcome = 'skipped' then 'complete'
         when link.is_old then 'stale'
         when coalesce(tried.outcome in ('succeeded', 'nothing_to_do'), link.exists) then 'complete'
         when link.exists then 'stale'
         else 'never_synced'
       end as finding
     ) judged
     order by record.position`,
    [connectionId, model, ids],
  )
  return rows
}

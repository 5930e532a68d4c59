// What "retry" and "cancel" do to lines, one or hundreds of them in one statement: the buttons, the ticked lines and the
// bulk runs all come through here. A line is named by the id of any of its rows. Rows in flight are never touched.
import type { SqlSession } from '../database/transaction.ts'
import type { Boss } from './boss.ts'
import { submittedHolder } from './hold-submitted.ts'
import type { JobState } from './job-states.ts'

export interface LineActionCounts {
  /** Lines of which at least one row was retried or canceled. */
  doneCount: number
  /** All rows of the line are with a worker or at the remote. */
  inFlightCount: number
  /** Of those the ones at the remote, which has still to answer. */
  submittedCount: number
  /** Done, canceled or merged into another row meanwhile. */
  vanishedCount: number
  /** Left as they are, because something asked for them again since. Only when `asOf` is given. */
  askedAgainCount: number
}

interface LineDependencies {
  schema: string
  boss: Pick<Boss, 'insertTickets'>
}

// The rows of the lines that $1 names.
const lineRows = (schema: string): string => `
  line as materialized (
    select named.id as named_id, o.id, o.state, o.triggers
    from unnest($1::bigint[]) as named (id)
    join ${schema}.sync_job j on j.id = named.id
    cross join lateral (
      select id, state, triggers from ${schema}.sync_job
      where connection_id = j.connection_id and source_model = j.source_model and source_id = j.source_id
        and stream = j.stream offset 0) o
  )`

// Of some rows those in these states, locked in one order.
const heldRows = (schema: string, ids: string, states: readonly JobState[]): string => `
  held as materialized (
    select id from ${schema}.sync_job
    where id = any (array(${ids})) and state in (${states.map((state) => `'${state}'`).join(', ')})
    order by id for update
  )`

/** A full new budget of attempts, due at once, forced. A line that the remote has still to answer for is left alone. */
export async function retryLines(
  session: SqlSession,
  { schema, boss }: LineDependencies,
  { jobIds, actor }: { jobIds: readonly string[]; actor: string },
): Promise<LineActionCounts> {
  const { rows } = await session.executeSql<{
    named_id: string
    connection_id: string | null
    row_count: number
    is_submitted: boolean
  }>(
    `with ${lineRows(schema)},
     at_remote as materialized (select distinct named_id from line where state = 'submitted'),
     ${heldRows(schema, 'select id from line where named_id <> all (array(select named_id from at_remote))', [
       'waiting',
       'needs_attention',
     ])},
     retried as (
       update ${schema}.sync_job set
         state = 'waiting', reason = null, not_before = now(), failed_attempts = 0, crash_count = 0,
         first_failed_at = null, expires_at = null, waiting_for = null, force = true, ticketed_at = now(),
         triggers = triggers || jsonb_build_object('name', 'retry_now', 'at', now(), 'actor', $2::text)
       where id = any (array(select id from held))
       returning id, connection_id
     )
     select line.named_id::text, retried.connection_id, count(retried.id)::int as row_count,
            bool_or(line.state = 'submitted') as is_submitted
     from line left join retried using (id) group by 1, 2`,
    [jobIds, actor],
  )
  const ticketCounts = new Map<string, number>()
  for (const { connection_id: id, row_count: count } of rows) {
    if (id !== null) ticketCounts.set(id, (ticketCounts.get(id) ?? 0) + count)
  }
  for (const [connectionId, count] of ticketCounts) {
    await boss.insertTickets(
      session,
      connectionId,
      Array.from({ length: count }, () => 0),
    )
  }
  const done = new Set(rows.filter((row) => row.row_count > 0).map((row) => row.named_id))
  return countsOf(jobIds, {
    found: new Set(rows.map((row) => row.named_id)),
    done,
    askedAgain: new Set(),
    submitted: new Set(rows.filter((row) => row.is_submitted).map((row) => row.named_id)),
  })
}

/**
 * Takes the lines out of the queue: every row of them that no worker has. Each leaves its line in the history, and in the run that
 * asked for it. With `asOf` (ISO 8601, as the database wrote it) a line that was asked for again since then stays.
 */
export async function cancelLines(
  session: SqlSession,
  schema: string,
  { jobIds, message, asOf = null }: { jobIds: readonly string[]; message: string; asOf?: string | null },
): Promise<LineActionCounts> {
  const { rows } = await session.executeSql<{ named_id: string; is_done: boolean; is_asked_again: boolean }>(
    `with ${lineRows(schema)},
     asked_again as materialized (
       select distinct named_id from line
       where $3::timestamptz is not null and exists (
         select from jsonb_array_elements(triggers) as trigger where (trigger ->> 'at')::timestamptz > $3)
     ),
     ${heldRows(schema, 'select id from line where named_id <> all (array(select named_id from asked_again))', [
       'waiting',
       'needs_attention',
       'submitted',
     ])},
     canceled as (
       delete from ${schema}.sync_job where id = any (array(select id from held)) returning *
     ),
     -- The subject is free again. The batch keeps its identities: its answer still goes to the ledger.
     freed as (
       delete from ${schema}.lease l using canceled c
       where c.state = 'submitted' and l.worker = $4
         and l.key = c.connection_id || '/' || c.source_model || '/' || c.source_id || '/' || c.stream
     ),
     tried as (
       insert into ${schema}.attempt
         (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message,
          triggers, failed_attempts, mapping_version, worker, trace_id, duration_ms)
       select nextval('${schema}.fence'), id, connection_id, scope, source_model, source_id, source_id, stream,
              'canceled', $2, triggers, failed_attempts, mapping_version, '', trace_id, 0
       from canceled
     ),
     entry as (
       insert into ${schema}.run_entry (run_id, source_model, source_id, stream, outcome, message)
       select distinct (trigger ->> 'run')::uuid, source_model, source_id, stream, 'canceled', $2
       from canceled cross join jsonb_array_elements(triggers) as trigger
       where trigger ? 'run' and exists (select from ${schema}.sync_run where id = (trigger ->> 'run')::uuid)
       on conflict (run_id, source_model, source_id, stream, phase) do update set
         outcome = excluded.outcome, message = excluded.message, at = now()
     )
     select line.named_id::text, bool_or(canceled.id is not null) as is_done,
            line.named_id = any (array(select named_id from asked_again)) as is_asked_again
     from line left join canceled using (id) group by line.named_id`,
    [jobIds, message, asOf, submittedHolder],
  )
  return countsOf(jobIds, {
    found: new Set(rows.map((row) => row.named_id)),
    done: new Set(rows.filter((row) => row.is_done).map((row) => row.named_id)),
    askedAgain: new Set(rows.filter((row) => row.is_asked_again).map((row) => row.named_id)),
    submitted: new Set(),
  })
}

function countsOf(
  jobIds: readonly string[],
  { found, done, askedAgain, submitted }: Record<'found' | 'done' | 'askedAgain' | 'submitted', ReadonlySet<string>>,
): LineActionCounts {
  const count = (holds: (id: string) => boolean): number => jobIds.filter(holds).length
  return {
    doneCount: count((id) => done.has(id)),
    askedAgainCount: count((id) => askedAgain.has(id)),
    inFlightCount: count((id) => found.has(id) && !done.has(id) && !askedAgain.has(id)),
    submittedCount: count((id) => submitted.has(id)),
    vanishedCount: count((id) => !found.has(id)),
  }
}

// What a driver writes about a run. Every statement asks for the worker and the state it was claimed with: a driver
// that lost its lease, or whose run a person paused meanwhile, changes nothing.
import { isDeepStrictEqual } from 'node:util'
import type { Database, SqlSession } from '../database/transaction.ts'
import { backfillPriority } from '../queue/job-states.ts'
import { checkpointSchemas } from './checkpoint.ts'
import type { ClaimedBackfill, ClaimedRun } from './claim-runs.ts'
import type { ActiveState } from './run-states.ts'

interface OwnRun {
  run: Pick<ClaimedRun, 'id' | 'state'>
  worker: string
}

/**
 * Locks the run until the end of the transaction; false when it is not ours any more, or was in other hands meanwhile: a
 * driver that was stuck may hold its lease again while another one has done the page it is about to.
 */
export async function holdRun(
  session: SqlSession,
  schema: string,
  { run, worker }: { run: ClaimedRun; worker: string },
): Promise<boolean> {
  const { rows } = await session.executeSql<{ checkpoint: unknown }>(
    `select checkpoint from ${schema}.sync_run where id = $1 and worker = $2 and state = $3 for no key update`,
    [run.id, worker, run.state],
  )
  const [row] = rows
  return row !== undefined && isDeepStrictEqual(checkpointSchemas[run.mode].parse(row.checkpoint ?? {}), run.checkpoint)
}

export async function saveRun(
  session: SqlSession,
  schema: string,
  {
    run,
    worker,
    to,
    checkpoint,
    totalCount = null,
    enqueuedCount = 0,
  }: OwnRun & {
    to: ActiveState
    checkpoint: ClaimedRun['checkpoint']
    totalCount?: number | null
    enqueuedCount?: number
  },
): Promise<boolean> {
  const { rows } = await session.executeSql(
    `update ${schema}.sync_run set
       state = $4, enqueued_count = enqueued_count + $5, total_count = coalesce($6, total_count),
       started_at = coalesce(started_at, now()),
       checkpoint = $7::jsonb || case when $4 = 'canary' then jsonb_build_object('canarySince', now()) else '{}' end
     where id = $1 and worker = $2 and state = $3
     returning id`,
    [run.id, worker, run.state, to, enqueuedCount, totalCount, JSON.stringify(checkpoint)],
  )
  return rows.length > 0
}

/** Remembers a failed try to read the host's records; the next one is not before the delay is over. */
export async function postponeRun(
  session: SqlSession,
  schema: string,
  { run, worker, failedTries, delaySeconds }: OwnRun & { failedTries: number; delaySeconds: number },
): Promise<void> {
  await session.executeSql(
    `update ${schema}.sync_run set checkpoint = coalesce(checkpoint, '{}') || jsonb_build_object(
       'failedTries', $4::int, 'retryAt', now() + make_interval(secs => $5))
     where id = $1 and worker = $2 and state = $3`,
    [run.id, worker, run.state, failedTries, delaySeconds],
  )
}

/** False when the run is not ours any more. */
export async function endRun(
  session: SqlSession,
  schema: string,
  { run, worker, to, reason }: OwnRun & { to: 'stopped' | 'failed' | 'finished'; reason: string | null },
): Promise<boolean> {
  const { rows } = await session.executeSql(
    `update ${schema}.sync_run set state = $4, reason = $5, finished_at = now(), worker = null, lease_until = null
     where id = $1 and worker = $2 and state = $3
     returning id`,
    [run.id, worker, run.state, to, reason],
  )
  return rows.length > 0
}

/**
 * Finishes a run whose last page is in, once every job of it has left its entry. Jobs are looked at and entries are not
 * counted: a record that was listed on two pages has one entry only, and no run must wait for ever for the second.
 */
export async function finishRun(
  database: Database,
  { run, worker }: { run: Pick<ClaimedBackfill, 'id' | 'state' | 'connectionId'>; worker: string },
): Promise<void> {
  const { schema } = database
  // By index, and most often the answer: the look at all jobs of the connection is for the last moments.
  if ((await countWaitingJobs(database, run)) > 0) return
  await database.executeSql(
    `update ${schema}.sync_run run set
       state = 'finished', finished_at = now(), worker = null, lease_until = null,
       reason = (
         select case when count(*) < run.enqueued_count then format(
           '%s of the %s subjects put into the queue have no entry of their own: they were listed twice, or taken out of the queue.',
           run.enqueued_count - count(*), run.enqueued_count) end
         from ${schema}.run_entry where run_id = run.id)
     where id = $1::uuid and worker = $2 and state = $3 and not exists (
       select from ${schema}.sync_job j
       where j.connection_id = $4::uuid and j.state in ('waiting', 'in_flight', 'submitted')
         and j.triggers @> jsonb_build_array(jsonb_build_object('run', $1::text))
         and not exists (
           select from ${schema}.run_entry e
           where e.run_id = $1::uuid and e.source_model = j.source_model and e.source_id = j.source_id
             and e.stream = j.stream))`,
    [run.id, worker, run.state, run.connectionId],
  )
}

/** Its jobs that no worker has taken yet and that have not ended before. */
export async function countWaitingJobs(
  database: Database,
  { id, connectionId }: Pick<ClaimedBackfill, 'id' | 'connectionId'>,
): Promise<number> {
  const { schema } = database
  const { rows } = await database.executeSql<{ count: number }>(
    `select count(*)::int as count from ${schema}.sync_job j
     where connection_id = $1::uuid and state = 'waiting' and priority = $2
       and triggers @> jsonb_build_array(jsonb_build_object('run', $3::text))
       and not exists (
         select from ${schema}.run_entry e
         where e.run_id = $3::uuid and e.source_model = j.source_model and e.source_id = j.source_id
           and e.stream = j.stream)`,
    [connectionId, backfillPriority, id],
  )
  return rows[0]?.count ?? 0
}

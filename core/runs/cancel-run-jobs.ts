// Takes back what a run has put into the queue and what still waits there for this run alone. A job that a signal asked
// for too, that a person hastened, or that is being worked on, stays.
import type { SqlSession } from '../database/transaction.ts'
import { backfillPriority } from '../queue/job-states.ts'

/** How many jobs were canceled. Each leaves its line in the history and in the run. */
export async function cancelRunJobs(
  session: SqlSession,
  schema: string,
  { runId, connectionId, message }: { runId: string; connectionId: string; message: string },
): Promise<number> {
  const { rows } = await session.executeSql(
    `with own as (
       select id from ${schema}.sync_job
       where connection_id = $2::uuid and state = 'waiting' and priority = $3
         and triggers @> jsonb_build_array(jsonb_build_object('run', $1::text))
         and not exists (
           select from jsonb_array_elements(triggers) as trigger where trigger ->> 'run' is distinct from $1::text)
       for update skip locked
     ),
     canceled as (
       delete from ${schema}.sync_job j using own where j.id = own.id returning j.*
     ),
     tried as (
       insert into ${schema}.attempt
         (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
          failed_attempts, mapping_version, worker, run_id, trace_id, duration_ms)
       select nextval('${schema}.fence'), id, connection_id, scope, source_model, source_id, source_id, stream,
              'canceled', $4, triggers, failed_attempts, mapping_version, '', $1::uuid, trace_id, 0
       from canceled
     ),
     entry as (
       insert into ${schema}.run_entry (run_id, source_model, source_id, stream, operation, outcome, message)
       select distinct on (source_model, source_id, stream)
              $1::uuid, source_model, source_id, stream, operation, 'canceled', $4
       from canceled
       on conflict (run_id, source_model, source_id, stream, phase) do update set
         outcome = excluded.outcome, message = excluded.message, at = now()
     )
     select id from canceled`,
    [runId, connectionId, backfillPriority, message],
  )
  return rows.length
}

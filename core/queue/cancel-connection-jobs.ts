// When a connection is deleted, what still waits for it is canceled, also for a remote's answer: nobody can ask for it
// any more. What is under way ends by itself.
import type { SqlSession } from '../database/transaction.ts'
import { batchHolder } from '../sync/leases.ts'
import { submittedHolder } from './hold-submitted.ts'

export async function cancelConnectionJobs(
  session: SqlSession,
  schema: string,
  { connectionId, actor }: { connectionId: string; actor: string },
): Promise<void> {
  await session.executeSql(
    `with canceled as (
       delete from ${schema}.sync_job
       where connection_id = $1 and state in ('waiting', 'needs_attention', 'submitted') returning *
     ),
     closed as (
       update ${schema}.batch_request set state = 'fail', check_at = null, message = $2, objects = '[]', updated_at = now()
       where connection_id = $1 and state in ('sent_to_remote', 'ongoing') returning local_batch_id
     ),
     freed as (
       delete from ${schema}.lease where worker = any (array(select $3 || local_batch_id::text from closed))
     ),
     left_line as (
       delete from ${schema}.lease l using canceled c
       where c.state = 'submitted' and l.worker = $4
         and l.key = c.connection_id || '/' || c.source_model || '/' || c.source_id || '/' || c.stream
     )
     insert into ${schema}.attempt
       (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
        failed_attempts, mapping_version, worker, trace_id, duration_ms)
     select nextval('${schema}.fence'), id, connection_id, scope, source_model, source_id, source_id, stream, 'canceled',
            $2, triggers, failed_attempts, mapping_version, '', trace_id, 0
     from canceled`,
    [connectionId, `The connection was deleted by ${actor}.`, batchHolder(''), submittedHolder],
  )
}

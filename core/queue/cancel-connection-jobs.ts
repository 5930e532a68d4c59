// When a connection is deleted, what still waits for it is canceled; what is under way ends by itself.
import type { SqlSession } from '../database/transaction.ts'

export async function cancelConnectionJobs(
  session: SqlSession,
  schema: string,
  { connectionId, actor }: { connectionId: string; actor: string },
): Promise<void> {
  await session.executeSql(
    `with canceled as (
       delete from ${schema}.sync_job
       where connection_id = $1 and state in ('waiting', 'needs_attention') returning *
     )
     insert into ${schema}.attempt
       (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
        failed_attempts, mapping_version, worker, trace_id, duration_ms)
     select nextval('${schema}.fence'), id, connection_id, scope, source_model, source_id, source_id, stream, 'canceled',
            $2, triggers, failed_attempts, mapping_version, '', trace_id, 0
     from canceled`,
    [connectionId, `The connection was deleted by ${actor}.`],
  )
}

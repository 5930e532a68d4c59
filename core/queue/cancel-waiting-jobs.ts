// When a connection is resumed, what waited meanwhile may be canceled: all of it, or what is older than a time. The history
// keeps a line for each, so that nobody has to guess what was not sent. What is under way or needs a person stays.
import type { SqlSession } from '../database/transaction.ts'

/** @returns how many jobs were canceled */
export async function cancelWaitingJobs(
  session: SqlSession,
  schema: string,
  {
    connectionId,
    actor,
    before,
  }: {
    connectionId: string
    actor: string
    /** Only what was taken in before it; null: all. */
    before: Date | null
  },
): Promise<number> {
  const { rows } = await session.executeSql<{ count: number }>(
    `with canceled as (
       delete from ${schema}.sync_job
       where connection_id = $1 and state = 'waiting' and ($2::text is null or created_at < $2::text::timestamptz)
       returning *
     ),
     kept as (
       insert into ${schema}.attempt
         (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
          failed_attempts, mapping_version, worker, trace_id, duration_ms)
       select nextval('${schema}.fence'), id, connection_id, scope, source_model, source_id, source_id, stream, 'canceled',
              $3, triggers, failed_attempts, mapping_version, '', trace_id, 0
       from canceled
     )
     select count(*)::int as count from canceled`,
    [
      connectionId,
      before?.toISOString() ?? null,
      `It waited while the connection was paused, and was canceled when ${actor} resumed it.`,
    ],
  )
  return rows[0]?.count ?? 0
}

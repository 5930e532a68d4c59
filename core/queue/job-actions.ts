// What a person does to the line of a subject: sync now, retry now, cancel. Each race with a worker has its own answer.
import type { Database } from '../database/transaction.ts'
import type { Subject } from '../sdk/signals.ts'
import type { Boss } from './boss.ts'
import { enqueueSubjects } from './enqueue.ts'

export interface JobActions {
  /** Puts the subject into the queue, to be sent even if nothing has changed. */
  syncNow(request: { connectionId: string; subject: Subject; scope: string; actor: string }): Promise<void>
  /** A full new budget of attempts, due at once, forced. */
  retryNow(request: { jobId: string; actor: string }): Promise<'retried' | 'vanished' | 'in_flight'>
  /** Takes the whole line out of the queue: every waiting row of the subject. */
  cancel(request: { jobId: string; actor: string; reason?: string }): Promise<'canceled' | 'vanished' | 'in_flight'>
}

interface LineRow {
  connection_id: string
  state: string
}

export function createJobActions({
  database,
  boss,
  wakeUp,
}: {
  database: Database
  boss: Boss
  wakeUp(): void
}): JobActions {
  const { schema } = database
  // A subject's rows are one line: the id of any of them names it.
  const line = `select o.id from ${schema}.sync_job j join ${schema}.sync_job o
      using (connection_id, source_model, source_id, stream) where j.id = $1`

  return Object.freeze({
    async syncNow({ connectionId, subject, scope, actor }) {
      await database.transaction((session) =>
        enqueueSubjects({ schema, boss }, session, {
          connectionId,
          subjects: [{ ...subject, scope }],
          trigger: { name: 'sync_now', actor },
          isForced: true,
        }),
      )
      wakeUp()
    },

    async retryNow({ jobId, actor }) {
      const result = await database.transaction(async (session) => {
        const { rows } = await session.executeSql<LineRow>(
          `update ${schema}.sync_job set
             state = 'waiting', reason = null, not_before = now(), failed_attempts = 0, crash_count = 0,
             first_failed_at = null, expires_at = null, waiting_for = null, force = true, ticketed_at = now(),
             triggers = triggers || jsonb_build_object('name', 'retry_now', 'at', now(), 'actor', $2::text)
           where id in (${line}) and state in ('waiting', 'needs_attention')
           returning connection_id, state`,
          [jobId, actor],
        )
        const [first] = rows
        if (first) {
          await boss.insertTickets(
            session,
            first.connection_id,
            rows.map(() => 0),
          )
          return 'retried'
        }
        return lineState(session, jobId)
      })
      if (result === 'retried') wakeUp()
      return result
    },

    async cancel({ jobId, actor, reason }) {
      return database.transaction(async (session) => {
        const { rows } = await session.executeSql<LineRow>(
          `with canceled as (
             delete from ${schema}.sync_job where id in (${line}) and state in ('waiting', 'needs_attention')
             returning *
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
           select connection_id, state from canceled`,
          [jobId, reason ? `Canceled by ${actor}: ${reason}` : `Canceled by ${actor}.`],
        )
        return rows.length > 0 ? 'canceled' : lineState(session, jobId)
      })
    },
  } satisfies JobActions)

  async function lineState(session: Pick<Database, 'executeSql'>, jobId: string): Promise<'vanished' | 'in_flight'> {
    const { rows } = await session.executeSql(`select 1 from ${schema}.sync_job where id = $1`, [jobId])
    return rows.length > 0 ? 'in_flight' : 'vanished'
  }
}

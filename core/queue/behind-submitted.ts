// What is asked of a subject while the remote still has to answer for it goes next, not now: its rows wait for the look
// at the answer instead of standing at the head of the line, where they would keep others from being claimed.
import type { SqlSession } from '../database/transaction.ts'
import type { Boss } from './boss.ts'

/** Time for the answer to be looked up and written. */
const afterAnswerSeconds = 1

export async function waitBehindSubmitted(
  { schema, boss }: { schema: string; boss: Boss },
  session: SqlSession,
  connectionId: string,
  subjects: readonly { source_model: string; source_id: string; stream: string }[],
): Promise<void> {
  const { rows } = await session.executeSql<{ delay_ms: number }>(
    `update ${schema}.sync_job w set
       not_before = greatest(s.check_at, now()) + make_interval(secs => ${afterAnswerSeconds}), ticketed_at = now()
     from unnest($2::text[], $3::text[], $4::text[]) as subject (source_model, source_id, stream)
     cross join lateral (
       select check_at from ${schema}.sync_job
       where connection_id = $1 and source_model = subject.source_model and source_id = subject.source_id
         and stream = subject.stream and state = 'submitted'
       limit 1) s
     where w.connection_id = $1 and w.source_model = subject.source_model and w.source_id = subject.source_id
       and w.stream = subject.stream and w.state = 'waiting' and w.not_before <= now()
     returning (extract(epoch from w.not_before - now()) * 1000)::float8 as delay_ms`,
    [
      connectionId,
      subjects.map((subject) => subject.source_model),
      subjects.map((subject) => subject.source_id),
      subjects.map((subject) => subject.stream),
    ],
  )
  await boss.insertTickets(
    session,
    connectionId,
    rows.map((row) => row.delay_ms),
  )
}

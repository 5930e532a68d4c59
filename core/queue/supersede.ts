// What becomes of a try that ended after its lease had run out. The remote has taken calls the ledger knows nothing of, so
// the subject is sent once more, unchanged or not.
import type { SqlSession } from '../database/transaction.ts'
import type { Boss } from './boss.ts'
import { type SubjectKey, subjectLeaseKey } from './claimed-job.ts'
import { enqueueSubjects } from './enqueue.ts'
import { type JobEnd, recordEnds } from './record-ends.ts'

const message = 'The lease of this try had run out before it ended; the record is sent again.'
const parkedMessage =
  'The lease of this try had run out before it ended. The record has been given up meanwhile; it is sent in full when somebody retries it.'

export async function supersede(
  { schema, boss }: { schema: string; boss: Boss },
  session: SqlSession,
  { ends, worker }: { ends: readonly JobEnd[]; worker: string },
): Promise<void> {
  if (ends.length === 0) return
  const parked = await findParkedAlone(session, schema, ends)
  const isParked = (end: JobEnd): boolean => parked.has(subjectLeaseKey(end.job))
  await recordEnds(session, schema, {
    ends: ends.map((end) => ({
      ...end,
      objects: [],
      outcome: { kind: 'superseded', message: isParked(end) ? parkedMessage : message },
    })),
    worker,
  })
  for (const end of ends) {
    if (isParked(end)) continue
    const { job } = end
    await enqueueSubjects({ schema, boss }, session, {
      connectionId: job.connectionId,
      subjects: [{ model: job.sourceModel, id: job.sourceId, scope: job.scope, stream: job.stream }],
      trigger: { name: 'superseded' },
      isForced: true,
    })
  }
}

// What stops its workers for longer than their leases each time would be taken up again by its own late results, for ever.
async function findParkedAlone(session: SqlSession, schema: string, ends: readonly JobEnd[]): Promise<Set<string>> {
  const jobs = ends.map((end) => end.job)
  const { rows } = await session.executeSql<SubjectKey & { connection_id: string }>(
    `select j.connection_id, j.source_model, j.source_id, j.stream
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as late (connection_id, source_model, source_id, stream)
     join ${schema}.sync_job j using (connection_id, source_model, source_id, stream)
     where j.state = 'needs_attention' and j.solo`,
    [
      jobs.map((job) => job.connectionId),
      jobs.map((job) => job.sourceModel),
      jobs.map((job) => job.sourceId),
      jobs.map((job) => job.stream),
    ],
  )
  return new Set(
    rows.map((row) =>
      subjectLeaseKey({
        connectionId: row.connection_id,
        sourceModel: row.source_model,
        sourceId: row.source_id,
        stream: row.stream,
      }),
    ),
  )
}

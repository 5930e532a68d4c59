// What the remote answers later, written with the end of its job: the batch it lies in with all that the answer will
// need, and the leases of identities and subjects, which nobody else may have until then.
import { toStoredJson } from '../database/stored-json.ts'
import { type SqlSession, together } from '../database/transaction.ts'
import { batchHolder } from '../sync/leases.ts'
import type { SubmittedObject } from '../sync/submitted-object.ts'
import { subjectLeaseKey } from './claimed-job.ts'
import { checkDelayMs } from './outcome.ts'
import type { JobEnd } from './record-ends.ts'

/** An object as it lies in its batch. */
export interface HeldObject extends Omit<SubmittedObject, 'submission'> {
  position: number
  jobId: string
  /** Of the job: the check is held with it where the plugin is switched off. */
  scope: string
  label: string
}

/** Who has the lease of a subject while its job awaits an answer: no worker. */
export const submittedHolder = 'submitted'

/** A remote that has not answered by then is given up. */
const answerExpiryHours = 24

/** The identities' leases of an end's submitted objects. */
export function submittedKeys({ outcome }: JobEnd): string[] {
  return outcome.kind === 'submitted' ? outcome.objects.flatMap(({ leaseKeys }) => leaseKeys) : []
}

export async function holdSubmitted(
  session: SqlSession,
  schema: string,
  { ends, worker }: { ends: readonly JobEnd[]; worker: string },
): Promise<void> {
  const items = ends.flatMap((end) =>
    end.outcome.kind === 'submitted' ? end.outcome.objects.map((object) => ({ end, object })) : [],
  )
  if (items.length === 0) return
  const batches = [...Map.groupBy(items, ({ object }) => object.submission.localBatchId)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const now = new Date()
  const rows = batches.flatMap(([localBatchId, held]) => {
    const [first] = held
    if (!first) return []
    const { submission } = first.object
    return {
      local_batch_id: localBatchId,
      remote_batch_id: submission.remoteBatchId,
      connection_id: first.end.job.connectionId,
      stream: first.end.job.stream,
      delay_ms: Math.min(...held.map(({ object }) => checkDelayMs(object.submission.checkAt, now))),
      objects: held.map(heldObject),
    }
  })
  const subjects = new Set(items.map(({ end }) => subjectLeaseKey(end.job)))
  const leases = [
    ...items.flatMap(({ object }) =>
      object.leaseKeys.map((key) => ({ key, holder: batchHolder(object.submission.localBatchId) })),
    ),
    ...[...subjects].map((key) => ({ key, holder: submittedHolder })),
  ]
  await together([
    session.executeSql(
      // A job of the same call can end later than the others: its objects join the batch, which is looked up once more
      // if it was answered meanwhile.
      `insert into ${schema}.batch_request as b
         (connection_id, stream, local_batch_id, remote_batch_id, state, check_at, expires_at, objects)
       select connection_id, stream, local_batch_id, remote_batch_id, 'sent_to_remote',
              now() + make_interval(secs => delay_ms / 1000), now() + make_interval(hours => ${answerExpiryHours}), objects
       from json_to_recordset($1::json) as held (connection_id uuid, stream text, local_batch_id uuid,
         remote_batch_id text, delay_ms float8, objects jsonb)
       on conflict (local_batch_id) do update set
         objects = b.objects || excluded.objects,
         state = case when b.state in ('done', 'fail') then 'ongoing' else b.state end,
         check_at = case when b.state in ('done', 'fail') then now() else b.check_at end,
         updated_at = now()`,
      [toStoredJson(rows)],
    ),
    session.executeSql(
      `insert into ${schema}.lease as l (key, worker, until, fence)
       select key, holder, 'infinity', nextval('${schema}.fence') from unnest($1::text[], $2::text[]) as held (key, holder)
       order by key
       on conflict (key) do update set worker = excluded.worker, until = excluded.until where l.worker = $3`,
      [leases.map(({ key }) => key), leases.map(({ holder }) => holder), worker],
    ),
  ])
}

function heldObject({ end, object }: { end: JobEnd; object: SubmittedObject }): HeldObject {
  const { submission, ...kept } = object
  const { job, label } = end
  return { ...kept, position: submission.position, jobId: job.id, scope: job.scope, label }
}

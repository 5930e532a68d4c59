// The answer is not there yet, or could not be asked for: when the next look is, and why it is late. Pages read it from
// the batch's jobs.
import { type Database, together } from '../database/transaction.ts'
import { releaseLeases } from '../sync/leases.ts'
import { closeGates, type GateClosing } from './close-gates.ts'
import { checkLeaseKey, type DueBatch } from './due-batches.ts'
import { acceptedMessage } from './outcome.ts'

export interface PostponeCheckRequest {
  batch: DueBatch
  worker: string
  delayMs: number
  /** The account or the connection may not be called any more. */
  closing: GateClosing | null
  /** The wait grows with each in a row. */
  isFailure: boolean
  /** Why it is late, redacted; null when the remote is just not done. */
  message: string | null
}

export async function postponeCheck(database: Database, request: PostponeCheckRequest): Promise<void> {
  const { schema } = database
  const { batch, worker, closing, message } = request
  await database.transaction(async (session) => {
    await together([
      session.executeSql(
        // Its time is not overslept.
        `update ${schema}.batch_request set
           state = case when $4 then state else 'ongoing' end,
           failed_checks = case when $4 then failed_checks + 1 else 0 end,
           check_at = least(now() + make_interval(secs => $2::float8 / 1000), greatest(coalesce(expires_at, 'infinity'), now() + interval '1 second')),
           message = $3, updated_at = now()
         where local_batch_id = $1 and state in ('sent_to_remote', 'ongoing')`,
        [batch.localBatchId, request.delayMs, message, request.isFailure],
      ),
      session.executeSql(
        `update ${schema}.sync_job j set
           message = $2,
           check_at = (select min(check_at) from ${schema}.batch_request where local_batch_id = any (j.open_batches))
         from (select id from ${schema}.sync_job where id = any($1::bigint[]) order by id for update) locked
         where j.id = locked.id and j.state = 'submitted'`,
        [[...new Set(batch.objects.map((object) => object.jobId))], message ?? acceptedMessage([batch.remoteBatchId])],
      ),
      closeGates(session, schema, closing ? [closing] : []),
      releaseLeases(session, schema, { keys: [checkLeaseKey(batch.localBatchId)], worker }),
    ])
  })
}

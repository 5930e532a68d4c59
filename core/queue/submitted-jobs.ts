// The jobs of a submitted batch, as its answer finds them.
import type { SqlSession } from '../database/transaction.ts'
import { type ClaimedJob, type ClaimedRow, claimedColumns, toClaimedJob } from './claimed-job.ts'

/** A job that awaits an answer, with a new fence: the id of the attempt that its answer may become. */
export type SubmittedJob = ClaimedJob

/** Locks those that still await an answer; canceled ones are gone, and one that ended by an error goes its own way. */
export async function takeSubmittedJobs(
  session: SqlSession,
  schema: string,
  jobIds: readonly string[],
): Promise<SubmittedJob[]> {
  if (jobIds.length === 0) return []
  // In one order, so that two batches of the same jobs wait for each other instead of deadlocking.
  await session.executeSql(`select from ${schema}.sync_job where id = any($1::bigint[]) order by id for update`, [
    jobIds,
  ])
  const { rows } = await session.executeSql<ClaimedRow>(
    `update ${schema}.sync_job set fence = nextval('${schema}.fence')
     where id = any($1::bigint[]) and state = 'submitted'
     returning ${claimedColumns}, must_finalize`,
    [jobIds],
  )
  return rows.map(toClaimedJob)
}

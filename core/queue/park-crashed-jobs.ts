// Ends jobs that kill every worker that sends them: they wait for a person, who sees why. What nobody else could write,
// because who sent them died.
import type { SqlSession } from '../database/transaction.ts'
import { type ClaimedRow, toClaimedJob } from './claimed-job.ts'
import { recordEnds } from './record-ends.ts'

/** A row of sync_job that is in flight under the fence of a dead worker. */
export interface CrashedJob extends ClaimedRow {
  crash_count: number
  mapping_version: number | null
}

export async function parkCrashedJobs(
  session: SqlSession,
  schema: string,
  crashed: readonly CrashedJob[],
): Promise<void> {
  const ends = crashed.map((row) => ({
    job: toClaimedJob(row),
    label: row.source_id,
    outcome: {
      kind: 'timeout',
      message: `The worker stopped without a word each of the last ${row.crash_count} times while it sent this record and nothing else with it. Its log says what it ended with, if anything.`,
    } as const,
    objects: [],
    mustFinalize: true,
    mappingVersion: row.mapping_version,
    accountKey: '',
    isProbe: false,
    durationMs: 0,
    secrets: [],
  }))
  await recordEnds(session, schema, { ends, worker: '' })
}

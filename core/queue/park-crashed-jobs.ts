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
  await forgetLateResults(session, schema, crashed)
}

// Workers that it only stopped for long have had it sent once more when they went on (supersede.ts). That would take it
// up again, and again; whoever retries it sends it in full anyway.
async function forgetLateResults(session: SqlSession, schema: string, crashed: readonly CrashedJob[]): Promise<void> {
  if (crashed.length === 0) return
  await session.executeSql(
    `delete from ${schema}.sync_job late using ${schema}.sync_job parked
     where parked.id = any ($1::bigint[]) and late.state = 'waiting'
       and late.connection_id = parked.connection_id and late.source_model = parked.source_model
       and late.source_id = parked.source_id and late.stream = parked.stream
       and not exists (select from jsonb_array_elements(late.triggers) asked where asked->>'name' <> 'superseded')`,
    [crashed.map((job) => job.id)],
  )
}

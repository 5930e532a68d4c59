// Ends jobs that kill every worker that sends them: they wait for a person, who sees why. What nobody else could write,
// because who sent them died.
import type { SqlSession } from '../database/transaction.ts'
import type { JobTrigger } from './job-states.ts'
import { recordEnds } from './record-ends.ts'

/** A row of sync_job that is in flight under the fence of a dead worker. */
export interface CrashedJob {
  id: string
  connection_id: string
  scope: string
  source_model: string
  source_id: string
  stream: string
  operation: 'sync' | 'delete'
  failed_attempts: number
  crash_count: number
  triggers: JobTrigger[]
  mapping_version: number | null
  fence: string
  trace_id: string | null
}

export async function parkCrashedJobs(
  session: SqlSession,
  schema: string,
  crashed: readonly CrashedJob[],
): Promise<void> {
  const ends = crashed.map((row) => ({
    job: {
      id: row.id,
      connectionId: row.connection_id,
      scope: row.scope,
      sourceModel: row.source_model,
      sourceId: row.source_id,
      stream: row.stream,
      operation: row.operation,
      failedAttempts: row.failed_attempts,
      firstFailedAt: null,
      hasExpired: false,
      triggers: row.triggers,
      changes: [],
      sourceVersion: null,
      isForced: false,
      mustFinalize: true,
      isSolo: true,
      fence: row.fence,
      traceId: row.trace_id,
      answers: null,
    },
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

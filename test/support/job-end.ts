// The end of a job as a worker reports it, where a test cares for its outcome.
import type { ClaimedJob } from '../../core/queue/claimed-job.ts'
import type { Outcome } from '../../core/queue/outcome.ts'
import type { JobEnd } from '../../core/queue/record-ends.ts'

export function jobEnd(job: ClaimedJob, outcome: Outcome): JobEnd {
  return {
    job,
    label: job.sourceId,
    outcome,
    objects: [],
    mustFinalize: true,
    mappingVersion: null,
    accountKey: job.connectionId,
    isProbe: false,
    durationMs: 1,
    secrets: [],
  }
}

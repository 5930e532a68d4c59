// What the outside is told of the end of a job.
import type { FinishedJob } from '../registry/create-hooks.ts'
import type { JobEnd } from './record-ends.ts'

export function finishedJob({ job, outcome, label }: JobEnd): FinishedJob {
  return {
    connectionId: job.connectionId,
    scope: job.scope,
    subject: { model: job.sourceModel, id: job.sourceId },
    label,
    outcome: outcome.kind,
    message: 'message' in outcome ? outcome.message : null,
  }
}

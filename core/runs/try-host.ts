// A question to the host's code that may fail: asked again after a while, and in the end the run has failed with a reason.
import { messageOf } from '../errors.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import type { ClaimedAudit, ClaimedBackfill, ClaimedImpact } from './claim-runs.ts'
import type { RunDependencies } from './run-dependencies.ts'
import { endRun, postponeRun } from './write-run.ts'

/** After a failed try to read the host's records; when they are used up, the run has failed. */
const retryDelaysSeconds = [2, 15]

/**
 * Null when the host's code failed, which is written down, or when we are stopping.
 * @param asked what was to be done with the records, for the reason
 */
export async function tryHost<Answer>(
  deps: RunDependencies,
  run: ClaimedBackfill | ClaimedAudit | ClaimedImpact,
  signal: AbortSignal,
  ask: (model: SourceModel) => Promise<Answer>,
  asked = 'listed',
): Promise<Answer | null> {
  try {
    const model = deps.catalog.sourceModel(run.sourceModel)
    if (!model) throw new Error(`no plugin that is loaded brings the source model "${run.sourceModel}"`)
    return await ask(model)
  } catch (error) {
    if (signal.aborted) return null
    const message = messageOf(error)
    const failedTries = run.checkpoint.failedTries + 1
    const delaySeconds = retryDelaysSeconds[failedTries - 1]
    const { schema } = deps.database
    deps.log.warn(
      { run: run.id, error: message, failedTries },
      `The ${run.mode} could not read the records of the host`,
    )
    if (delaySeconds !== undefined) {
      await postponeRun(deps.database, schema, { run, worker: deps.worker, failedTries, delaySeconds })
    } else {
      const reason = `The ${run.sourceModel} records could not be ${asked}, tried ${failedTries} times: ${message.replace(/\.$/, '')}. When that is mended, resume: it goes on where it was.`
      await endRun(deps.database, schema, { run, worker: deps.worker, to: 'failed', reason })
    }
    return null
  }
}

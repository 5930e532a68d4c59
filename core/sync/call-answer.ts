// What a provider answers for an object, looked at before it is believed: a result, nothing, or that the remote will
// answer later.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { isStorableText } from '../database/stored-json.ts'
import { PluginError, SyncConfigError } from '../errors.ts'
import { type ObjectAnswer, objectActions, type SyncObjectResult } from '../sdk/sync-object.ts'

/** The remote accepted it and answers later. */
export interface Submission {
  kind: 'submitted'
  /** Our name for the batch: one for each remote batch of a call. */
  localBatchId: string
  remoteBatchId: string
  checkAt: Date
  /** Among the objects of the call that went into this batch, from 0. */
  position: number
}

export type CallAnswer = SyncObjectResult | Submission | null

export function isSubmission(answer: CallAnswer): answer is Submission {
  return answer !== null && 'localBatchId' in answer && answer.kind === 'submitted'
}

const submittedSchema = z.object({
  kind: z.literal('submitted'),
  remoteBatchId: z.string().min(1).max(500).refine(isStorableText),
  checkAt: z.date(),
})

/**
 * The answers of one call. Throws a PluginError when they cannot be what was meant.
 * @param method for the message
 * @param canBeSubmitted the provider has `checkBatch`
 */
export function readAnswers(
  answers: unknown,
  { method, count, canBeSubmitted }: { method: string; count: number; canBeSubmitted: boolean },
): (CallAnswer | Error)[] {
  const list = readList<ObjectAnswer>(answers, { method, count })
  const batches = new Map<string, { localBatchId: string; count: number }>()
  return list.map((answer) => {
    if (answer === null || answer instanceof Error || isResult(answer)) return answer
    const parsed = submittedSchema.safeParse(answer)
    if (!parsed.success) {
      throw new PluginError(
        `${method} must answer with a result (its action is one of ${objectActions.join(', ')}), submitted({ remoteBatchId, checkAt }) or null.`,
      )
    }
    if (!canBeSubmitted) {
      throw new SyncConfigError(
        'The provider answered that the remote will reply later, which it did not declare (it has no checkBatch).',
      )
    }
    const { remoteBatchId, checkAt } = parsed.data
    const batch = batches.get(remoteBatchId) ?? { localBatchId: randomUUID(), count: 0 }
    batches.set(remoteBatchId, batch)
    return { kind: 'submitted', localBatchId: batch.localBatchId, remoteBatchId, checkAt, position: batch.count++ }
  })
}

/** A list as long as it must be; throws a PluginError. */
export function readList<T>(answers: unknown, { method, count }: { method: string; count: number }): readonly T[] {
  if (!Array.isArray(answers)) throw new PluginError(`${method} must answer with a list; it answered something else.`)
  if (answers.length !== count) {
    throw new PluginError(
      `${method} answered ${answers.length} results for ${count} objects. It must answer one for each, in their order.`,
    )
  }
  return answers
}

export function isResult(answer: unknown): answer is SyncObjectResult {
  if (typeof answer !== 'object' || answer === null) return false
  const action: unknown = Reflect.get(answer, 'action')
  return objectActions.some((known) => known === action)
}

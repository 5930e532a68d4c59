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
 * @param lastAnswer of the remote, as of watchAnswers
 */
export function readAnswers(
  answers: unknown,
  {
    method,
    count,
    canBeSubmitted,
    lastAnswer = null,
  }: { method: string; count: number; canBeSubmitted: boolean; lastAnswer?: string | null },
): (CallAnswer | Error)[] {
  const list = readList<ObjectAnswer>(answers, { method, count, lastAnswer })
  const batches = new Map<string, { localBatchId: string; count: number }>()
  return list.map((answer) => {
    if (answer === null || answer instanceof Error || isResult(answer)) return answer
    const parsed = submittedSchema.safeParse(answer)
    if (!parsed.success) {
      throw new PluginError(
        `${method} must answer with a result (its action is one of ${objectActions.join(', ')}), submitted({ remoteBatchId, checkAt }) or null. ${answeredWords(answer, lastAnswer)}`,
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

/** A list as long as it must be; throws a PluginError. @param lastAnswer of the remote, as of watchAnswers */
export function readList<T>(
  answers: unknown,
  { method, count, lastAnswer = null }: { method: string; count: number; lastAnswer?: string | null },
): readonly T[] {
  if (!Array.isArray(answers)) {
    throw new PluginError(`${method} must answer with a list. ${answeredWords(answers, lastAnswer)}`)
  }
  if (answers.length !== count) {
    const after = lastAnswer === null ? '' : ` Before, ${lastAnswer}.`
    throw new PluginError(
      `${method} answered ${answers.length} results for ${count} objects. It must answer one for each, in their order.${after}`,
    )
  }
  return answers
}

/** What came instead, by its keys and not by its values: those may be anybody's. */
export function answeredWords(answer: unknown, lastAnswer: string | null): string {
  const after = lastAnswer === null ? '' : `, after ${lastAnswer}`
  return `It answered ${shapeOf(answer)}${after}.`
}

const mostKeys = 8

function shapeOf(answer: unknown): string {
  if (answer === undefined) return 'nothing'
  if (answer === null) return 'null'
  if (Array.isArray(answer)) return `a list of ${answer.length}`
  if (typeof answer !== 'object') return `a ${typeof answer}`
  const action: unknown = Reflect.get(answer, 'action')
  if (typeof action === 'string') return `the action "${action.slice(0, 40)}"`
  const keys = Object.keys(answer)
  const more = keys.length > mostKeys ? ' and more' : ''
  return keys.length === 0
    ? 'an object with nothing in it'
    : `an object with ${keys.slice(0, mostKeys).join(', ')}${more}`
}

export function isResult(answer: unknown): answer is SyncObjectResult {
  if (typeof answer !== 'object' || answer === null) return false
  const action: unknown = Reflect.get(answer, 'action')
  return objectActions.some((known) => known === action)
}

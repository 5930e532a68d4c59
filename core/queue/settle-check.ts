// What follows from one look for an answer: written and gone on, asked again later, or given up.
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import { redactText } from '../http/redact.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { BatchCheck } from './ask-batch.ts'
import type { Boss } from './boss.ts'
import type { DueBatch } from './due-batches.ts'
import { type Outcome, outcomeOfError } from './outcome.ts'
import { type PostponeCheckRequest, postponeCheck } from './postpone-check.ts'
import { type LateResult, type RecordAnswersRequest, recordAnswers } from './record-answers.ts'
import type { JobEnd } from './record-ends.ts'
import { retryDelayMs } from './retry-policy.ts'

export interface SettleCheckRequest {
  database: Database
  boss: Boss
  worker: string
  batch: DueBatch
  check: BatchCheck
  providerClass: ProviderClass
  facts: RecordAnswersRequest['facts']
  durationMs: number
}

/** The jobs that ended by it. */
export async function settleCheck(request: SettleCheckRequest): Promise<JobEnd[]> {
  const { batch, check, facts } = request
  if (check.kind === 'answered') {
    const byPosition = new Map(batch.objects.map(({ position }, index) => [position, check.results[index]]))
    return record(request, 'done', null, (position) => {
      const result = byPosition.get(position)
      if (result === undefined) return null
      return result instanceof Error ? failure(result, request) : { result }
    })
  }
  if (check.kind === 'later') {
    if (batch.hasExpired) return giveUp(request)
    return postpone(request, { delayMs: check.delayMs, closing: null, isFailure: false, message: null })
  }
  const { error, isFromRemote } = check
  const failedAttempts = batch.failedChecks + 1
  const message = redactText(`The answer could not be looked up: ${messageOf(error)}`, facts.secrets)
  // Never the last try: a batch ends by its time, not by its failures.
  const endless = { maxAttempts: Number.POSITIVE_INFINITY, retryForMs: null }
  const outcome = outcomeOf(error, { failedAttempts, firstFailedAt: null }, endless)
  if (outcome.kind === 'rate_limited') {
    const { delayMs } = outcome
    const closing = { gate: 'limited', accountKey: facts.accountKey, delayMs, message } as const
    return postpone(request, { delayMs: delayMs ?? 0, closing, isFailure: true, message })
  }
  if (outcome.kind === 'reconnect') {
    const { revision } = facts
    const closing = { gate: 'reconnect', connectionId: batch.connectionId, revision, message } as const
    return postpone(request, { delayMs: 0, closing, isFailure: true, message })
  }
  if (isFromRemote && (outcome.kind === 'permanent' || outcome.kind === 'config')) {
    return record(request, 'fail', message, () => failure(error, request))
  }
  if (batch.hasExpired) return giveUp(request, messageOf(error))
  const delayMs = retryDelayMs({ failedAttempts, random: Math.random() })
  return postpone(request, { delayMs, closing: null, isFailure: true, message })
}

function giveUp(request: SettleCheckRequest, lastError?: string): Promise<JobEnd[]> {
  const { remoteBatchId } = request.batch
  const because = lastError ? ` The last look for the answer failed: ${lastError}` : ''
  const message = `The remote accepted it as ${remoteBatchId} and has not answered within its time.${because} Look there whether it has arrived, then choose “Retry now” or cancel it.`
  return record(request, 'fail', message, () => ({ outcomeOf: () => ({ kind: 'timeout', message }) }))
}

function failure(error: unknown, { providerClass }: SettleCheckRequest): LateResult {
  return { outcomeOf: (job) => outcomeOf(error, job, providerClass), error }
}

function outcomeOf(
  error: unknown,
  { failedAttempts, firstFailedAt }: { failedAttempts: number; firstFailedAt: Date | null },
  { maxAttempts, retryForMs }: Pick<ProviderClass, 'maxAttempts' | 'retryForMs'>,
): Outcome {
  const limits = { maxAttempts, retryForMs }
  return outcomeOfError(error, { failedAttempts, firstFailedAt, ...limits, now: new Date(), random: Math.random() })
}

async function postpone(
  { database, worker, batch }: SettleCheckRequest,
  rest: Omit<PostponeCheckRequest, 'batch' | 'worker'>,
): Promise<JobEnd[]> {
  await postponeCheck(database, { batch, worker, ...rest })
  return []
}

async function record(
  { database, boss, worker, batch, facts, durationMs }: SettleCheckRequest,
  endState: 'done' | 'fail',
  message: string | null,
  resultOf: (position: number) => LateResult | null,
): Promise<JobEnd[]> {
  const { localBatchId } = batch
  const request = { localBatchId, worker, endState, message, facts, durationMs }
  return recordAnswers({ database, boss }, { ...request, resultOf: (object) => resultOf(object.position) })
}

// Asks the remote of a submitted batch for its answer: one call of the provider's checkBatch, looked at before it is
// believed. Never throws; what goes wrong is a value, and the batch stays what it was.
import { z } from 'zod'
import type { RuntimeConnection } from '../connections/connect.ts'
import { watchAnswers } from '../connections/watched-answers.ts'
import { messageOf, PluginError } from '../errors.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { Log } from '../sdk/log.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'
import type { SyncObjectResult } from '../sdk/sync-object.ts'
import { answeredWords, isResult, readList } from '../sync/call-answer.ts'
import type { Slots } from '../sync/slots.ts'
import { timeLimit, withinTime } from '../sync/within-time.ts'
import type { DueBatch } from './due-batches.ts'
import type { ClassifyResponse } from './execute-batch.ts'
import { checkDelayMs } from './outcome.ts'

export type BatchCheck =
  | { kind: 'later'; delayMs: number }
  /** In the order of the batch's objects. */
  | { kind: 'answered'; results: readonly (SyncObjectResult | Error)[] }
  /** @property isFromRemote the provider was asked, and this is what came of it */
  | { kind: 'failed'; error: unknown; isFromRemote: boolean }

export interface AskBatchRequest {
  batch: DueBatch
  connection: RuntimeConnection
  providerClass: ProviderClass
  pluginName: string
  createHttp(classify: ClassifyResponse): HttpClient
  connectTcp: ConnectTcp
  calls: Slots
  log: Log
  /** Aborted when the process stops. */
  signal: AbortSignal
}

export async function askBatch(request: AskBatchRequest): Promise<BatchCheck> {
  const { connection, providerClass, log } = request
  if (connection.error) return { kind: 'failed', error: connection.error, isFromRemote: false }
  let provider: OutboundSyncProvider | null = null
  const http = request.createHttp((response, call) => provider?.classifyResponse?.(response, call))
  try {
    const instance = new providerClass({
      connection: { id: connection.id, name: connection.name, scope: connection.scope },
      settings: connection.settings,
      mappings: connection.mappings,
      http,
      connectTcp: request.connectTcp,
      log,
    })
    provider = instance
    return await ask(instance, http, request)
  } catch (error) {
    return { kind: 'failed', error, isFromRemote: true }
  } finally {
    await provider?.close().catch((error: unknown) => {
      log.warn({ connection: connection.id, error: messageOf(error) }, 'A provider failed to close')
    })
  }
}

async function ask(
  provider: OutboundSyncProvider,
  http: HttpClient,
  { batch, providerClass, pluginName, calls, signal }: AskBatchRequest,
): Promise<BatchCheck> {
  const check = provider.checkBatch?.bind(provider)
  if (!check) throw new PluginError('The provider has no method checkBatch any more, so no answer can be looked up.')
  const objects = batch.objects.map(({ offered, position, idempotencyKey }) => ({
    mapping: {
      key: offered.mappingKey,
      sourceModel: offered.sourceModel,
      externalObjectType: offered.objectType,
      externalIdField: offered.idField,
    },
    idValue: offered.idValue,
    position,
    idempotencyKey,
  }))
  const limit = timeLimit(
    { signal, providerClass, pluginName },
    'checkBatch',
    `Asking for the answer of ${batch.remoteBatchId}`,
  )
  const { remoteBatchId } = batch
  const watched = watchAnswers(http)
  const answer: unknown = await calls.run(() =>
    withinTime({ ...limit, lastAnswer: watched.last }, (callSignal) =>
      check({ remoteBatchId, objects, http: watched.http, signal: callSignal }),
    ),
  )
  const lastAnswer = watched.last()
  const parsed = answerSchema.safeParse(answer)
  if (!parsed.success) {
    throw new PluginError(
      `checkBatch must answer { isDone: false, checkAt } or { isDone: true, results }. ${answeredWords(answer, lastAnswer)}`,
    )
  }
  if (!parsed.data.isDone) return { kind: 'later', delayMs: checkDelayMs(parsed.data.checkAt, new Date()) }
  const results = readList<unknown>(parsed.data.results, { method: 'checkBatch', count: objects.length, lastAnswer })
  return { kind: 'answered', results: results.map((result) => resultOf(result, lastAnswer)) }
}

const answerSchema = z.discriminatedUnion('isDone', [
  z.object({ isDone: z.literal(false), checkAt: z.date() }),
  z.object({ isDone: z.literal(true), results: z.unknown() }),
])

function resultOf(result: unknown, lastAnswer: string | null): SyncObjectResult | Error {
  if (result instanceof Error || isResult(result)) return result
  throw new PluginError(
    `checkBatch answered something for an object that is neither a result nor an error. ${answeredWords(result, lastAnswer)}`,
  )
}

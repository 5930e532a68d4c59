// The calls of a provider that write: one object, or many at once; in a slot of the account, within the time limit, under
// a lease that is still valid.

import { watchAnswers } from '../connections/watched-answers.ts'
import { SyncConfigError } from '../errors.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { SyncObjectArgs, SyncObjectResult } from '../sdk/sync-object.ts'
import { type CallAnswer, isResult, readAnswers } from './call-answer.ts'
import { createGatheredCalls, type GatheredCalls, type PreparedArgs, standAside } from './gathered-calls.ts'
import type { SubjectContext, SubjectProvider } from './subject-context.ts'
import { timeLimit, withinTime } from './within-time.ts'

type CallContext = Pick<
  SubjectContext,
  'provider' | 'providerClass' | 'pluginName' | 'signal' | 'slots' | 'assertMayCall'
>

const defaultBatchSize = 100

/** Objects in one call of a provider that takes many. */
export function batchSizeOf({ limits }: CallContext['providerClass']): number {
  return limits.batchSize ?? defaultBatchSize
}

/** Whether the remote of the provider may answer later. */
export function canBeSubmitted(provider: ProviderClass): boolean {
  return typeof Reflect.get(Object(Reflect.get(provider, 'prototype')), 'checkBatch') === 'function'
}

/** Sends one object: with others that are ready where the provider takes many, else by itself. */
export async function callProvider(args: PreparedArgs, context: SubjectContext): Promise<CallAnswer> {
  const { gathered } = context
  if (args.mapping.mode === 'find') return standAside(gathered, () => callAlone(args, context))
  if (!gathered) return callAlone(args, context)
  context.assertMayCall()
  return gathered.send(args)
}

function callAlone(args: PreparedArgs, context: CallContext): Promise<CallAnswer> {
  const { provider } = context
  return context.slots.run(async () => {
    context.assertMayCall()
    const verb = args.mapping.mode === 'find' ? 'readObject' : 'syncObjectWithProperties'
    const limit = timeLimit(context, verb, `Sending ${args.mapping.externalObjectType} ${args.idValue}`)
    const { http, last: lastAnswer } = watchAnswers(args.http)
    const answer: unknown = await withinTime({ ...limit, lastAnswer }, (signal) =>
      args.mapping.mode === 'find'
        ? findObject(provider, { ...args, http, signal })
        : provider.syncObjectWithProperties({ ...args, http, signal }),
    )
    if (answer === null || isResult(answer)) return answer
    const [read = null] = readAnswers([answer], {
      method: 'syncObjectWithProperties',
      count: 1,
      canBeSubmitted: provider.checkBatch !== undefined,
      lastAnswer: lastAnswer(),
    })
    if (read instanceof Error) throw read
    return read
  })
}

/** For the pipelines of one batch; null for a provider that takes one object a call. */
export function gatherCalls(context: CallContext, pipelineCount: number): GatheredCalls | null {
  const { provider, providerClass } = context
  const send = provider.syncObjects?.bind(provider)
  if (providerClass.granularity !== 'batch' || !send) return null
  return createGatheredCalls({
    pipelineCount,
    batchSize: batchSizeOf(providerClass),
    call: (list) =>
      context.slots.run(async () => {
        context.assertMayCall()
        const limit = timeLimit(context, 'syncObjects', `Sending ${list.length} objects in one call`)
        const [first] = list
        if (!first) return []
        // All of them have the client of the connection.
        const { http, last: lastAnswer } = watchAnswers(first.http)
        const answers: unknown = await withinTime({ ...limit, lastAnswer }, (signal) =>
          send(list.map((args) => ({ ...args, http, signal }))),
        )
        return readAnswers(answers, {
          method: 'syncObjects',
          count: list.length,
          canBeSubmitted: provider.checkBatch !== undefined,
          lastAnswer: lastAnswer(),
        })
      }),
  })
}

async function findObject(provider: SubjectProvider, args: SyncObjectArgs): Promise<SyncObjectResult | null> {
  if (!provider.readObject) {
    throw new SyncConfigError(
      `The mapping "${args.mapping.key}" only looks an object up, but this provider cannot read objects.`,
    )
  }
  const found = await provider.readObject({
    externalObjectType: args.mapping.externalObjectType,
    externalIdField: args.externalIdField,
    idValue: args.idValue,
    known: args.known,
    http: args.http,
    signal: args.signal,
  })
  return found ? { action: 'found', remoteId: found.remoteId, values: found.values } : null
}

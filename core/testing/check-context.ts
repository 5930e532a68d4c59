// What a check works with: a remote and a connection of its own, records to push, and what became of them.
import { isDeepStrictEqual } from 'node:util'
import type { ObjectMapping } from '../sdk/mapping.ts'
import { mappingDocumentSchema } from '../sdk/mapping.ts'
import { proposedMappings } from './check-mappings.ts'
import type { ConformanceOptions, ConformanceRecords } from './conformance-options.ts'
import { demand } from './demand.ts'
import { type FakeRemote, startFakeRemote } from './fake-remote.ts'
import type { TestAttempt } from './history-view.ts'
import type { TestJob } from './queue-view.ts'
import type { RemoteAnswer, RemoteHandler, RemoteRequest } from './remote-exchange.ts'
import { changedOrder, orderModel, sampleOrder } from './sample-order.ts'
import type { TestInstance } from './test-instance.ts'

export interface CheckSetup {
  /** Calls are given up after a second. @default as the provider says */
  isImpatient?: boolean
  /** @default as they are */
  mappings?(mappings: readonly ObjectMapping[]): readonly ObjectMapping[]
}

type Holdings = Readonly<Record<string, unknown>>

export interface CheckContext {
  readonly options: ConformanceOptions
  readonly instance: TestInstance
  readonly remote: FakeRemote
  readonly connectionId: string
  /** In force for this check. */
  readonly mappings: readonly ObjectMapping[]
  /** A copy of what the remote holds now. */
  holds(): Promise<Holdings>
  /** Of the calls so far, how many have changed what the remote holds. */
  writeCount(): number
  /** The answer to this write is lost, counted from now: 1 for the next one. */
  loseAnswerTo(write: number): void
  /** Answers in place of the model, until it is called with null. */
  answerWith(answer: ((request: RemoteRequest) => RemoteAnswer) | null): void
  /** Puts a new record into the host. */
  addRecord(): string
  changeRecord(id: string): void
  removeRecord(id: string): void
  /** Signals the record, drains, and says how its last try ended. */
  push(id: string, options?: { isForced?: boolean; scope?: string }): Promise<TestAttempt>
  /** Drains, also what the remote answers later. */
  settle(id: string): Promise<TestAttempt>
  /** Lets the time pass that the record waits, then settles it. */
  tryAgain(id: string): Promise<TestAttempt>
  job(id: string): Promise<TestJob | null>
  /** Makes or renews the connection. @returns its id */
  connect(request?: { scope?: string; mappings?: readonly ObjectMapping[] }): Promise<string>
  close(): Promise<void>
}

const orders: ConformanceRecords = { make: sampleOrder, change: changedOrder }

export async function openCheckContext({
  options,
  setup,
  version,
  instance,
  number,
}: {
  options: ConformanceOptions
  setup: CheckSetup
  version: string
  instance: TestInstance
  /** Of the check: its records are numbered from a hundred times of it. */
  number: number
}): Promise<CheckContext> {
  const { provider, signal = 'order_placed', records = orders } = options
  const model = records.model ?? options.models?.[0]?.name ?? orderModel.name
  const scope = `organizer:conformance/event:check-${number}`
  const remoteModel = options.remote()
  const holds = async (): Promise<Holdings> => structuredClone(await remoteModel.objects())

  let answer: ((request: RemoteRequest) => RemoteAnswer) | null = null
  let writeCount = 0
  let lostWrite = Number.POSITIVE_INFINITY
  const handle: RemoteHandler = async (request) => {
    if (answer) return answer(request)
    const before = await holds()
    const given = await remoteModel.handle(request)
    if (isDeepStrictEqual(before, await holds())) return given
    writeCount++
    return writeCount === lostWrite ? 'lost' : given
  }
  const remote = await startFakeRemote(handle)
  const given = options.mappings ? mappingDocumentSchema.parse(options.mappings) : proposedMappings(options)
  const mappings = setup.mappings?.(given) ?? given
  const connectionIds: string[] = []
  let recordCount = 0

  const connect: CheckContext['connect'] = async (request = {}) => {
    const { connectionId } = await instance.connect({
      provider,
      version,
      settings: options.settings(remote.origin),
      scope: request.scope ?? scope,
      mappings: request.mappings ?? mappings,
    })
    connectionIds.push(connectionId)
    return connectionId
  }

  const lastAttempt = async (id: string): Promise<TestAttempt> => {
    const attempt = (await instance.attempts({ id })).at(-1)
    const job = attempt ? null : (await instance.jobs({ id }))[0]
    return demand(
      attempt,
      `The record was never sent: ${job ? `it is ${job.state}, and its connection is ${job.gate}` : 'it is not in the queue any more'}.`,
    )
  }

  const settle: CheckContext['settle'] = async (id) => {
    await instance.drain()
    // A remote that answers later is asked until it has.
    for (let round = 0; round < mostAnswerRounds; round++) {
      const [job] = await instance.jobs({ id })
      if (job?.state !== 'submitted') break
      await instance.advance(job.dueInMs + 1)
      await instance.drain()
    }
    return lastAttempt(id)
  }

  const push: CheckContext['push'] = async (id, { isForced = false, scope: given = scope } = {}) => {
    const { enqueuedCount } = await instance.signal(signal, id, { model, scope: given, isForced })
    demand(
      enqueuedCount > 0,
      `The plugin asked for nothing when ${signal} was fired. Its tap must call ${provider.name}.enqueueOrder(event, event.name), and \`signal\` must name a signal that it taps.`,
    )
    return settle(id)
  }

  const context: CheckContext = {
    options,
    instance,
    remote,
    mappings,
    connectionId: await connect().catch(async (error: unknown) => {
      await remote.close()
      throw error
    }),
    holds,
    writeCount: () => writeCount,
    loseAnswerTo(write) {
      lostWrite = writeCount + write
    },
    answerWith(given) {
      answer = given
    },
    addRecord() {
      const record = records.make(number * 100 + recordCount++)
      instance.records.put(model, record, { scope })
      return record.id
    },
    changeRecord(id) {
      instance.records.put(model, records.change(instance.records.get(model, id)), { scope })
    },
    removeRecord: (id) => instance.records.remove(model, id),
    push,
    settle,
    async tryAgain(id) {
      const [job] = await instance.jobs({ id })
      if (job?.state === 'needs_attention' && job.reason === 'exceeded') return push(id, { isForced: true })
      const waitMs = await instance.nextDueMs()
      const why = job ? `${job.state}${job.message ? ` (${job.message})` : ''}` : 'gone from the queue'
      await instance.advance(demand(waitMs, `The record does not wait for another try; it is ${why}.`) + 1)
      return settle(id)
    },
    job: async (id) => (await instance.jobs({ id }))[0] ?? null,
    connect,
    async close() {
      await remote.close()
      await remoteModel.close?.()
      await forgetConnections(instance, connectionIds)
    },
  }
  return context
}

const mostAnswerRounds = 20

// Nothing of a check, least of all a closed gate of an account, may reach the next one.
async function forgetConnections({ schema, executeSql }: TestInstance, ids: readonly string[]): Promise<void> {
  await executeSql(
    `update ${schema}.connection set state = 'deleted', deleted_at = now() where id = any ($1::uuid[])`,
    [ids],
  )
  await executeSql(`delete from ${schema}.sync_job where connection_id = any ($1::uuid[])`, [ids])
  await executeSql(`delete from ${schema}.account_gate`, [])
}

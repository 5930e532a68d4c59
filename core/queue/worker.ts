// One worker: the dispatcher's loop, the leases it renews, the sweep, and an orderly stop. A process has at most one per
// instance; more processes and machines work against the same database.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { RuntimeConnection } from '../connections/connect.ts'
import { createConnectionClient } from '../connections/connection-client.ts'
import { messageOf } from '../errors.ts'
import { redactText } from '../http/redact.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { ProviderClass, ProviderLimits } from '../sdk/provider.ts'
import { batchSizeOf } from '../sync/call-provider.ts'
import { createIdentityLeases } from '../sync/leases.ts'
import type { Slots } from '../sync/slots.ts'
import { createAccountSlots, defaultConcurrency } from './account-slots.ts'
import { createAttentionLog } from './attention-log.ts'
import { createBatchChecks } from './batch-checks.ts'
import { createCallRates } from './call-rates.ts'
import { claimDue, scopesWithPlugin } from './claim-due.ts'
import { type ClaimedJob, subjectLeaseKey } from './claimed-job.ts'
import type { GateClosing } from './close-gates.ts'
import { createDispatcher } from './dispatcher.ts'
import { type DueConnection, findDueConnections } from './due-connections.ts'
import { type ClassifyResponse, executeBatch, leaseLostError } from './execute-batch.ts'
import { handBack } from './hand-back.ts'
import { rateLimitDelayMs } from './outcome.ts'
import { createProcessGates } from './process-gates.ts'
import { isTry, type JobEnd } from './record-ends.ts'
import { createRecorder } from './recorder.ts'
import { createSlotLeases } from './slot-leases.ts'
import { startUpkeep } from './upkeep.ts'
import { wakeUpChannel } from './wake-up.ts'
import type { WorkerOptions } from './worker-options.ts'

export interface Worker {
  readonly id: string
  inFlightCount(): number
  /** No more claims, calls under way may end within the drain time, the rest is handed back at once. */
  stop(): Promise<void>
}

/** A batch that could not be started is claimed again after this. */
const unstartedDelayMs = 2_000

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { database, boss, catalog, log } = options
  const id = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
  const stopping = new AbortController()
  const identityLeases = createIdentityLeases({ database, worker: id, leaseSeconds: options.leaseSeconds })
  const slots = createAccountSlots({
    concurrency: options.concurrency,
    leases: createSlotLeases({ database, worker: id, leaseSeconds: options.leaseSeconds }),
    rates: createCallRates({ database, signal: stopping.signal }),
  })
  const gates = createProcessGates()
  const batches = new Set<Promise<void>>()
  /** Keys of leases by their fence. */
  const heldSubjects = new Map<string, string>()
  const upkeep = startUpkeep({
    database,
    boss,
    worker: id,
    leaseSeconds: options.leaseSeconds,
    slots,
    heldKeys: () => [...heldSubjects.values(), ...identityLeases.heldKeys(), ...batchChecks.heldKeys()],
    wakeUp: () => dispatcher.wakeUp(),
    onClockSkew: options.onClockSkew,
    log,
    signal: stopping.signal,
  })

  const assertLeaseIsValid = (): void => {
    if (!upkeep.areLeasesValid()) throw leaseLostError()
  }

  const attention = createAttentionLog({ log })
  const tellOfEnd = (end: JobEnd): void => {
    attention.ended(end)
    options.onEnded?.(end)
  }

  const recorder = createRecorder({
    database,
    boss,
    identityLeases,
    worker: id,
    log,
    onEnded(end) {
      heldSubjects.delete(end.job.fence)
      dispatcher.recorded(end.job)
      if (isTry(end)) tellOfEnd(end)
    },
    onClosed: gates.recorded,
    onFailing(account) {
      const { percent, connectionIds, accountKey, ...facts } = account
      const data = { percent, connections: connectionIds, ...facts }
      if (percent < 100) log.warn(data, 'An account fails more and more')
      else log.error(data, 'An account failed too often: it is tried once every 30 seconds from now on')
      if (percent === 100) gates.learn([{ id: '', accountKey, gate: 'breaker' }], performance.now())
      options.onFailing?.(account)
    },
  })

  const closeGate = (closing: GateClosing): void => {
    gates.close(closing)
    recorder.closed(closing)
  }

  const limitsOf = (due: DueConnection): ProviderLimits =>
    catalog.provider(due.provider, due.providerVersion)?.provider.limits ?? {}

  const dispatcher = createDispatcher({
    async findDue() {
      await options.refreshProviders?.()
      const lookedAt = performance.now()
      const { due, gated } = await findDueConnections(database, database.schema, catalog.providerVersions())
      gates.learn(gated, lookedAt)
      await slots.prepare(due.map((one) => ({ accountKey: one.accountKey, limits: limitsOf(one) })))
      return due
    },
    async claim(due, request) {
      // A process that was frozen wakes up here: what it claimed now it could not send.
      if (!upkeep.areLeasesValid()) return []
      const jobs = await claimDue({ ...options, slots, worker: id }, due, request)
      for (const job of jobs) heldSubjects.set(job.fence, subjectLeaseKey(job))
      return jobs
    },
    fewest(due) {
      const provider = catalog.provider(due.provider, due.providerVersion)?.provider
      if (provider?.granularity === 'batch') return batchSizeOf(provider)
      // Half of them may hang, and none of the account's slots lies idle.
      return 2 * (provider?.limits.concurrency ?? defaultConcurrency)
    },
    execute(due, jobs) {
      const batch = runBatch(due, jobs).finally(() => batches.delete(batch))
      batches.add(batch)
    },
    batchSize: options.batchSize,
    maxInFlight: options.batchSize * 4,
    pollIntervalMs: options.pollIntervalMs,
    log,
  })

  const createHttp = (
    connection: RuntimeConnection,
    classifyResponse: ClassifyResponse,
    gate: Pick<Parameters<typeof createConnectionClient>[0], 'assertMayCall' | 'onRateLimited'> = {},
  ): HttpClient =>
    createConnectionClient({
      connection,
      http: options.http,
      memory: options.grants.memoryOf(connection),
      classifyResponse,
      ...gate,
      ...(options.logsCalls ? { log } : {}),
    })

  const runBatch = async (due: DueConnection, jobs: readonly ClaimedJob[]): Promise<void> => {
    try {
      const [connection] = await options.connections.load([due.id])
      const found = catalog.provider(due.provider, due.providerVersion)
      if (!connection || !found) throw new Error('the connection or its provider is gone')
      const { provider } = found
      const assertIsOpen = gates.watch(due)
      const assertMayCall = (): void => {
        assertLeaseIsValid()
        assertIsOpen()
      }
      const { accountKey } = connection
      const refused = (outcome: { kind: 'rate_limited' | 'reconnect'; delayMs?: number | null; message: string }) => {
        const message = redactText(outcome.message, connection.secrets.all())
        closeGate(
          outcome.kind === 'reconnect'
            ? { gate: 'reconnect', connectionId: connection.id, revision: connection.revision, message }
            : { gate: 'limited', accountKey, delayMs: outcome.delayMs ?? null, message },
        )
      }
      await executeBatch({
        connection,
        providerClass: provider,
        pluginName: found.plugin.name,
        jobs,
        isProbe: due.isProbe,
        database,
        sourceModel: (name) => catalog.sourceModel(name),
        sourceModels: () => catalog.sourceModels(),
        pluginOfModel: (name) => catalog.pluginOfModel(name),
        createHttp: (classifyResponse) =>
          createHttp(connection, classifyResponse, {
            assertMayCall,
            onRateLimited(error) {
              const delayMs = rateLimitDelayMs(error, { now: new Date(), random: Math.random() })
              refused({ kind: 'rate_limited', delayMs, message: messageOf(error) })
            },
          }),
        leases: identityLeases,
        connectTcp: options.connectTcp,
        discoveredTypes: options.discoveredTypes,
        slots: slots.of(accountKey, provider.limits),
        onSynced: () => dispatcher.synced(due.id),
        recorder,
        log,
        signal: stopping.signal,
        assertMayCall,
        onRefused: refused,
      })
    } catch (error) {
      const message = `The work could not be started: ${messageOf(error)}`
      log.warn({ connection: due.id, error: messageOf(error) }, 'A batch could not be started; its jobs wait again')
      for (const job of jobs) {
        dispatcher.synced(due.id)
        recorder.ended({
          job,
          label: job.sourceId,
          outcome: { kind: 'deferred', delayMs: unstartedDelayMs, message },
          objects: [],
          mustFinalize: job.mustFinalize,
          mappingVersion: null,
          accountKey: due.accountKey,
          isProbe: due.isProbe,
          durationMs: 0,
          secrets: [],
        })
      }
    }
  }

  const callsOf = async ({ accountKey }: RuntimeConnection, { limits }: ProviderClass): Promise<Slots | null> => {
    await slots.prepare([{ accountKey, limits }])
    return slots.hasSlots(accountKey) ? slots.of(accountKey, limits).calls : null
  }

  const batchChecks = createBatchChecks({
    database,
    boss,
    worker: id,
    leaseSeconds: options.leaseSeconds,
    pollIntervalMs: options.pollIntervalMs,
    catalog,
    loadConnection: async (connectionId) => (await options.connections.load([connectionId]))[0],
    activeScopes: ({ plugin }, scopes) => scopesWithPlugin(plugin, scopes, options.activation),
    createHttp,
    connectTcp: options.connectTcp,
    calls: callsOf,
    onEnded: tellOfEnd,
    wakeUp: () => dispatcher.wakeUp(),
    log,
    signal: stopping.signal,
  })

  const listening = await database.listen(wakeUpChannel(database.schema), () => dispatcher.wakeUp())
  dispatcher.start()
  batchChecks.start()
  log.info({ worker: id }, 'The worker has started')

  return Object.freeze({
    id,
    inFlightCount: () => dispatcher.inFlightCount(),
    async stop() {
      await dispatcher.stop()
      const checksStopped = batchChecks.stop()
      await listening.close()
      const deadline = performance.now() + options.drainSeconds * 1000
      while (dispatcher.inFlightCount() > 0 && performance.now() < deadline) await delay(20)
      const unfinishedCount = dispatcher.inFlightCount()
      stopping.abort(new Error('The worker is stopping'))
      await Promise.race([Promise.allSettled([...batches, checksStopped]), delay(2_000)])
      await options.grants.settled()
      await recorder.drain()
      attention.stop()
      await upkeep.slotsSettled
      await handBack({ database, boss }, id)
      await upkeep.ended
      log.info({ worker: id, unfinishedCount }, 'The worker has stopped')
    },
  } satisfies Worker)
}

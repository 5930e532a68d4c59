// One worker: the dispatcher's loop, the leases it renews, the sweep, and an orderly stop. A process has at most one per
// instance; more processes and machines work against the same database.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Activation } from '../connections/activation.ts'
import { createAuthorizedClient } from '../connections/authorized-client.ts'
import type { Connections } from '../connections/connect.ts'
import { resolveActivation } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import { createIdentityLeases } from '../sync/leases.ts'
import { createAccountSlots } from './account-slots.ts'
import type { Boss } from './boss.ts'
import { claimJobs } from './claim.ts'
import type { ClaimedJob } from './claimed-job.ts'
import { createDispatcher } from './dispatcher.ts'
import { type DueConnection, findDueConnections } from './due-connections.ts'
import { executeBatch, leaseLostError } from './execute-batch.ts'
import { handBack } from './hand-back.ts'
import { purgeConnections } from './purge-connections.ts'
import type { JobEnd } from './record-ends.ts'
import { createRecorder } from './recorder.ts'
import { sweep } from './sweep.ts'
import { wakeUpChannel } from './wake-up.ts'

export interface WorkerOptions {
  database: Database
  boss: Boss
  catalog: Pick<Catalog, 'provider' | 'providerVersions' | 'sourceModel'>
  connections: Pick<Connections, 'load'>
  activation: Pick<Activation, 'rows'>
  http: HttpSender
  log: Log
  /** Every call to a remote is logged. */
  logsCalls: boolean
  /** Calls at the same time in this process. */
  concurrency: number
  batchSize: number
  pollIntervalMs: number
  leaseSeconds: number
  drainSeconds: number
  onEnded?(end: JobEnd): void
}

export interface Worker {
  readonly id: string
  inFlightCount(): number
  /** No more claims, calls under way may end within the drain time, the rest is handed back at once. */
  stop(): Promise<void>
}

const sweepIntervalMs = 10_000
const purgeIntervalMs = 10 * 60_000
/** No call starts this close to the end of the leases. */
const leaseMarginMs = 1_000

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { database, boss, catalog, log } = options
  const id = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
  const stopping = new AbortController()
  const identityLeases = createIdentityLeases({ database, worker: id, leaseSeconds: options.leaseSeconds })
  const accountSlots = createAccountSlots(options.concurrency)
  const batches = new Set<Promise<void>>()
  let leasesValidUntil = performance.now() + options.leaseSeconds * 1000 - leaseMarginMs

  const assertLeaseIsValid = (): void => {
    if (performance.now() >= leasesValidUntil) throw leaseLostError()
  }

  const recorder = createRecorder({
    database,
    boss,
    identityLeases,
    worker: id,
    log,
    onEnded(end) {
      dispatcher.recorded(end.job)
      options.onEnded?.(end)
    },
  })

  const dispatcher = createDispatcher({
    findDue: () => findDueConnections(database, database.schema, catalog.providerVersions()),
    async claim(due, { lane, limit }) {
      const scopes = await activeScopes(due, lane === 'solo' ? due.soloScopes : due.scopes, options)
      return claimJobs(
        { database, boss },
        { connectionId: due.id, worker: id, leaseSeconds: options.leaseSeconds, limit, scopes, lane },
      )
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

  // Jobs whose connection cannot be loaded keep their lease, which runs out: the sweep returns them.
  const runBatch = async (due: DueConnection, jobs: readonly ClaimedJob[]): Promise<void> => {
    try {
      const [connection] = await options.connections.load([due.id])
      const found = catalog.provider(due.provider, due.providerVersion)
      if (!connection || !found) throw new Error('the connection or its provider is gone')
      const { provider } = found
      await executeBatch({
        connection,
        providerClass: provider,
        jobs,
        database,
        sourceModel: (name) => catalog.sourceModel(name),
        createHttp: (classifyResponse) =>
          createAuthorizedClient({
            http: options.http,
            secrets: connection.secretValues,
            classifyResponse,
            ...(options.logsCalls ? { log } : {}),
          }),
        leases: identityLeases,
        slots: accountSlots(connection.accountKey, provider.limits),
        onSynced: () => dispatcher.synced(due.id),
        recorder,
        log,
        signal: stopping.signal,
        assertLeaseIsValid,
      })
    } catch (error) {
      log.error({ connection: due.id, error: messageOf(error) }, 'A batch could not be started')
      for (const job of jobs) {
        dispatcher.synced(due.id)
        dispatcher.recorded(job)
      }
    }
  }

  let lastRenewedAt = performance.now()
  const renewing = every(Math.max(500, (options.leaseSeconds * 1000) / 6), stopping.signal, async () => {
    const renewedAt = performance.now()
    try {
      // Rows that a flush holds are skipped: waiting for them while holding others would stop both until a timeout.
      await database.executeSql(
        `update ${database.schema}.lease set until = now() + make_interval(secs => $2)
         where key in (select key from ${database.schema}.lease where worker = $1 for update skip locked)`,
        [id, options.leaseSeconds],
      )
      // A skipped row was renewed the time before.
      leasesValidUntil = lastRenewedAt + options.leaseSeconds * 1000 - leaseMarginMs
      lastRenewedAt = renewedAt
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'The leases could not be renewed')
    }
  })

  const sweeping = every(Math.min(sweepIntervalMs, options.leaseSeconds * 500), stopping.signal, async () => {
    try {
      const { returnedCount, parkedCount, ticketedCount } = await sweep({ database, boss })
      if (returnedCount > 0) log.warn({ returnedCount }, 'Jobs of a worker that died were returned to the queue')
      if (parkedCount > 0) log.error({ parkedCount }, 'Jobs that killed three workers in a row wait for a person')
      if (ticketedCount > 0) log.warn({ ticketedCount }, 'Due jobs without a ticket got one')
      if (returnedCount + ticketedCount > 0) dispatcher.wakeUp()
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'The sweep failed; the next one tries again')
    }
  })

  const purging = every(purgeIntervalMs, stopping.signal, async () => {
    try {
      const purgedCount = await purgeConnections({ database, boss })
      if (purgedCount > 0)
        log.info({ purgedCount }, 'Connections that were deleted long ago are gone with all they had')
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'Purging deleted connections failed; the next time goes on')
    }
  })

  const listening = await database.listen(wakeUpChannel(database.schema), () => dispatcher.wakeUp())
  dispatcher.start()
  log.info({ worker: id }, 'The worker has started')

  return Object.freeze({
    id,
    inFlightCount: () => dispatcher.inFlightCount(),
    async stop() {
      await dispatcher.stop()
      await listening.close()
      const deadline = performance.now() + options.drainSeconds * 1000
      while (dispatcher.inFlightCount() > 0 && performance.now() < deadline) await delay(20)
      const unfinishedCount = dispatcher.inFlightCount()
      stopping.abort(new Error('The worker is stopping'))
      await Promise.race([Promise.allSettled([...batches]), delay(2_000)])
      await recorder.drain()
      await handBack({ database, boss }, id)
      await Promise.all([renewing, sweeping, purging])
      log.info({ worker: id, unfinishedCount }, 'The worker has stopped')
    },
  } satisfies Worker)
}

// Work of a plugin that is switched off is held; the nearest switch on the path of the job's scope decides.
async function activeScopes(
  due: DueConnection,
  scopes: readonly string[],
  { catalog, activation }: Pick<WorkerOptions, 'catalog' | 'activation'>,
): Promise<readonly string[]> {
  const plugin = catalog.provider(due.provider, due.providerVersion)?.plugin
  if (!plugin) return []
  if (plugin.level === 'instance') return scopes
  const rows = await activation.rows(plugin.name)
  return scopes.filter((scope) => resolveActivation({ level: plugin.level, scope, rows }))
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await delay(ms, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await work()
  }
}

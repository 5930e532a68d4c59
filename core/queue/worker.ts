// One worker: the dispatcher's loop, the leases it renews, the sweep, and an orderly stop. A process has at most one per
// instance; more processes and machines work against the same database.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Activation } from '../connections/activation.ts'
import { createAuthorizedClient } from '../connections/authorized-client.ts'
import type { Connections } from '../connections/connect.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import { redactText } from '../http/redact.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { FailingAccount } from '../registry/create-hooks.ts'
import type { Log } from '../sdk/log.ts'
import type { ProviderLimits } from '../sdk/provider.ts'
import { createIdentityLeases } from '../sync/leases.ts'
import { createAccountSlots } from './account-slots.ts'
import type { Boss } from './boss.ts'
import { createCallRates } from './call-rates.ts'
import { claimDue } from './claim-due.ts'
import type { ClaimedJob } from './claimed-job.ts'
import { createClockWatch } from './clock-skew.ts'
import type { GateClosing } from './close-gates.ts'
import { createDispatcher } from './dispatcher.ts'
import { type DueConnection, findDueConnections } from './due-connections.ts'
import { executeBatch, leaseLostError } from './execute-batch.ts'
import { handBack } from './hand-back.ts'
import { rateLimitDelayMs } from './outcome.ts'
import { createProcessGates } from './process-gates.ts'
import { purgeConnections } from './purge-connections.ts'
import { isTry, type JobEnd } from './record-ends.ts'
import { createRecorder } from './recorder.ts'
import { createSlotLeases, isOtherLease } from './slot-leases.ts'
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
  onFailing?(account: FailingAccount): void
  /** Measured with every renewal of the leases; positive when this machine's clock is ahead of the database's. */
  onClockSkew?(skewMs: number): void
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
  const slots = createAccountSlots({
    concurrency: options.concurrency,
    leases: createSlotLeases({ database, worker: id, leaseSeconds: options.leaseSeconds }),
    rates: createCallRates({ database, signal: stopping.signal }),
  })
  const gates = createProcessGates()
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
      if (isTry(end)) options.onEnded?.(end)
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
      const lookedAt = performance.now()
      const { due, gated } = await findDueConnections(database, database.schema, catalog.providerVersions())
      gates.learn(gated, lookedAt)
      await slots.prepare(due.map((one) => ({ accountKey: one.accountKey, limits: limitsOf(one) })))
      return due
    },
    claim: (due, request) => claimDue({ ...options, slots, worker: id }, due, request),
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
      const assertIsOpen = gates.watch(due)
      const assertMayCall = (): void => {
        assertLeaseIsValid()
        assertIsOpen()
      }
      const { accountKey } = connection
      const refused = (outcome: { kind: 'rate_limited' | 'reconnect'; delayMs?: number | null; message: string }) => {
        const message = redactText(outcome.message, connection.secretValues)
        closeGate(
          outcome.kind === 'reconnect'
            ? { gate: 'reconnect', connectionId: connection.id, message }
            : { gate: 'limited', accountKey, delayMs: outcome.delayMs ?? null, message },
        )
      }
      await executeBatch({
        connection,
        providerClass: provider,
        jobs,
        isProbe: due.isProbe,
        database,
        sourceModel: (name) => catalog.sourceModel(name),
        createHttp: (classifyResponse) =>
          createAuthorizedClient({
            http: options.http,
            secrets: connection.secretValues,
            classifyResponse,
            assertMayCall,
            onRateLimited(error) {
              const delayMs = rateLimitDelayMs(error, { now: new Date(), random: Math.random() })
              refused({ kind: 'rate_limited', delayMs, message: messageOf(error) })
            },
            ...(options.logsCalls ? { log } : {}),
          }),
        leases: identityLeases,
        slots: slots.of(accountKey, provider.limits),
        onSynced: () => dispatcher.synced(due.id),
        recorder,
        log,
        signal: stopping.signal,
        assertMayCall,
        onRefused: refused,
      })
    } catch (error) {
      log.error({ connection: due.id, error: messageOf(error) }, 'A batch could not be started')
      for (const job of jobs) {
        dispatcher.synced(due.id)
        dispatcher.recorded(job)
      }
    }
  }

  const watchClock = createClockWatch({ log, onSkew: (skewMs) => options.onClockSkew?.(skewMs) })
  let lastRenewedAt = performance.now()
  const renewing = every(Math.max(500, (options.leaseSeconds * 1000) / 6), stopping.signal, async () => {
    const renewedAt = performance.now()
    const askedAt = Date.now()
    try {
      // Rows that a flush holds are skipped: waiting for them while holding others would stop both until a timeout.
      const { rows } = await database.executeSql<{ now_ms: number }>(
        `with renewed as (
         update ${database.schema}.lease set until = now() + make_interval(secs => $2)
         where key in (select key from ${database.schema}.lease where worker = $1 and ${isOtherLease} for update skip locked)
         )
         select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms`,
        [id, options.leaseSeconds],
      )
      if (rows[0]) watchClock({ askedAt, databaseAt: rows[0].now_ms, answeredAt: Date.now() })
      // A skipped row was renewed the time before.
      leasesValidUntil = lastRenewedAt + options.leaseSeconds * 1000 - leaseMarginMs
      lastRenewedAt = renewedAt
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'The leases could not be renewed')
    }
  })

  const rebalancing = every(Math.min(1_000, options.leaseSeconds * 125), stopping.signal, async () => {
    try {
      await slots.rebalance()
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'The slots of accounts could not be looked at; trying again')
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
      await rebalancing
      await handBack({ database, boss }, id)
      await Promise.all([renewing, sweeping, purging])
      log.info({ worker: id, unfinishedCount }, 'The worker has stopped')
    },
  } satisfies Worker)
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await delay(ms, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await work()
  }
}

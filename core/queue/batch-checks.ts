// The second loop of a worker: looks up the answers of submitted batches when they are due. It asks the database only
// where a loaded provider can be asked; a remote that hangs keeps nobody but its own connection waiting.
import type { RuntimeConnection } from '../connections/connect.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { Catalog, CatalogProvider } from '../registry/catalog.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { Log } from '../sdk/log.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { canBeSubmitted } from '../sync/call-provider.ts'
import { releaseLeases } from '../sync/leases.ts'
import type { Slots } from '../sync/slots.ts'
import { askBatch } from './ask-batch.ts'
import type { Boss } from './boss.ts'
import { checkLeaseKey, type DueBatch, takeDueBatches } from './due-batches.ts'
import type { ClassifyResponse } from './execute-batch.ts'
import { postponeCheck } from './postpone-check.ts'
import type { JobEnd } from './record-ends.ts'
import { retryDelayMs } from './retry-policy.ts'
import { settleCheck } from './settle-check.ts'

export interface BatchChecksOptions {
  database: Database
  boss: Boss
  worker: string
  leaseSeconds: number
  pollIntervalMs: number
  catalog: Pick<Catalog, 'provider' | 'providers'>
  loadConnection(id: string): Promise<RuntimeConnection | undefined>
  /** The scopes in which the provider's plugin is switched on. */
  activeScopes(found: CatalogProvider, scopes: readonly string[]): Promise<readonly string[]>
  createHttp(connection: RuntimeConnection, classify: ClassifyResponse): HttpClient
  connectTcp: ConnectTcp
  /** Null when other workers use all of the account's. */
  calls(connection: RuntimeConnection, provider: ProviderClass): Promise<Slots | null>
  /** Called for every job that an answer has ended. */
  onEnded(end: JobEnd): void
  /** Jobs may be due now. */
  wakeUp(): void
  log: Log
  /** Aborted when calls under way shall end. */
  signal: AbortSignal
}

export interface BatchChecks {
  start(): void
  /** The leases of the questions under way: to be renewed. */
  heldKeys(): string[]
  /** No more questions; resolves when those under way are through. */
  stop(): Promise<void>
}

/** Work that is held is looked at again after this. */
const heldDelayMs = 5_000

export function createBatchChecks(options: BatchChecksOptions): BatchChecks {
  const { database, boss, worker, catalog, log } = options
  const running = new Map<Promise<void>, DueBatch>()
  let isStopping = false
  let wake: () => void = () => undefined
  let looping: Promise<void> | null = null
  /** Leases of questions that could not be settled. */
  let unreleased: string[] = []

  const look = async (): Promise<void> => {
    const loaded = catalog.providers().flatMap(({ provider }) => (canBeSubmitted(provider) ? [provider] : []))
    if (loaded.length === 0) return
    if (unreleased.length > 0) {
      await releaseLeases(database, database.schema, { keys: unreleased, worker })
      unreleased = []
    }
    const due = await takeDueBatches(database, {
      worker,
      leaseSeconds: options.leaseSeconds,
      loaded,
      busyConnections: [...new Set([...running.values()].map((batch) => batch.connectionId))],
    })
    for (const batch of due) {
      const check = checkOne(batch).finally(() => {
        running.delete(check)
        wake()
      })
      running.set(check, batch)
    }
  }

  const checkOne = async (batch: DueBatch): Promise<void> => {
    try {
      await ask(batch)
    } catch (error) {
      const message = `The answer could not be written: ${messageOf(error)}`
      log.warn({ batch: batch.remoteBatchId, connection: batch.connectionId, error: message }, 'A batch is asked again')
      const delayMs = retryDelayMs({ failedAttempts: batch.failedChecks + 1, random: Math.random() })
      await postponeCheck(database, { batch, worker, delayMs, closing: null, isFailure: true, message }).catch(() => {
        unreleased.push(checkLeaseKey(batch.localBatchId))
      })
    }
  }

  const ask = async (batch: DueBatch): Promise<void> => {
    const startedAt = performance.now()
    const connection = await options.loadConnection(batch.connectionId)
    const found = catalog.provider(batch.provider, batch.providerVersion)
    if (!connection || !found) throw new Error('the connection or its provider is gone')
    const scopes = [...new Set(batch.objects.map((object) => object.scope))]
    const { provider } = found
    const isActive = (await options.activeScopes(found, scopes)).length > 0
    const calls = isActive ? await options.calls(connection, provider) : null
    if (!calls) {
      const request = { batch, worker, delayMs: heldDelayMs, closing: null, isFailure: false, message: null }
      return postponeCheck(database, request)
    }
    const check = await askBatch({
      batch,
      connection,
      providerClass: provider,
      pluginName: found.plugin.name,
      createHttp: (classify) => options.createHttp(connection, classify),
      connectTcp: options.connectTcp,
      calls,
      log,
      signal: options.signal,
    })
    // Cut off by the stop of the process: its lease is handed back with all others.
    if (check.kind === 'failed' && options.signal.aborted) return
    const ends = await settleCheck({
      database,
      boss,
      worker,
      batch,
      check,
      providerClass: provider,
      facts: {
        mappingVersion: connection.mappingVersion,
        accountKey: connection.accountKey,
        revision: connection.revision,
        secrets: connection.secrets.all(),
        connection,
      },
      durationMs: performance.now() - startedAt,
    })
    for (const end of ends) options.onEnded(end)
    options.wakeUp()
  }

  const loop = async (): Promise<void> => {
    while (!isStopping) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      await look().catch((error: unknown) => {
        log.warn({ error: messageOf(error) }, 'Submitted batches could not be looked at; trying again')
      })
      if (isStopping) return
      const timer = setTimeout(wake, options.pollIntervalMs)
      await woken
      clearTimeout(timer)
    }
  }

  return Object.freeze({
    start() {
      looping ??= loop()
    },
    heldKeys: () => [...running.values()].map((batch) => checkLeaseKey(batch.localBatchId)),
    async stop() {
      isStopping = true
      wake()
      await looping
      await Promise.all(running.keys())
    },
  } satisfies BatchChecks)
}

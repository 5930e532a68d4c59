// The admin room on a real database and a real HTTP server, with the real rooms below it; only the host and the remote are
// small. What the pages show is put into the tables by SQL.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Admin, createAdmin } from '../../../core/admin/create-admin.ts'
import { createActivation } from '../../../core/connections/activation.ts'
import { type Connections, createConnections } from '../../../core/connections/connect.ts'
import { createEnvironments } from '../../../core/connections/environments.ts'
import { createMappingTests } from '../../../core/connections/mapping-tests.ts'
import { createMappings } from '../../../core/connections/mappings.ts'
import type { Database } from '../../../core/database/transaction.ts'
import { packageRoot, packageVersion } from '../../../core/package-root.ts'
import { createBoss } from '../../../core/queue/boss.ts'
import { cancelConnectionJobs } from '../../../core/queue/cancel-connection-jobs.ts'
import { enqueueSubjects } from '../../../core/queue/enqueue.ts'
import { createJobActions } from '../../../core/queue/job-actions.ts'
import { retryLines } from '../../../core/queue/line-actions.ts'
import { type Catalog, createCatalog } from '../../../core/registry/catalog.ts'
import { createSignals, withScopeCopied } from '../../../core/registry/create-signals.ts'
import { loadPlugins } from '../../../core/registry/load-plugins.ts'
import { createAudits } from '../../../core/runs/audits.ts'
import { createBackfills } from '../../../core/runs/backfill.ts'
import { createBulkActions } from '../../../core/runs/bulk-actions.ts'
import { createImpacts } from '../../../core/runs/impacts.ts'
import { createRunDriver } from '../../../core/runs/run-driver.ts'
import type { Log } from '../../../core/sdk/log.ts'
import type { Operations, Plugin, PluginContext } from '../../../core/sdk/plugin.ts'
import type { User } from '../../../core/sdk/user.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { createPreview } from '../runs/run-bench.ts'
import { createFixturePlugins, type PageLog } from './fixture-plugins.ts'

export interface AdminFixture {
  admin: Admin
  connections: Connections
  database: Database
  catalog: Catalog
  /** With the base path. */
  origin: string
  basePath: string
  pageLog: PageLog
  logged: { data: object; message: string }[]
  setNow(now: Date | null): void
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  addConnection(connection?: Partial<ConnectionRow>): Promise<string>
  /** Lets every run take a step, as a worker would. */
  tick(): Promise<void>
  close(): Promise<void>
}

export interface ConnectionRow {
  id: string
  provider: string
  providerVersion: string
  scope: string
  name: string
  state: string
  gate: string
  gateUntil: Date | null
  gateReason: string | null
  lastSuccessAt: Date | null
}

export const administrator = { email: 'admin@example.com', password: 'correct horse battery' }

export interface FixtureOptions {
  basePath?: string
  /** Null: the program's own sign-in. @default null */
  identify?: ((request: IncomingMessage) => User | null) | null
  plugins?: readonly Plugin[]
  trustProxy?: boolean
  publicUrl?: string
  isSecure?: boolean
  cookieKeys?: readonly string[]
  readiness?: () => Promise<{ isReady: boolean; problem: string | null }>
}

export async function createAdminFixture(options: FixtureOptions = {}): Promise<AdminFixture> {
  const { database, drop } = await createMigratedDatabase()
  return build(database, options, drop)
}

/** A second process on the same database. */
export function createAdminOn(
  { database }: Pick<AdminFixture, 'database'>,
  options: FixtureOptions,
): Promise<AdminFixture> {
  return build(database, options, async () => {})
}

async function build(database: Database, options: FixtureOptions, drop: () => Promise<void>): Promise<AdminFixture> {
  const { basePath = '', identify = null, trustProxy = false, isSecure = false } = options
  const logged: AdminFixture['logged'] = []
  const log: Log = {
    debug() {},
    info() {},
    warn: (data, message) => void logged.push({ data, message }),
    error: (data, message) => void logged.push({ data, message }),
  }
  const boss = createBoss({ database, schema: 'outbound_sync_boss', log, isWorker: false })
  await boss.start()
  const pageLog: PageLog = { forms: [] }
  const loaded = await loadPlugins({
    plugins: [...createFixturePlugins(pageLog), ...(options.plugins ?? []), './plugins/that-is-not-there'],
    cwd: packageRoot(),
    packageRoot: packageRoot(),
    outboundSyncVersion: packageVersion(),
  })
  const catalog = createCatalog({ plugins: loaded })
  catalog.setUp(() => pluginContext(database, log))
  const activation = createActivation({
    database,
    plugins: () => catalog.plugins.flatMap(({ plugin, status }) => (plugin && status === 'ready' ? plugin : [])),
  })
  const driver = createRunDriver({
    database,
    catalog,
    activation,
    worker: 'test',
    enqueue: (session, request) => enqueueSubjects({ schema: database.schema, boss }, session, request),
    previewSubjects: createPreview(),
    retryLines: (session, request) => retryLines(session, { schema: database.schema, boss }, request),
    wakeUp() {},
    onAuditFinished() {},
    log,
  })
  let now: Date | null = null
  const configured = [{ id: 'k1', key: Buffer.alloc(32) }]
  const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
  const parts = connectionParts({ database, dataKeys })
  const connections = createConnections({
    database,
    catalog,
    dataKeys,
    ...parts,
    createQueue: boss.createQueue,
    cancelJobs: (session, request) => cancelConnectionJobs(session, database.schema, request),
    wakeUp() {},
  })
  const mappings = createMappings({ database })
  const admin = createAdmin({
    database,
    catalog,
    connections,
    environments: createEnvironments({
      database,
      catalog,
      dataKeys,
      wakeUp() {},
    }),
    mappings,
    mappingTests: createMappingTests({ database }),
    jobActions: createJobActions({ database, boss, wakeUp() {} }),
    activation,
    backfills: createBackfills({ database, catalog }),
    bulkActions: createBulkActions({ database }),
    audits: createAudits({ database, catalog, log }),
    impacts: createImpacts({ database, catalog, mappings }),
    identify,
    readiness: options.readiness ?? (async () => ({ isReady: true, problem: null })),
    metrics: async () => '# HELP outbound_sync_jobs Open jobs.\n',
    options: {
      basePath,
      trustProxy,
      isSecure,
      publicUrl: options.publicUrl ?? null,
      cookieKeys: options.cookieKeys ?? ['test-key'],
      log,
    },
    now: () => now ?? new Date(),
  })
  const server = createServer((request, response) => void admin.handler(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The server listens on a port, so its address is no pipe's name.
  const { port } = server.address() as AddressInfo

  const sql: AdminFixture['sql'] = async (text, values = []) => (await database.executeSql(text, values)).rows
  return {
    admin,
    connections,
    database,
    catalog,
    origin: `http://127.0.0.1:${port}${basePath}`,
    basePath,
    pageLog,
    logged,
    setNow(value) {
      now = value
    },
    sql,
    async tick() {
      await driver.tick(new AbortController().signal)
    },
    async addConnection(connection = {}) {
      const id = connection.id ?? crypto.randomUUID()
      await boss.createQueue(id)
      await sql(
        `insert into outbound_sync.connection
           (id, provider, provider_version, scope, name, account_key, state, gate, gate_until, gate_reason, last_success_at,
            settings, credentials)
         values ($1::uuid, $2, $3, $4, $5, $1::text, $6, $7, $8, $9, $10,
                 '{"url": "https://crm.example.com", "accountName": "Acme"}', '{"token": "sealed-canary"}')`,
        [
          id,
          connection.provider ?? 'crm',
          connection.providerVersion ?? '1.2.0',
          connection.scope ?? 'organizer:acme',
          connection.name ?? 'Sales CRM',
          connection.state ?? 'active',
          connection.gate ?? 'open',
          connection.gateUntil ?? null,
          connection.gateReason ?? null,
          connection.lastSuccessAt ?? null,
        ],
      )
      return id
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await parts.http.close()
      await boss.stop()
      await drop()
    },
  }
}

function pluginContext(database: Database, log: Log): PluginContext {
  const notHere = async (): Promise<never> => {
    throw new Error('The fixture plugins call no operation.')
  }
  const operations: Operations = {
    ensureConnection: notHere,
    pauseConnection: notHere,
    resumeConnection: notHere,
    tryConnectionNow: notHere,
    testConnection: notHere,
    setPluginActive: notHere,
    isPluginActive: notHere,
    startBackfill: notHere,
    runReport: notHere,
    startAudit: notHere,
    auditReport: notHere,
    startWorker: notHere,
    serviceOrigin: notHere,
    panel: notHere,
  }
  return {
    options: {},
    http: { request: notHere },
    signals: withScopeCopied(
      createSignals(() => async () => {}),
      { promise: notHere },
    ),
    executeSql: (text, values) => database.executeSql(text, values),
    databaseUrl: database.databaseUrl,
    log,
    operations,
  }
}

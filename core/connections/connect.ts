// Makes connections and brings them to new settings. Everything is checked before anything is written: provider, settings,
// mappings; then one transaction writes the row, the mapping version and the audit entry.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { isStorableText } from '../database/stored-json.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { SyncConfigError } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { Log } from '../sdk/log.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import type { ConnectionTestReport, Operations } from '../sdk/plugin.ts'
import { scopeSchema } from '../sdk/scope-path.ts'
import { issueSentences } from '../sdk/zod-words.ts'
import {
  type AuthorizationEnd,
  type AuthorizationResult,
  type AuthorizationStart,
  finishAuthorization,
  startAuthorization,
} from './authorize-connection.ts'
import { checkMappings } from './check-mappings.ts'
import { parseMappings } from './connection-mappings.ts'
import { type ConnectionMoveRequest, moveConnection } from './connection-moves.ts'
import type { DataKeys } from './data-keys.ts'
import { environmentName } from './environments.ts'
import { findProvider } from './find-provider.ts'
import { type PauseRequest, pauseConnection, resumeConnection, tryConnectionNow } from './gate-moves.ts'
import type { ConnectionGrants } from './grants.ts'
import {
  type ConnectionSummary,
  getConnection,
  listConnections,
  loadRuntimeConnections,
  type RuntimeConnection,
} from './load-connections.ts'
import { type ConnectionTestRequest, testConnection } from './test-connection.ts'
import { prepareConnection, updateConnection } from './write-connection.ts'

export type { ConnectionSummary, RuntimeConnection }

export interface Connections {
  /** Creates the connection or brings it to these settings; changes nothing when it has them already. */
  ensure: Operations['ensureConnection']
  load(ids: readonly string[]): Promise<RuntimeConnection[]>
  list(): Promise<ConnectionSummary[]>
  get(id: string): Promise<(ConnectionSummary & { mappings: MappingDocument }) | null>
  disable(request: ConnectionMoveRequest): Promise<void>
  enable(request: ConnectionMoveRequest): Promise<void>
  remove(request: ConnectionMoveRequest): Promise<void>
  /** Holds everything back, for a time or until it is resumed. */
  pause(request: PauseRequest): Promise<void>
  resume(request: ConnectionMoveRequest): Promise<void>
  /** Ends the wait for new credentials, for a rate limit or for the remote to recover. */
  tryNow(request: ConnectionMoveRequest): Promise<void>
  /** Somebody is to agree at the remote (OAuth 2): the address to send her browser to. */
  startAuthorization(request: AuthorizationStart): Promise<{ url: string }>
  /** She came back: her answer becomes the connection's grant, or what is wrong is told. */
  finishAuthorization(request: AuthorizationEnd): Promise<AuthorizationResult>
  /** Calls the remote as the provider tests it; what is wrong there is told, not thrown. */
  test(request: ConnectionTestRequest): Promise<ConnectionTestReport>
}

export interface ConnectionsOptions {
  database: Database
  catalog: Pick<Catalog, 'provider' | 'providers' | 'plugins' | 'sourceModels'>
  /** Learns of providers that were made meanwhile. */
  refreshProviders?(): Promise<void>
  dataKeys: DataKeys
  http: HttpSender
  connectTcp: ConnectTcp
  grants: ConnectionGrants
  log: Log
  /** Makes the connection's queue; nothing happens when it exists. */
  createQueue(connectionId: string): Promise<void>
  /** Called in the transaction that deletes a connection. */
  cancelJobs(session: SqlSession, request: ConnectionMoveRequest): Promise<void>
  /** Called when what was held back may go on. */
  wakeUp(): void
}

const text = z.string().refine(isStorableText, 'must not hold a NUL character')
const requestSchema = z.object({
  provider: text.min(1),
  version: text.min(1).optional(),
  name: text.trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters'),
  scope: text.pipe(scopeSchema),
  settings: z.record(z.string(), z.unknown()),
  environment: environmentName.nullable().optional(),
  actor: text.min(1),
})

// Each round loses only to another process that created or deleted the same connection meanwhile.
const maxRounds = 5

export function createConnections(options: ConnectionsOptions): Connections {
  const { database, catalog, dataKeys } = options

  const ensure: Connections['ensure'] = async ({ mappings: givenMappings, ...given }) => {
    const request = parseRequest(given)
    const mappings = givenMappings === undefined ? null : parseMappings(givenMappings, request.name)
    const newId = randomUUID()
    await options.refreshProviders?.()
    let hasQueue = false
    for (let round = 1; round <= maxRounds; round += 1) {
      const existing = await findExisting(database, request)
      // Connections stay on their version while others move on.
      const version = request.version ?? existing?.provider_version ?? null
      const { provider } = findProvider(catalog, { identifier: request.provider, version })
      if (mappings) await checkMappings(catalog, { provider, document: mappings, connection: request })
      const shared = { database, dataKeys, provider, request }
      if (existing) {
        if (await updateConnection({ ...shared, mappings, id: existing.id })) return { connectionId: existing.id }
        continue
      }
      const insert = await prepareConnection({ ...shared, mappings: mappings ?? provider.defaultMappings, id: newId })
      // First, so that no job of the connection goes without one; where the name is taken meanwhile it stays behind, empty.
      if (!hasQueue) await options.createQueue(newId)
      hasQueue = true
      if (await insert()) return { connectionId: newId }
    }
    throw new SyncConfigError(
      `The connection "${request.name}" could not be written: others created and deleted it at the same time. Try again.`,
    )
  }

  const load: Connections['load'] = (ids) => loadRuntimeConnections({ database, catalog, dataKeys, ids })
  const loadOne = async (id: string) => (isUuid(id) ? (await load([id]))[0] : undefined)

  return Object.freeze({
    ensure,
    load,
    list: () => listConnections(database),
    get: (id) => getConnection(database, id),
    disable: (request) => moveConnection({ database, move: 'disable', ...request }),
    async enable(request) {
      await moveConnection({ database, move: 'enable', ...request })
      options.wakeUp()
    },
    remove: (request) =>
      moveConnection({
        database,
        move: 'remove',
        ...request,
        also: (session) => options.cancelJobs(session, request),
      }),
    async pause(request) {
      await pauseConnection(database, request)
      // So that what was claimed already is not sent either.
      options.wakeUp()
    },
    async resume(request) {
      await resumeConnection(database, request)
      options.wakeUp()
    },
    async tryNow(request) {
      await tryConnectionNow(database, request)
      options.wakeUp()
    },
    startAuthorization: (request) => startAuthorization({ ...options, load: loadOne }, request),
    async finishAuthorization(request) {
      const result = await finishAuthorization({ ...options, load: loadOne }, request)
      if (result.problem === null) options.wakeUp()
      return result
    },
    test: (request) => testConnection({ ...options, load: loadOne }, request),
  } satisfies Connections)
}

// An id in an address may be anything.
const isUuid = (id: string): boolean => z.guid().safeParse(id).success

function parseRequest(given: unknown): z.infer<typeof requestSchema> {
  const parsed = requestSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = issueSentences(parsed.error.issues, { whole: 'the connection', input: given })
  throw new SyncConfigError(`This connection cannot be made. Correct it: ${problems.join('; ')}.`)
}

async function findExisting(
  database: Database,
  { provider, scope, name }: { provider: string; scope: string; name: string },
): Promise<{ id: string; provider_version: string } | null> {
  const { rows } = await database.executeSql<{ id: string; provider_version: string }>(
    `select id, provider_version from ${database.schema}.connection
     where provider = $1 and scope = $2 and name = $3 and state <> 'deleted'`,
    [provider, scope, name],
  )
  return rows[0] ?? null
}

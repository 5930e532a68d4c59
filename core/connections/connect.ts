// Makes connections and brings them to new settings. Everything is checked before anything is written: provider, settings,
// mappings; then one transaction writes the row, the mapping version and the audit entry.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Database, SqlSession } from '../database/transaction.ts'
import { SyncConfigError, TransitionError } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { Log } from '../sdk/log.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import type { ConnectionTestReport, Operations } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { askRemote, type RemoteAnswer, type RemoteQuestion } from './ask-remote.ts'
import {
  type AuthorizationEnd,
  type AuthorizationResult,
  type AuthorizationStart,
  finishAuthorization,
  startAuthorization,
} from './authorize-connection.ts'
import { checkMappings, withoutModel } from './check-mappings.ts'
import { parseMappings } from './connection-mappings.ts'
import { type ConnectionMoveRequest, moveConnection } from './connection-moves.ts'
import { parseRequest } from './connection-request.ts'
import { type CredentialFacts, credentialFacts } from './credential-facts.ts'
import type { DiscoveredTypes } from './discovered-types.ts'
import { createDraft, finishDraft } from './drafts.ts'
import { findProvider } from './find-provider.ts'
import {
  type PauseRequest,
  pauseConnection,
  type ResumeRequest,
  resumeConnection,
  tryConnectionNow,
} from './gate-moves.ts'
import type { ConnectionGrants } from './grants.ts'
import {
  type ConnectionSummary,
  getConnection,
  listConnections,
  loadRuntimeConnections,
  type RuntimeConnection,
} from './load-connections.ts'
import { type FoundObjectTypes, findObjectTypes } from './object-types.ts'
import { type ConnectionTestRequest, testConnection } from './test-connection.ts'
import { prepareConnection, updateConnection } from './write-connection.ts'

export type { ConnectionSummary, RuntimeConnection }

export interface Connections {
  /** Creates the connection or brings it to these settings; changes nothing when it has them already. */
  ensure: Operations['ensureConnection']
  /** Begins a connection that nothing is taken in for before it is finished. */
  draft(request: {
    provider: string
    version?: string
    scope: string
    actor: string
  }): Promise<{ connectionId: string }>
  /** Name, version and settings of one that is there, also of a draft. */
  change(request: ConnectionChange): Promise<void>
  /** Switches a draft on, with these mappings, and with others as a draft of them that is still to be corrected. */
  finish(request: ConnectionMoveRequest & { mappings: unknown; toCorrect?: unknown }): Promise<void>
  load(ids: readonly string[]): Promise<RuntimeConnection[]>
  list(): Promise<ConnectionSummary[]>
  get(id: string): Promise<(ConnectionSummary & { mappings: MappingDocument }) | null>
  /** Who entered its credentials, when they were last taken, how long its grant is good for; null when it is not there. */
  credentialFacts(connectionId: string): Promise<CredentialFacts | null>
  disable(request: ConnectionMoveRequest): Promise<void>
  enable(request: ConnectionMoveRequest): Promise<void>
  remove(request: ConnectionMoveRequest): Promise<void>
  /** Holds everything back, for a time or until it is resumed. */
  pause(request: PauseRequest): Promise<void>
  /** What waited is sent, or canceled as far as the request says. */
  resume(request: ResumeRequest): Promise<{ canceledCount: number }>
  /** Ends the wait for new credentials, for a rate limit or for the remote to recover. */
  tryNow(request: ConnectionMoveRequest): Promise<void>
  /** Somebody is to agree at the remote (OAuth 2): the address to send her browser to. */
  startAuthorization(request: AuthorizationStart): Promise<{ url: string }>
  /** She came back: her answer becomes the connection's grant, or what is wrong is told. */
  finishAuthorization(request: AuthorizationEnd): Promise<AuthorizationResult>
  /** Calls the remote as the provider tests it; what is wrong there is told, not thrown. */
  test(request: ConnectionTestRequest): Promise<ConnectionTestReport>
  /** What can be mapped to; asks the remote where its provider finds that out there. */
  objectTypes(connectionId: string): Promise<FoundObjectTypes>
  /** Asks the remote something that changes nothing there; what is wrong is told, not thrown. */
  ask<Answer>(question: RemoteQuestion<Answer>): Promise<RemoteAnswer<Answer>>
}

export interface ConnectionChange extends ConnectionMoveRequest {
  name: string
  /** @default the one it has */
  version?: string
  settings: Readonly<Record<string, unknown>>
  /** Null: none. @default the one it has */
  environment?: string | null
  /** Whoever may configure one scope only is asked for stored secrets again where the connection is led elsewhere. */
  mayConfigureAll: boolean
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
  discoveredTypes: DiscoveredTypes
  log: Log
  /** Makes the connection's queue; nothing happens when it exists. */
  createQueue(connectionId: string): Promise<void>
  /** Called in the transaction that deletes a connection. */
  cancelJobs(session: SqlSession, request: ConnectionMoveRequest): Promise<void>
  /** Called in the transaction that resumes one, for what waited and is not to be sent; says how many those were. */
  cancelWaiting(session: SqlSession, request: ConnectionMoveRequest & { before: Date | null }): Promise<number>
  /** Called when what was held back may go on. */
  wakeUp(): void
}

// Each round loses only to another process that created or deleted the same connection meanwhile.
const maxRounds = 5

export function createConnections(options: ConnectionsOptions): Connections {
  const { database, catalog, dataKeys } = options

  const ensure: Connections['ensure'] = async ({ mappings: givenMappings, ...given }) => {
    const request = { ...parseRequest(given), mayConfigureAll: true }
    const mappings = givenMappings === undefined ? null : parseMappings(givenMappings, request.name)
    const newId = randomUUID()
    await options.refreshProviders?.()
    let hasQueue = false
    for (let round = 1; round <= maxRounds; round += 1) {
      const existing = await findExisting(database, request)
      // Connections stay on their version while others move on.
      const version = request.version ?? existing?.provider_version ?? null
      const { provider } = findProvider(catalog, { identifier: request.provider, version })
      if (mappings || !existing || existing.state === 'draft') {
        await checkMappings(catalog, { provider, document: mappings ?? provider.defaultMappings, connection: request })
      }
      const shared = { database, dataKeys, provider, request }
      if (existing) {
        if (!(await updateConnection({ ...shared, mappings, id: existing.id }))) continue
        // What a person began, the program finishes.
        if (existing.state === 'draft') await finish(existing.id, mappings ?? provider.defaultMappings, request)
        return { connectionId: existing.id }
      }
      const insert = await prepareConnection({ ...shared, mappings: mappings ?? provider.defaultMappings, id: newId })
      // First, so that no job of the connection goes without one; where the name is taken meanwhile it stays behind, empty.
      if (!hasQueue) await options.createQueue(newId)
      hasQueue = true
      if (await insert()) {
        if (!mappings) warnOfNothing(provider, request.name)
        return { connectionId: newId }
      }
    }
    throw new SyncConfigError(
      `The connection "${request.name}" could not be written: others created and deleted it at the same time. Try again.`,
    )
  }

  // It is no mistake: the records may be those of a plugin that is to be loaded, and the plugin may send by itself.
  function warnOfNothing(provider: ProviderClass, name: string): void {
    const mappings = provider.defaultMappings.filter(({ isEnabled }) => isEnabled)
    const problems = withoutModel(catalog, provider)
    if (problems.length < mappings.length) return
    options.log.warn(
      { connection: name, provider: provider.identifier, problems },
      'The connection has no mapping for any record that is known here, so nothing is sent until it has one, unless its provider decides itself: give mappings to ensureConnection',
    )
  }

  async function requireConnection(connectionId: string): Promise<ConnectionSummary> {
    const found = await getConnection(database, connectionId)
    if (found && found.state !== 'deleted') return found
    throw new TransitionError(`The connection ${connectionId} does not exist any more.`)
  }

  async function finish(
    connectionId: string,
    mappings: unknown,
    { name, actor, toCorrect }: { name: string; actor: string; toCorrect?: unknown },
  ) {
    const document = parseMappings(mappings, name)
    const draft = toCorrect === undefined ? null : parseMappings(toCorrect, name)
    await options.createQueue(connectionId)
    await finishDraft(database, { connectionId, mappings: document, toCorrect: draft, actor })
  }

  const load: Connections['load'] = (ids) => loadRuntimeConnections({ database, catalog, dataKeys, ids })
  const loadOne = async (id: string) => (isUuid(id) ? (await load([id]))[0] : undefined)

  return Object.freeze({
    ensure,
    async draft({ provider: identifier, version, scope, actor }) {
      const { provider } = findProvider(catalog, { identifier, version: version ?? null })
      const request = parseRequest({ provider: identifier, name: provider.identifier, scope, settings: {}, actor })
      return createDraft(database, { provider, scope: request.scope, actor: request.actor })
    },
    async change({ connectionId, name, version, settings, environment, actor, mayConfigureAll }) {
      const stored = await requireConnection(connectionId)
      const kept = { provider: stored.provider, scope: stored.scope }
      const request = { ...parseRequest({ ...kept, name, settings, environment, actor }), mayConfigureAll }
      const { provider } = findProvider(catalog, {
        identifier: stored.provider,
        version: version ?? stored.providerVersion,
      })
      try {
        await updateConnection({ database, dataKeys, provider, request, mappings: null, id: stored.id })
      } catch (error) {
        if (Reflect.get(Object(error), 'code') !== uniqueViolation) throw error
        throw new SyncConfigError(
          `Another connection of this provider and scope is called "${request.name}". Choose another name.`,
          { cause: error },
        )
      }
    },
    async finish({ connectionId, mappings, toCorrect, actor }) {
      const { id, name, scope, provider: identifier, providerVersion } = await requireConnection(connectionId)
      const { provider } = findProvider(catalog, { identifier, version: providerVersion })
      const document = mappings === provider.defaultMappings ? provider.defaultMappings : parseMappings(mappings, name)
      await checkMappings(catalog, { provider, document, connection: { name, scope } })
      await finish(id, document, { name, actor, toCorrect })
    },
    load,
    list: () => listConnections(database),
    get: (id) => getConnection(database, id),
    credentialFacts: (id) => credentialFacts(options, id),
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
      const resumed = await resumeConnection(database, request, (session, { connectionId, before }) =>
        options.cancelWaiting(session, { connectionId, actor: request.actor, before }),
      )
      options.wakeUp()
      return resumed
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
    objectTypes: (connectionId) => findObjectTypes({ ...options, load: loadOne }, connectionId),
    ask: (question) => askRemote({ ...options, load: loadOne }, question),
  } satisfies Connections)
}

// An id in an address may be anything.
const isUuid = (id: string): boolean => z.guid().safeParse(id).success
const uniqueViolation = '23505'

async function findExisting(
  database: Database,
  { provider, scope, name }: { provider: string; scope: string; name: string },
): Promise<{ id: string; provider_version: string; state: string } | null> {
  const { rows } = await database.executeSql<{ id: string; provider_version: string; state: string }>(
    `select id, provider_version, state from ${database.schema}.connection
     where provider = $1 and scope = $2 and name = $3 and state <> 'deleted'`,
    [provider, scope, name],
  )
  return rows[0] ?? null
}

// Tries a connection out, as it is stored or with settings that are not saved yet: the provider's own test call, through the
// same client that sends, within a time limit. What goes wrong at the remote is told, with every call that was made.
import { setTimeout as delay } from 'node:timers/promises'
import { accountLabel } from '../auth/mechanisms.ts'
import type { Database } from '../database/transaction.ts'
import { isErrorKind, messageOf, PluginError, RequestTimeoutError, TransitionError } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import { redactText } from '../http/redact.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { Log } from '../sdk/log.ts'
import type { ConnectionTestReport } from '../sdk/plugin.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { createConnectionClient } from './connection-client.ts'
import { partSettings } from './connection-schema.ts'
import { type Credentials, type Settings, splitSettings } from './connection-settings.ts'
import { readEnvironments } from './environment-values.ts'
import { findProvider } from './find-provider.ts'
import type { ConnectionGrants } from './grants.ts'
import { keepsGrant } from './keeps-grant.ts'
import { createKnownSecrets } from './known-secrets.ts'
import type { RuntimeConnection } from './load-connections.ts'
import { createPassingMemory } from './passing-memory.ts'
import { type MadeCall, toldCall } from './tested-call.ts'

export type ConnectionTestRequest =
  | { connectionId: string; settings?: undefined }
  /** Not saved yet. With a connection its stored secrets stand in for those that are left out or empty. */
  | { connectionId?: string; provider: string; version?: string; settings: Settings }

export interface ConnectionTestContext {
  database: Database
  catalog: Pick<Catalog, 'provider' | 'providers'>
  dataKeys: DataKeys
  http: HttpSender
  connectTcp: ConnectTcp
  grants: ConnectionGrants
  log: Log
  load(connectionId: string): Promise<RuntimeConnection | undefined>
}

const limitMs = 20_000
const longestNameLength = 200

type Tried = Pick<
  RuntimeConnection,
  'id' | 'name' | 'scope' | 'auth' | 'authValues' | 'settings' | 'secrets' | 'mappings'
>

/** Throws for a connection or a provider that does not exist. */
export async function testConnection(
  context: ConnectionTestContext,
  request: ConnectionTestRequest,
): Promise<ConnectionTestReport> {
  const stored = request.connectionId === undefined ? null : await loadStored(context, request.connectionId)
  if (request.settings === undefined) {
    if (!stored) throw new TransitionError('Cannot test a connection without its id or its settings.')
    if (stored.error) return failed(stored.error, { secrets: stored.secrets.all() })
    const { provider } = findProvider(context.catalog, { identifier: stored.provider, version: stored.providerVersion })
    const memory = context.grants.memoryOf(stored)
    const result = await tryOut(context, { provider, tried: stored, memory })
    if (result.isOk && result.accountName !== null)
      await storeAccountName(context.database, stored.id, result.accountName)
    return result
  }
  const { provider } = findProvider(context.catalog, {
    identifier: request.provider,
    version: request.version ?? stored?.providerVersion ?? null,
  })
  let tried: Tried
  try {
    tried = await unsaved(context, { provider, stored, given: request.settings })
  } catch (error) {
    if (!isErrorKind(error, 'SyncConfigError') && !isErrorKind(error, 'SecretError')) throw error
    return failed(error, { secrets: [] })
  }
  // A token that is stored is used, and renewed where it is stored, only with the settings it was obtained with.
  const before = stored && { ...stored.settings, ...stored.authValues }
  const after = { ...tried.settings, ...tried.authValues }
  const isKept = before !== null && keepsGrant(provider, { before, after, isReconnected: false })
  const memory = stored && isKept ? context.grants.memoryOf(stored) : createPassingMemory()
  return tryOut(context, { provider, tried, memory })
}

async function loadStored({ load }: ConnectionTestContext, connectionId: string): Promise<RuntimeConnection> {
  const connection = await load(connectionId)
  if (connection && connection.state !== 'deleted') return connection
  throw new TransitionError(`Cannot test the connection ${connectionId}: it does not exist.`)
}

async function unsaved(
  { database, dataKeys }: ConnectionTestContext,
  { provider, stored, given }: { provider: ProviderClass; stored: RuntimeConnection | null; given: Settings },
): Promise<Tried> {
  const id = stored?.id ?? '00000000-0000-0000-0000-000000000000'
  const name = stored?.name ?? (provider.displayName || provider.identifier)
  const { rows } = await database.executeSql<{ credentials: Credentials }>(
    `select credentials from ${database.schema}.connection where id = $1`,
    [id],
  )
  const credentials = rows[0]?.credentials ?? {}
  const key = {
    provider: provider.identifier,
    providerVersion: provider.version,
    environment: stored?.environment ?? null,
  }
  const environmentOf = await readEnvironments(database, database.schema, {
    keys: [key],
    openerOf: dataKeys.opener,
  })
  const { parsed, secrets } = splitSettings({
    provider,
    connection: { id, name },
    given,
    stored: credentials,
    environment: environmentOf(key),
    opener: await dataKeys.opener(Object.values(credentials)),
  })
  return {
    id,
    name,
    scope: stored?.scope ?? '',
    auth: provider.auth,
    ...partSettings(provider, parsed),
    secrets: createKnownSecrets([...secrets, ...(stored?.secrets.all() ?? [])]),
    mappings: stored?.mappings ?? provider.defaultMappings,
  }
}

async function tryOut(
  { http, connectTcp, log }: ConnectionTestContext,
  {
    provider: providerClass,
    tried,
    memory,
  }: { provider: ProviderClass; tried: Tried; memory: ReturnType<typeof createPassingMemory> },
): Promise<ConnectionTestReport> {
  const made: MadeCall[] = []
  const calls = () => made.map((call) => toldCall(call, secrets.all()))
  const signal = AbortSignal.timeout(limitMs)
  let provider: OutboundSyncProvider | null = null
  const { id, name, scope, auth, authValues, settings, secrets, mappings } = tried
  const filledIn = auth && accountLabel(auth, authValues)
  try {
    const client = createConnectionClient({
      connection: tried,
      http,
      memory,
      classifyResponse: (response, request) => provider?.classifyResponse?.(response, request),
      onCall: (call, response, purpose) => made.push({ call, response, purpose }),
    })
    const connection = { id, name, scope }
    const instance = new providerClass({ connection, settings, mappings, http: client, connectTcp, log })
    provider = instance
    if (!instance.testConnection) {
      const name = providerClass.displayName || providerClass.identifier
      const message = `${name} cannot be tested: its provider has no test call (testConnection). Nothing was called, so address and credentials may be wrong; the first record that is sent shows it.`
      return { isOk: null, message, code: null, accountName: filledIn, calls: calls() }
    }
    const test: unknown = await Promise.race([instance.testConnection({ signal }), outOfTime(signal)])
    const { message, accountName }: { message?: unknown; accountName?: unknown } = Object(test)
    if (typeof message !== 'string' || message === '') {
      throw new PluginError('testConnection of the provider must say in a sentence what was reached, as { message }.')
    }
    const told = typeof accountName === 'string' ? accountName.trim().slice(0, longestNameLength) : ''
    return {
      isOk: true,
      message: redactText(message, secrets.all()),
      code: null,
      accountName: redactText(told, secrets.all()) || filledIn,
      calls: calls(),
    }
  } catch (error) {
    return { ...failed(error, { secrets: secrets.all(), signal }), calls: calls() }
  } finally {
    await provider?.close().catch((error: unknown) => {
      log.warn({ connection: id, error: messageOf(error) }, 'A provider failed to close')
    })
  }
}

async function outOfTime(signal: AbortSignal): Promise<never> {
  await delay(limitMs, undefined, { signal, ref: false }).catch(() => undefined)
  throw tooLate()
}

const tooLate = () =>
  new RequestTimeoutError(
    `The test was not through after ${limitMs / 1000} seconds. Is the remote reachable from here?`,
  )

function failed(
  error: unknown,
  { secrets, signal }: { secrets: readonly string[]; signal?: AbortSignal },
): ConnectionTestReport {
  const reason = signal?.aborted ? tooLate() : error
  // All of that kind carry a code.
  const code = isErrorKind(reason, 'OutboundSyncError') ? String(Reflect.get(Object(reason), 'code')) : null
  return { isOk: false, message: redactText(messageOf(reason), secrets), code, accountName: null, calls: [] }
}

// No change of the connection: `updated_at` stays.
async function storeAccountName({ schema, executeSql }: Database, id: string, accountName: string): Promise<void> {
  await executeSql(
    `update ${schema}.connection set account_name = $2 where id = $1 and account_name is distinct from $2`,
    [id, accountName.replaceAll('\0', '').toWellFormed()],
  )
}

// The two writes behind `ensure`: a new connection, or an existing one brought to new settings and mappings.
import canonicalize from 'canonicalize'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { isErrorKind, SyncConfigError } from '../errors.ts'
import type { MappingDocument, ObjectMapping } from '../sdk/mapping.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { secretSettings } from '../sdk/secret.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { placeOfCredential } from '../secrets/sealed-columns.ts'
import type { SecretOpener } from '../secrets/secret-box.ts'
import type { ConnectionGate } from './connection-gates.ts'
import { parseMappings, publishMappings } from './connection-mappings.ts'
import { connectionSchema } from './connection-schema.ts'
import { accountKeyOf, type Credentials, parseSettings, type Settings, splitSettings } from './connection-settings.ts'
import { type EnvironmentValues, fillSettings, lockEnvironment, readEnvironments } from './environment-values.ts'
import { changedLeads, secretProblems } from './guard-secrets.ts'
import { keepsGrant } from './keeps-grant.ts'

export interface ConnectionRequest {
  name: string
  scope: string
  settings: Settings
  /** Left out: none for a new connection, else what it has. */
  environment?: string | null | undefined
  actor: string
  /** Whether whoever asks may configure the root scope, as the program itself may; else guard-secrets.ts holds. */
  mayConfigureAll: boolean
}

/** Checks at once; the function it returns seals and writes, and says false when the name was taken meanwhile. */
export async function prepareConnection({
  database,
  dataKeys,
  provider,
  request,
  mappings,
  id,
}: {
  database: Database
  dataKeys: DataKeys
  provider: ProviderClass
  request: ConnectionRequest
  mappings: readonly ObjectMapping[]
  id: string
}): Promise<() => Promise<boolean>> {
  const { schema } = database
  const { name, scope, actor } = request
  const document = parseMappings(mappings, name)
  const key = {
    provider: provider.identifier,
    providerVersion: provider.version,
    environment: request.environment ?? null,
  }
  const splitWith = async (session: SqlSession, opener: SecretOpener, openerOf: DataKeys['opener']) => {
    const environmentOf = await readEnvironments(session, schema, { keys: [key], openerOf })
    const shared = { provider, connection: { id, name }, given: request.settings, stored: {} }
    return splitSettings({ ...shared, environment: environmentOf(key), opener })
  }
  await splitWith(database, await dataKeys.opener([]), dataKeys.opener)
  return () =>
    database.transaction(async (session) => {
      await lockEnvironment(session, key)
      const secretBox = await dataKeys.box(session)
      const split = await splitWith(session, secretBox, async () => secretBox)
      const { rows } = await session.executeSql(
        `insert into ${schema}.connection
           (id, provider, provider_version, scope, name, settings, credentials, account_key, environment)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (provider, scope, name) where state <> 'deleted' do nothing
         returning id`,
        [
          id,
          provider.identifier,
          provider.version,
          scope,
          name,
          JSON.stringify(split.settings),
          JSON.stringify(split.seal(secretBox)),
          accountKeyOf(provider, { id, parsed: split.parsed }),
          key.environment,
        ],
      )
      if (rows.length === 0) return false
      const mappingVersion = await publishMappings(session, schema, { connectionId: id, document, author: actor })
      await writeAuditEntry(session, schema, {
        actor,
        action: 'connection.created',
        scope,
        target: `connection:${id}`,
        before: null,
        after: {
          provider: provider.identifier,
          providerVersion: provider.version,
          name,
          environment: key.environment,
          settings: split.settings,
          credentials: asChanged(split.changedSecrets),
          mappingVersion,
        },
      })
      return true
    })
}

export interface StoredConnection {
  name: string
  provider_version: string
  environment: string | null
  settings: Settings
  credentials: Credentials
  account_key: string
  gate: ConnectionGate
  mapping_version: number | null
}

/** False when the connection was deleted meanwhile. Nothing is written when nothing differs. */
export async function updateConnection({
  database,
  dataKeys,
  provider,
  request,
  mappings,
  id,
}: {
  database: Database
  dataKeys: DataKeys
  provider: ProviderClass
  request: ConnectionRequest
  /** Null leaves them as they are. */
  mappings: MappingDocument | null
  id: string
}): Promise<boolean> {
  const { schema } = database
  const { name, scope, actor } = request
  const version = { provider: provider.identifier, providerVersion: provider.version }
  return database.transaction(async (session) => {
    await lockEnvironment(session, { ...version, environment: request.environment ?? null })
    const { rows } = await session.executeSql<StoredConnection>(
      `select name, provider_version, environment, settings, credentials, account_key, gate,
              (select max(version) from ${schema}.mapping_version m
               where m.connection_id = c.id and published_at is not null) as mapping_version
       from ${schema}.connection c where id = $1 and state <> 'deleted' for no key update of c`,
      [id],
    )
    const [stored] = rows
    if (!stored) return false
    const connection = { id, name }
    const given = request.settings
    const secretBox = await dataKeys.box(session)
    const environment = request.environment === undefined ? stored.environment : request.environment
    const [key, storedKey] = [
      { ...version, environment },
      { ...version, providerVersion: stored.provider_version, environment: stored.environment },
    ]
    const environmentOf = await readEnvironments(session, schema, {
      keys: [key, storedKey],
      openerOf: async () => secretBox,
    })
    const isGuarded = !request.mayConfigureAll
    if (isGuarded) assertMayWrite(provider, { name, stored, given, environment })
    const opened = { provider, connection, opener: secretBox }
    const split = splitSettings({ ...opened, given, stored: stored.credentials, environment: environmentOf(key) })
    const accountKey = accountKeyOf(provider, { id, parsed: split.parsed })
    // Whoever gives the settings again, be they the same, says that the remote will take them now.
    const isReconnected = stored.gate === 'reconnect'
    const isRenamed = stored.name !== name
    const isChanged =
      isReconnected ||
      isRenamed ||
      stored.provider_version !== provider.version ||
      stored.environment !== environment ||
      canonicalize(stored.settings) !== canonicalize(split.settings) ||
      split.changedSecrets.length > 0 ||
      stored.account_key !== accountKey
    if (isChanged) {
      const before = storedSettings({ ...opened, stored, environment: environmentOf(storedKey) })
      const isOneAccount = provider.accountSettings.length === 0 || before !== null
      const isOtherAccount = !isOneAccount || accountKey !== accountKeyOf(provider, { id, parsed: before ?? {} })
      // Also what a person has agreed to must not go where somebody else leads it.
      const isLedElsewhere = isGuarded && changedLeads(provider, { stored: stored.settings, given }).length > 0
      const dropsGrant =
        isLedElsewhere || before === null || !keepsGrant(provider, { before, after: split.parsed, isReconnected })
      await session.executeSql(
        `update ${schema}.connection set
           provider_version = $2, settings = $3, credentials = $4, account_key = $5, environment = $8, name = $9,
           epoch = epoch + case when $6 then 1 else 0 end, updated_at = now(),
           gate_until = case when gate = 'reconnect' then null else gate_until end,
           gate_reason = case when gate = 'reconnect' then null else gate_reason end,
           gate = case when gate = 'reconnect' then 'open' else gate end,
           sealed_grant = case when $7 then null else sealed_grant end,
           grant_expires_at = case when $7 then null else grant_expires_at end,
           grant_revision = grant_revision + case when $7 then 1 else 0 end,
           account_name = case when $7 then null else account_name end
         where id = $1`,
        [
          id,
          provider.version,
          JSON.stringify(split.settings),
          JSON.stringify(split.seal(secretBox)),
          accountKey,
          isOtherAccount,
          dropsGrant,
          environment,
          name,
        ],
      )
    }
    const published =
      mappings && (await publishMappings(session, schema, { connectionId: id, document: mappings, author: actor }))
    if (!isChanged && published === null) return true
    await writeAuditEntry(session, schema, {
      actor,
      action: 'connection.changed',
      scope,
      target: `connection:${id}`,
      before: {
        ...(isRenamed ? { name: stored.name } : {}),
        providerVersion: stored.provider_version,
        environment: stored.environment,
        settings: stored.settings,
        mappingVersion: stored.mapping_version,
        gate: stored.gate,
      },
      after: {
        ...(isRenamed ? { name } : {}),
        providerVersion: provider.version,
        environment,
        settings: split.settings,
        credentials: asChanged(split.changedSecrets),
        mappingVersion: published ?? stored.mapping_version,
        gate: isReconnected ? 'open' : stored.gate,
      },
    })
    return true
  })
}

function assertMayWrite(
  provider: ProviderClass,
  {
    name,
    stored,
    given,
    environment,
  }: { name: string; stored: StoredConnection; given: Settings; environment: string | null },
): void {
  if (environment !== stored.environment) {
    throw new SyncConfigError(
      `The environment of the connection "${name}" is chosen by those who may configure everything: its secrets go to wherever the settings say.`,
    )
  }
  const problems = secretProblems(provider, { stored: stored.settings, given, credentials: stored.credentials })
  if (problems.length === 0) return
  const said = problems.map(({ property, message }) => `${property}: ${message}`).join(' ')
  throw new SyncConfigError(`The settings of the connection "${name}" cannot be saved. ${said}`, { problems })
}

// As this provider version understands them, so that a version which names other account settings does not by itself make
// everything be sent again. Null when that cannot be told: then they count as another account's.
export function storedSettings({
  stored,
  provider,
  connection,
  environment,
  opener,
}: {
  stored: Pick<StoredConnection, 'settings' | 'credentials'>
  provider: ProviderClass
  connection: { id: string; name: string }
  environment: EnvironmentValues
  opener: SecretOpener
}): Settings | null {
  try {
    const secrets = Object.entries(stored.credentials).map(([field, sealed]) => [
      field,
      opener.open(sealed, placeOfCredential(connection.id, field)),
    ])
    const raw = { ...stored.settings, ...Object.fromEntries(secrets) }
    const secretNames = secretSettings(connectionSchema(provider))
    const filled = fillSettings(raw, environment, { connectionName: connection.name, secretNames })
    return parseSettings(provider, filled, connection.name)
  } catch (error) {
    if (isErrorKind(error, 'SyncConfigError') || isErrorKind(error, 'SecretError')) return null
    throw error
  }
}

function asChanged(secrets: readonly string[]): Record<string, 'changed'> {
  return Object.fromEntries(secrets.map((name) => [name, 'changed']))
}

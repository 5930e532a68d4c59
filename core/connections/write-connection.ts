// The two writes behind `ensure`: a new connection, or an existing one brought to new settings and mappings.
import canonicalize from 'canonicalize'
import type { Database } from '../database/transaction.ts'
import { isErrorKind } from '../errors.ts'
import type { MappingDocument, ObjectMapping } from '../sdk/mapping.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { ConnectionGate } from './connection-gates.ts'
import { parseMappings, publishMappings } from './connection-mappings.ts'
import { accountKeyOf, type Credentials, parseSettings, type Settings, splitSettings } from './connection-settings.ts'
import type { DataKeys } from './data-keys.ts'
import { keepsGrant } from './keeps-grant.ts'
import { placeOfCredential } from './sealed-columns.ts'
import type { SecretOpener } from './secret-box.ts'
import { writeAuditEntry } from './write-audit-entry.ts'

export interface ConnectionRequest {
  name: string
  scope: string
  settings: Settings
  actor: string
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
  const split = splitSettings({
    provider,
    connection: { id, name },
    given: request.settings,
    stored: {},
    opener: await dataKeys.opener([]),
  })
  return () =>
    database.transaction(async (session) => {
      const credentials = split.seal(await dataKeys.box(session))
      const { rows } = await session.executeSql(
        `insert into ${schema}.connection
           (id, provider, provider_version, scope, name, settings, credentials, account_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (provider, scope, name) where state <> 'deleted' do nothing
         returning id`,
        [
          id,
          provider.identifier,
          provider.version,
          scope,
          name,
          JSON.stringify(split.settings),
          JSON.stringify(credentials),
          accountKeyOf(provider, { id, parsed: split.parsed }),
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
          settings: split.settings,
          credentials: asChanged(split.changedSecrets),
          mappingVersion,
        },
      })
      return true
    })
}

interface StoredConnection {
  provider_version: string
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
  return database.transaction(async (session) => {
    const { rows } = await session.executeSql<StoredConnection>(
      `select provider_version, settings, credentials, account_key, gate,
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
    const split = splitSettings({ provider, connection, given, stored: stored.credentials, opener: secretBox })
    const accountKey = accountKeyOf(provider, { id, parsed: split.parsed })
    // Whoever gives the settings again, be they the same, says that the remote will take them now.
    const isReconnected = stored.gate === 'reconnect'
    const isChanged =
      isReconnected ||
      stored.provider_version !== provider.version ||
      canonicalize(stored.settings) !== canonicalize(split.settings) ||
      split.changedSecrets.length > 0 ||
      stored.account_key !== accountKey
    if (isChanged) {
      const before = storedSettings({ stored, provider, connection, opener: secretBox })
      const isOneAccount = provider.accountSettings.length === 0 || before !== null
      const isOtherAccount = !isOneAccount || accountKey !== accountKeyOf(provider, { id, parsed: before ?? {} })
      const dropsGrant = before === null || !keepsGrant(provider, { before, after: split.parsed, isReconnected })
      await session.executeSql(
        `update ${schema}.connection set
           provider_version = $2, settings = $3, credentials = $4, account_key = $5,
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
        providerVersion: stored.provider_version,
        settings: stored.settings,
        mappingVersion: stored.mapping_version,
        gate: stored.gate,
      },
      after: {
        providerVersion: provider.version,
        settings: split.settings,
        credentials: asChanged(split.changedSecrets),
        mappingVersion: published ?? stored.mapping_version,
        gate: isReconnected ? 'open' : stored.gate,
      },
    })
    return true
  })
}

// As this provider version understands them, so that a version which names other account settings does not by itself make
// everything be sent again. Null when that cannot be told: then they count as another account's.
function storedSettings({
  stored,
  provider,
  connection,
  opener,
}: {
  stored: StoredConnection
  provider: ProviderClass
  connection: { id: string; name: string }
  opener: SecretOpener
}): Settings | null {
  try {
    const secrets = Object.entries(stored.credentials).map(([field, sealed]) => [
      field,
      opener.open(sealed, placeOfCredential(connection.id, field)),
    ])
    return parseSettings(provider, { ...stored.settings, ...Object.fromEntries(secrets) }, connection.name)
  } catch (error) {
    if (isErrorKind(error, 'SyncConfigError') || isErrorKind(error, 'SecretError')) return null
    throw error
  }
}

function asChanged(secrets: readonly string[]): Record<string, 'changed'> {
  return Object.fromEntries(secrets.map((name) => [name, 'changed']))
}

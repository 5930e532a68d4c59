// Connections as others read them: with their secrets opened for the worker, without them for pages.
import type { Database } from '../database/transaction.ts'
import { isErrorKind, type OutboundSyncError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Auth } from '../sdk/auth.ts'
import type { MappingDocument, ObjectMapping } from '../sdk/mapping.ts'
import { secretSettings } from '../sdk/secret.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { placeOfCredential } from '../secrets/sealed-columns.ts'
import type { SecretOpener } from '../secrets/secret-box.ts'
import { type ConnectionGate, gateInForce } from './connection-gates.ts'
import { parseMappings } from './connection-mappings.ts'
import { connectionSchema, partSettings } from './connection-schema.ts'
import { type Credentials, parseSettings, type Settings } from './connection-settings.ts'
import {
  type EnvironmentKey,
  type EnvironmentValues,
  fillSettings,
  readEnvironments,
  secretsOf,
} from './environment-values.ts'
import { findProvider } from './find-provider.ts'
import { createKnownSecrets, type KnownSecrets } from './known-secrets.ts'
import { type GrantRow, openGrant, type StoredGrant } from './stored-grant.ts'

export const connectionStates = ['draft', 'active', 'disabled', 'deleted'] as const
export type ConnectionState = (typeof connectionStates)[number]

interface ConnectionFacts {
  id: string
  provider: string
  providerVersion: string
  scope: string
  name: string
  /** Whose variables its settings may refer to. */
  environment: string | null
  state: ConnectionState
  /** In force now: what a person or a refused credential closed, else what holds back the whole account. */
  gate: ConnectionGate
  gateUntil: Date | null
  gateReason: string | null
  /** Whose account it is, as the remote told when the connection was tried. */
  accountName: string | null
  /** Links with an older epoch count as never sent. */
  epoch: number
  accountKey: string
  /** Null when nothing was published yet. */
  mappingVersion: number | null
}

/** What the worker sends with. */
export interface RuntimeConnection extends ConnectionFacts {
  /** Another one whenever somebody changes the connection: the time of it, as the database writes it. */
  revision: string
  /** The provider's own: parsed by its schema, secrets opened; empty when there is an error. */
  settings: Settings
  /** What was filled in for the provider's auth mechanism, opened; empty when there is an error. */
  authValues: Settings
  /** What was obtained with the credentials; none when there is an error. */
  storedGrant: StoredGrant
  /** Every opened secret and token, those of the environment too, for keeping them out of logs and history. */
  secrets: KnownSecrets
  /** How its account is signed in to; null also when there is an error. */
  auth: Auth | null
  /** Of the published document, the enabled ones in order. */
  mappings: readonly ObjectMapping[]
  /** Why nothing can be sent: a setting, a mapping or a key is at fault. Its jobs end as `config` with this message. */
  error: OutboundSyncError | null
}

/** What pages show. */
export interface ConnectionSummary extends ConnectionFacts {
  settings: Settings
  /** The settings that are stored sealed. */
  secretNames: readonly string[]
  /** Something was obtained with its credentials: a session, or what somebody has agreed to. */
  hasGrant: boolean
  lastSuccessAt: Date | null
  createdAt: Date
  updatedAt: Date
}

interface ConnectionRow extends GrantRow {
  provider: string
  provider_version: string
  scope: string
  name: string
  environment: string | null
  state: ConnectionState
  gate: ConnectionGate
  gate_until: Date | null
  gate_reason: string | null
  epoch: number
  account_key: string
  account_name: string | null
  settings: Settings
  credentials: Credentials
  last_success_at: Date | null
  created_at: Date
  updated_at: Date
  revision: string
  mapping_version: number | null
  document: unknown
}

const selectConnections = (schema: string): string =>
  `select c.id, c.provider, c.provider_version, c.scope, c.name, c.environment, c.state,
          gate.gate, gate.gate_until, gate.gate_reason,
          c.epoch, c.account_key, c.account_name, c.sealed_grant, c.grant_expires_at,
          c.grant_revision, c.settings, c.credentials, c.last_success_at, c.created_at, c.updated_at,
          c.updated_at::text as revision,
          m.version as mapping_version, m.document
   from ${schema}.connection c
   ${gateInForce(schema)}
   left join lateral (
     select version, document from ${schema}.mapping_version
     where connection_id = c.id and published_at is not null order by version desc limit 1
   ) m on true`

/** One that is at fault carries its error and holds back none of the others. Unknown ids are left out. */
export async function loadRuntimeConnections({
  database,
  catalog,
  dataKeys,
  ids,
}: {
  database: Database
  catalog: Pick<Catalog, 'provider' | 'providers'>
  dataKeys: DataKeys
  ids: readonly string[]
}): Promise<RuntimeConnection[]> {
  if (ids.length === 0) return []
  const { rows } = await database.executeSql<ConnectionRow>(
    `${selectConnections(database.schema)} where c.id = any($1::uuid[])`,
    [ids],
  )
  const opener = await dataKeys.opener(
    rows.flatMap((row) => [...Object.values(row.credentials), row.sealed_grant ?? []].flat()),
  )
  const environmentOf = await readEnvironments(database, database.schema, {
    keys: rows.map(environmentKeyOf),
    openerOf: dataKeys.opener,
  })
  return rows.map((row) =>
    toRuntimeConnection(row, { catalog, opener, environment: environmentOf(environmentKeyOf(row)) }),
  )
}

function toRuntimeConnection(
  row: ConnectionRow,
  {
    catalog,
    opener,
    environment,
  }: { catalog: Pick<Catalog, 'provider' | 'providers'>; opener: SecretOpener; environment: EnvironmentValues },
): RuntimeConnection {
  const secrets: Record<string, string> = {}
  // What stands in the place of a reference is as secret as the setting that refers to it.
  const filled = secretsOf(environment)
  let storedGrant: StoredGrant = { grant: null, revision: row.grant_revision }
  const facts = { ...factsOf(row), revision: row.revision }
  const known = () => createKnownSecrets([...new Set([...Object.values(secrets), ...filled, ...tokensOf(storedGrant)])])
  try {
    for (const [field, sealed] of Object.entries(row.credentials)) {
      secrets[field] = opener.open(sealed, placeOfCredential(row.id, field))
    }
    storedGrant = openGrant(row, opener)
    const { provider } = findProvider(catalog, { identifier: row.provider, version: row.provider_version })
    const whole = fillSettings({ ...row.settings, ...secrets }, environment, {
      connectionName: row.name,
      secretNames: secretSettings(connectionSchema(provider)),
    })
    filled.push(...Object.keys(secrets).map((field) => String(whole[field])))
    return {
      ...facts,
      auth: provider.auth,
      ...partSettings(provider, parseSettings(provider, whole, row.name)),
      storedGrant,
      secrets: known(),
      mappings: parseMappings(row.document ?? [], row.name).filter((mapping) => mapping.isEnabled),
      error: null,
    }
  } catch (error) {
    if (!isErrorKind(error, 'SyncConfigError') && !isErrorKind(error, 'SecretError')) throw error
    return {
      ...facts,
      settings: {},
      authValues: {},
      auth: null,
      storedGrant,
      secrets: known(),
      mappings: [],
      // Both kinds checked above are of this class.
      error: error as OutboundSyncError,
    }
  }
}

function tokensOf({ grant }: StoredGrant): string[] {
  return [grant?.accessToken, grant?.refreshToken].filter((token) => typeof token === 'string')
}
const environmentKeyOf = (row: ConnectionRow): EnvironmentKey => ({
  provider: row.provider,
  providerVersion: row.provider_version,
  environment: row.environment,
})

/** By provider and name; deleted ones are left out. */
export async function listConnections(database: Database): Promise<ConnectionSummary[]> {
  const { rows } = await database.executeSql<ConnectionRow>(
    `${selectConnections(database.schema)} where c.state <> 'deleted' order by c.provider, c.name, c.scope, c.id`,
  )
  return rows.map(toSummary)
}

/** A deleted one is found too: its history is kept for a while. Null when there is none. */
export async function getConnection(
  database: Database,
  id: string,
): Promise<(ConnectionSummary & { mappings: MappingDocument }) | null> {
  // Compared as text, because an id in a URL may be anything.
  const { rows } = await database.executeSql<ConnectionRow>(
    `${selectConnections(database.schema)} where c.id::text = lower($1)`,
    [id],
  )
  const [row] = rows
  return row ? { ...toSummary(row), mappings: parseMappings(row.document ?? [], row.name) } : null
}

function toSummary(row: ConnectionRow): ConnectionSummary {
  return {
    ...factsOf(row),
    settings: row.settings,
    secretNames: Object.keys(row.credentials).sort(),
    hasGrant: row.sealed_grant !== null,
    lastSuccessAt: row.last_success_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function factsOf(row: ConnectionRow): ConnectionFacts {
  return {
    id: row.id,
    provider: row.provider,
    providerVersion: row.provider_version,
    scope: row.scope,
    name: row.name,
    environment: row.environment,
    state: row.state,
    gate: row.gate,
    gateUntil: row.gate_until,
    gateReason: row.gate_reason,
    epoch: row.epoch,
    accountKey: row.account_key,
    accountName: row.account_name,
    mappingVersion: row.mapping_version,
  }
}

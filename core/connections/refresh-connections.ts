// What a changed environment does to the connections that refer to it.
import type { SqlSession } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { accountKeyOf, type Credentials, type Settings } from './connection-settings.ts'
import { type EnvironmentKey, readEnvironments } from './environment-values.ts'
import { storedSettings } from './write-connection.ts'

/**
 * As if their settings had been given again: they are read anew, new credentials are tried, and one whose account is
 * another now has been sent nothing yet. What was obtained with them is dropped, because the variable may name another
 * server, where a token must not go. Where it cannot be told (a variable is missing), the account stays what it was.
 */
export async function refreshConnections(
  session: SqlSession,
  {
    schema,
    catalog,
    dataKeys,
    key,
  }: {
    schema: string
    catalog: Pick<Catalog, 'provider'>
    dataKeys: DataKeys
    key: EnvironmentKey
  },
): Promise<void> {
  const { rows } = await session.executeSql<{ id: string; name: string; settings: Settings; credentials: Credentials }>(
    `select id, name, settings, credentials from ${schema}.connection
     where provider = $1 and provider_version = $2 and environment = $3 and state <> 'deleted'
     order by id for no key update`,
    [key.provider, key.providerVersion, key.environment],
  )
  if (rows.length === 0) return
  const opener = await dataKeys.box(session)
  const environmentOf = await readEnvironments(session, schema, { keys: [key], openerOf: async () => opener })
  const provider = catalog.provider(key.provider, key.providerVersion)?.provider
  const accountKeys = rows.map((stored) => {
    if (!provider) return null
    if (provider.accountSettings.length === 0) return accountKeyOf(provider, { id: stored.id, parsed: {} })
    const parsed = storedSettings({ stored, provider, connection: stored, environment: environmentOf(key), opener })
    return parsed && accountKeyOf(provider, { id: stored.id, parsed })
  })
  await session.executeSql(
    `update ${schema}.connection c set
       updated_at = now(), sealed_grant = null, grant_expires_at = null, grant_revision = grant_revision + 1,
       epoch = epoch + case when given.account_key <> c.account_key then 1 else 0 end,
       account_key = coalesce(given.account_key, c.account_key),
       gate_until = case when gate = 'reconnect' then null else gate_until end,
       gate_reason = case when gate = 'reconnect' then null else gate_reason end,
       gate = case when gate = 'reconnect' then 'open' else gate end
     from unnest($1::uuid[], $2::text[]) as given (id, account_key) where c.id = given.id`,
    [rows.map(({ id }) => id), accountKeys],
  )
}

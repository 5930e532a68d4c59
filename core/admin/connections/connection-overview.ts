// All connections a person may see, each with its counts and how it is doing, those that need somebody first.
import type { Activation } from '../../connections/activation.ts'
import type { Database } from '../../database/transaction.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { User } from '../../sdk/user.ts'
import { scopeWords } from '../scopes.ts'
import { isAgreedTo } from './authorization.ts'
import { type ConnectionCounts, countByConnection, heldCounts } from './connection-counts.ts'
import { type ConnectionRecord, isOpen, loadConnections } from './connection-records.ts'
import { type ConnectionWords, describeConnection } from './connection-words.ts'

export interface ConnectionView extends ConnectionRecord {
  scopeText: string
  counts: ConnectionCounts
  words: ConnectionWords
}

const order: readonly ConnectionWords['tone'][] = ['bad', 'wait', 'busy', 'calm', 'good']

export async function loadConnectionOverview(
  {
    database,
    catalog,
    activation,
    now,
  }: {
    database: Database
    catalog: Pick<Catalog, 'provider'>
    activation: Pick<Activation, 'isAlwaysOn' | 'rows'>
    now: Date
  },
  user: User,
): Promise<readonly ConnectionView[]> {
  const connections = (await loadConnections(database, { schema: database.schema, catalog })).filter(({ scope }) =>
    user.can('view', scope),
  )
  const countById = await countByConnection(
    database,
    connections.map(({ id }) => id),
  )
  const versionOf = ({ provider, providerVersion }: ConnectionRecord) => catalog.provider(provider, providerVersion)
  const pluginOf = (connection: ConnectionRecord): string | undefined => versionOf(connection)?.plugin.name
  const names = new Set(connections.flatMap((connection) => pluginOf(connection) ?? []))
  const switches = new Map(
    await Promise.all([...names].map(async (name) => [name, await activation.rows(name)] as const)),
  )
  const isSwitchedOn = (plugin: string, scope: string): boolean =>
    activation.isAlwaysOn(plugin) ||
    (switches.get(plugin) ?? []).some(
      (one) => one.isActive && (isWithin(one.scope, scope) || isWithin(scope, one.scope)),
    )
  return connections
    .flatMap((connection) => {
      const counted = countById.get(connection.id)
      if (!counted) return []
      const counts = isOpen(connection, now) ? counted : heldCounts(counted)
      const version = versionOf(connection)
      const plugin = version?.plugin.name
      const words = describeConnection(connection, {
        counts,
        isPluginLoaded: plugin !== undefined,
        isSwitchedOn: plugin !== undefined && isSwitchedOn(plugin, connection.scope),
        version: {
          problem: version?.problem ?? null,
          isRetired: version?.state === 'retired',
          isAgreedTo: version !== null && isAgreedTo(version.provider),
        },
        now,
      })
      return [{ ...connection, scopeText: scopeWords(connection.scope), counts, words }]
    })
    .sort((left, right) => order.indexOf(left.words.tone) - order.indexOf(right.words.tone))
}

const isWithin = (outer: string, inner: string): boolean =>
  outer === '' || inner === outer || inner.startsWith(`${outer}/`)

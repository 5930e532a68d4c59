// All connections a person may see, each with its counts and how it is doing, those that need somebody first.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { User } from '../sdk/user.ts'
import { type ConnectionCounts, countByConnection, heldCounts } from './connection-counts.ts'
import { type ConnectionRecord, isOpen, loadConnections } from './connection-records.ts'
import { type ConnectionWords, describeConnection } from './connection-words.ts'
import { scopeWords } from './scopes.ts'

export interface ConnectionView extends ConnectionRecord {
  scopeText: string
  counts: ConnectionCounts
  words: ConnectionWords
}

const order: readonly ConnectionWords['tone'][] = ['bad', 'wait', 'busy', 'calm', 'good']

export async function loadConnectionOverview(
  { database, catalog, now }: { database: Database; catalog: Pick<Catalog, 'provider'>; now: Date },
  user: User,
): Promise<readonly ConnectionView[]> {
  const connections = (await loadConnections(database, { schema: database.schema, catalog })).filter(({ scope }) =>
    user.can('view', scope),
  )
  const countById = await countByConnection(
    database,
    connections.map(({ id }) => id),
  )
  return connections
    .flatMap((connection) => {
      const counted = countById.get(connection.id)
      if (!counted) return []
      const counts = isOpen(connection, now) ? counted : heldCounts(counted)
      const isPluginLoaded = catalog.provider(connection.provider, connection.providerVersion) !== null
      const words = describeConnection(connection, { counts, isPluginLoaded, now })
      return [{ ...connection, scopeText: scopeWords(connection.scope), counts, words }]
    })
    .sort((left, right) => order.indexOf(left.words.tone) - order.indexOf(right.words.tone))
}

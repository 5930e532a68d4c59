// Previews records of a connection with a mapping that need not be published, as an impact does page by page.
import type { Connections } from '../connections/connect.ts'
import { findProvider } from '../connections/find-provider.ts'
import type { Database } from '../database/transaction.ts'
import { TransitionError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import { previewSubjects } from '../sync/preview-subjects.ts'
import type { PreviewSubjects } from './run-dependencies.ts'

export function createPreviewSubjects({
  database,
  catalog,
  connections,
  log,
}: {
  database: Database
  catalog: Pick<Catalog, 'provider' | 'providers' | 'sourceModel' | 'sourceModels' | 'pluginOfModel'>
  connections: Pick<Connections, 'load' | 'objectTypes'>
  log: Log
}): PreviewSubjects {
  return async ({ connectionId, document, subjects, signal }) => {
    // As it is now: somebody may change its settings while the impact is counted.
    const [connection] = await connections.load([connectionId])
    if (!connection) throw new TransitionError('This connection does not exist any more.')
    if (connection.error) throw connection.error
    const { provider: providerClass, plugin } = findProvider(catalog, {
      identifier: connection.provider,
      version: connection.providerVersion,
    })
    // Remembered for a while, so it is no call for each page.
    const { types, problem } = await connections.objectTypes(connectionId)
    if (problem !== null) throw new Error(`the remote did not say what it holds: ${problem}`)
    return previewSubjects({
      ...{ database, connection, providerClass, subjects, log, signal },
      pluginName: plugin.name,
      mappings: document,
      objectTypes: types,
      sourceModel: (name) => catalog.sourceModel(name),
      sourceModels: () => catalog.sourceModels(),
      pluginOfModel: (name) => catalog.pluginOfModel(name),
    })
  }
}

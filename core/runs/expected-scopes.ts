// In which scopes a connection's plugin is switched on, so that records there are expected to be sent.
import { resolveActivation } from '../connections/resolve-activation.ts'
import type { RunDependencies } from './run-dependencies.ts'

export async function expectedScopes(
  { database, catalog, activation }: RunDependencies,
  connectionId: string,
): Promise<(scope: string) => boolean> {
  const { rows } = await database.executeSql<{ provider: string; provider_version: string }>(
    `select provider, provider_version from ${database.schema}.connection where id = $1`,
    [connectionId],
  )
  const [connection] = rows
  const found = connection ? catalog.provider(connection.provider, connection.provider_version) : null
  // A plugin that is not loaded here is loaded elsewhere, or it is broken, which has a page of its own.
  if (!found || found.plugin.level === 'instance') return () => true
  const { level, name } = found.plugin
  const switches = await activation.rows(name)
  const known = new Map<string, boolean>()
  return (scope) => {
    const answer = known.get(scope) ?? resolveActivation({ level, scope, rows: switches })
    known.set(scope, answer)
    return answer
  }
}

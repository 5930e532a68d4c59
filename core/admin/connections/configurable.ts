// The connection that a page is to change: found, of a scope that the reader may configure, and with the provider that it
// is drawn by.
import type { ConnectionSummary, Connections } from '../../connections/connect.ts'
import type { Catalog, CatalogProvider } from '../../registry/catalog.ts'
import { notFound, type PageContext, requirePermission } from '../page-context.ts'
import { isUuid } from './connection-records.ts'

export interface Configurable {
  connection: ConnectionSummary
  /** Null when the plugin is not loaded in the connection's version. */
  found: CatalogProvider | null
  isDraft: boolean
  actor: ReturnType<typeof requirePermission>
}

export async function requireConfigurable(
  ctx: PageContext,
  { catalog, connections }: { catalog: Pick<Catalog, 'provider'>; connections: Pick<Connections, 'list'> },
): Promise<Configurable> {
  const { id } = ctx.params
  if (!isUuid(id)) return notFound(ctx)
  // Those that were deleted are not among them.
  const connection = (await connections.list()).find((one) => one.id === id.toLowerCase()) ?? notFound(ctx)
  const actor = requirePermission(ctx, 'configure', connection.scope)
  return {
    connection,
    found: catalog.provider(connection.provider, connection.providerVersion),
    isDraft: connection.state === 'draft',
    actor,
  }
}

/** A page that needs the provider is not there without it; the words say why. */
export function requireProvider(ctx: PageContext, { connection, found }: Configurable): CatalogProvider {
  if (found) return found
  ctx.throw(
    409,
    `No loaded plugin brings ${connection.provider} ${connection.providerVersion}. Load it again, or move the connection to another version.`,
  )
}

// The connection that a page about its mapping is of: one that is switched on, or was, of a scope that the reader may
// configure; and what all these pages are made with.
import type { Connections } from '../../connections/connect.ts'
import type { Mappings } from '../../connections/mappings.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { Log } from '../../sdk/log.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { type Configurable, requireConfigurable } from '../connections/configurable.ts'
import { loadMappingLabels, type MappingLabels } from '../mapping-labels.ts'
import type { PageContext } from '../page-context.ts'
import type { ShowPage } from '../show-page.ts'

export interface MappingPagesOptions {
  catalog: Catalog
  connections: Pick<Connections, 'list'>
  mappings: Mappings
  show: ShowPage
  log: Log
  basePath: string
}

export interface MappedConnection extends Configurable {
  /** As the provider declares them; none when its plugin is not loaded. */
  objectTypes: readonly ExternalObjectType[]
}

export async function requireMapped(
  ctx: PageContext,
  options: Pick<MappingPagesOptions, 'catalog' | 'connections'>,
): Promise<MappedConnection> {
  const configurable = await requireConfigurable(ctx, options)
  if (configurable.isDraft) {
    const { name } = configurable.connection
    ctx.throw(409, `${name} is not switched on yet. Its first mapping is chosen when it is; then it can be changed.`)
  }
  return { ...configurable, objectTypes: configurable.found?.provider.externalObjectTypes ?? [] }
}

/** What the parts of these documents are called for this connection. */
export function labelsFor(
  { connection, objectTypes }: MappedConnection,
  documents: readonly (MappingDocument | null | undefined)[],
  { catalog, log }: Pick<MappingPagesOptions, 'catalog' | 'log'>,
): Promise<MappingLabels> {
  const mappings = documents.flatMap((document) => document ?? [])
  return loadMappingLabels(mappings, { catalog, scope: connection.scope, objectTypes, log })
}

export const mappingPath = ({ id }: { id: string }, page = ''): string => `/connections/${id}/mappings${page}`

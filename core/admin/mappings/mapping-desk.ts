// The mapping of a connection as its pages work on it: the draft where there is one, else what is in force.
import type { Connections } from '../../connections/connect.ts'
import type { MappingDraft, Mappings, PublishedMapping } from '../../connections/mappings.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { type Configurable, requireConfigurable } from '../connections/configurable.ts'
import { notFound, type PageContext } from '../page-context.ts'

export interface MappingDesk extends Configurable {
  draft: MappingDraft | null
  inForce: PublishedMapping | null
  document: MappingDocument
}

export interface DeskOptions {
  catalog: Catalog
  connections: Pick<Connections, 'list' | 'objectTypes'>
  mappings: Mappings
}

/** Only for those who may configure the connection. */
export async function requireDesk(
  ctx: PageContext,
  { catalog, connections, mappings }: DeskOptions,
): Promise<MappingDesk> {
  const configurable = await requireConfigurable(ctx, { catalog, connections })
  const { id } = configurable.connection
  try {
    const [draft, inForce] = await Promise.all([mappings.draft(id), mappings.published(id)])
    return { ...configurable, draft, inForce, document: draft?.document ?? inForce?.document ?? [] }
  } catch (error) {
    if (!isErrorKind(error, 'SyncConfigError')) throw error
    ctx.throw(409, messageOf(error))
  }
}

export function requireMapping(
  ctx: PageContext,
  { document }: MappingDesk,
  key: string,
): { mapping: MappingDocument[number]; index: number } {
  const index = document.findIndex((one) => one.key === key)
  const mapping = document[index]
  if (mapping) return { mapping, index }
  notFound(ctx, 'This mapping is not there any more. Somebody may have removed it from the draft.')
}

/** What a change has to name; null when there is no draft yet. */
export const revisionOf = ({ draft }: MappingDesk): number | null => draft?.revision ?? null

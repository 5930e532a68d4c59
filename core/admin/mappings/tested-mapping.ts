// What the tests of a connection are judged by: the draft of its mapping, or where there is none what is in force; and the
// provider version that would send. `?by=force` looks at what is in force beside a draft, `?version=` at another version,
// with which it is sent once the connection was moved.

import type { Connections } from '../../connections/connect.ts'
import type { MappingTests } from '../../connections/mapping-tests.ts'
import type { Mappings } from '../../connections/mappings.ts'
import type { Catalog, CatalogProvider } from '../../registry/catalog.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { type Configurable, requireConfigurable } from '../connections/configurable.ts'
import { queryFields } from '../form-fields.ts'
import type { PageContext } from '../page-context.ts'

export interface TestedMapping extends Configurable {
  document: MappingDocument
  /** "the draft that Ann has changed", "version 3, which is in force". */
  judgedBy: string
  /** Null when no loaded plugin brings it, or it cannot be used. */
  version: CatalogProvider | null
  /** Not the version that the connection is on. */
  isOtherVersion: boolean
  /** A draft that is passed over. */
  hasOtherDraft: boolean
  /** What is looked at is what will be in force next, so it can be accepted. */
  canAccept: boolean
  /** To be added to every link that goes on looking at the same. */
  query: Readonly<Record<string, string>>
}

export async function requireTestedMapping(
  ctx: PageContext,
  options: {
    catalog: Pick<Catalog, 'provider'>
    connections: Pick<Connections, 'list'>
    mappings: Pick<Mappings, 'draft' | 'published'>
    mappingTests: Pick<MappingTests, 'list'>
  },
): Promise<TestedMapping> {
  const configurable = await requireConfigurable(ctx, options)
  const { connection, found } = configurable
  const { version: wanted = '', by = '' } = queryFields(ctx)
  const isOtherVersion = wanted !== '' && wanted !== connection.providerVersion
  const version = isOtherVersion
    ? (options.catalog.provider(connection.provider, wanted) ??
      ctx.throw(404, `Version ${wanted.slice(0, 50)} of this provider is not loaded.`))
    : found
  const isInForce = isOtherVersion || by === 'force'
  const { mappings } = options
  const known = await mappings.draft(connection.id)
  const draft = isInForce ? null : known
  const published = draft ? null : await mappings.published(connection.id)
  return {
    ...configurable,
    document: (draft ?? published)?.document ?? [],
    judgedBy: draft
      ? `the draft that ${draft.author} has changed`
      : published
        ? `version ${published.version}, which is in force`
        : 'no mapping: none is published yet',
    version: version && !version.problem ? version : null,
    isOtherVersion,
    hasOtherDraft: isInForce && known !== null,
    canAccept: !isOtherVersion && !(isInForce && known !== null),
    query: isOtherVersion ? { version: wanted } : isInForce ? { by: 'force' } : {},
  }
}

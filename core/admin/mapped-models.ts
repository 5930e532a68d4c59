// Which kinds of records a connection's published mapping begins at: what a backfill has any use for. A connection without
// a mapping may have a provider that decides itself what it sends, so of it nothing is said.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { mappingDocumentSchema } from '../sdk/mapping.ts'

/** The names of root models by connection; none for a connection without a mapping. */
export async function loadMappedModels(
  { schema, executeSql }: Database,
  { catalog, connectionIds }: { catalog: Pick<Catalog, 'sourceModelOf'>; connectionIds: readonly string[] },
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await executeSql<{ connection_id: string; document: unknown }>(
    `select distinct on (connection_id) connection_id, document from ${schema}.mapping_version
     where connection_id = any($1::uuid[]) and published_at is not null order by connection_id, version desc`,
    [connectionIds],
  )
  return new Map(
    rows.flatMap(({ connection_id: id, document }) => {
      const parsed = mappingDocumentSchema.safeParse(document)
      if (!parsed.success || parsed.data.length === 0) return []
      const used = parsed.data.filter(({ isEnabled }) => isEnabled)
      return [[id, new Set(used.flatMap(({ sourceModel }) => catalog.sourceModelOf(sourceModel)?.name ?? []))] as const]
    }),
  )
}

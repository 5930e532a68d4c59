// The mapping that a connection in the making was copied with, translated from the scope that it came from. Done whenever
// somebody looks, so that it finds the questions that the new scope has by then.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { copyMapping, type MappingCopy } from './copy-mapping.ts'
import type { Mappings } from './mappings.ts'

export interface CopiedDraft extends MappingCopy {
  /** The scope that it was copied from. */
  from: string
}

/** Null for a connection that was not copied, or without a mapping. */
export async function loadCopiedDraft(
  {
    database,
    catalog,
    mappings,
  }: { database: Database; catalog: Pick<Catalog, 'sourceModels'>; mappings: Pick<Mappings, 'draft'> },
  connection: { id: string; provider: string; scope: string },
): Promise<CopiedDraft | null> {
  const { rows } = await database.executeSql<{ copied_from: string | null }>(
    `select copied_from from ${database.schema}.connection where id = $1`,
    [connection.id],
  )
  const from = rows[0]?.copied_from ?? null
  const draft = from === null ? null : await mappings.draft(connection.id)
  if (from === null || !draft) return null
  const { provider, scope } = connection
  const copy = await copyMapping(catalog, {
    document: draft.document,
    from: { provider, scope: from },
    to: { provider, scope, objectTypes: [] },
  })
  return { ...copy, from }
}

// A source model without nested records: one statement loads a batch, one keyset pages and counts. Products, categories and
// customers differ only in what they declare.
import type {
  SourceField,
  SourceFilter,
  SourceFilterField,
  SourceModel,
  SourceRecord,
} from '../../../core/sdk/index.ts'
import { parseScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { type Keyset, readCount, readPage, recordIds } from './keyset.ts'

export interface CatalogueModel<Row> {
  name: string
  label: string
  labelPlural: string
  inputs: readonly string[]
  filters: readonly SourceFilterField[]
  fields: readonly SourceField[]
  /** SQL; $1 are the ids, $2 and $3 the organizer and the event of the scope, or null. */
  statement: string
  toRecord(row: Row): Omit<SourceRecord, 'nested'>
  keyset(filter: SourceFilter, scope: string): Keyset
}

export function createCatalogueModel<Row>(
  database: ShopDatabase,
  { fields, statement, toRecord, keyset, ...declaration }: CatalogueModel<Row>,
): SourceModel {
  return {
    ...declaration,
    nested: {},
    hasFixedFields: true,
    fields: async (model) => (model === declaration.name ? fields : []),
    async load(ids, { scope, signal }) {
      signal.throwIfAborted()
      const { organizer, event } = parseScope(scope)
      const rows = await database.select<Row>(statement, [recordIds(ids), organizer, event])
      return rows.map((row) => ({ ...toRecord(row), nested: {} }))
    },
    async page(after, filter, { scope, limit, signal }) {
      signal.throwIfAborted()
      return readPage(database, keyset(filter, scope), { after, limit })
    },
    async count(filter, { scope, signal }) {
      signal.throwIfAborted()
      return readCount(database, keyset(filter, scope))
    },
  }
}

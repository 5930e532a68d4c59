// One statement through kysely's executeQuery(), which takes SQL that is compiled already. For kysely itself and for data
// layers that bring it.
import { statementName } from './transaction.ts'

export interface RunsCompiledQueries {
  /** The type of a query differs by kysely's version; what executeQuery() reads of one is `CompiledQuery`. */
  executeQuery(query: object): Promise<{ rows: unknown[] }>
}

interface CompiledQuery {
  sql: string
  parameters: readonly unknown[]
  query: { kind: 'RawNode'; sqlFragments: readonly string[]; parameters: readonly never[] }
  queryId: { queryId: string }
}

export async function runCompiledQuery(
  kysely: RunsCompiledQueries,
  text: string,
  values: readonly unknown[],
): Promise<{ rows: Record<string, unknown>[] }> {
  const query: CompiledQuery = {
    sql: text,
    parameters: values,
    query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
    queryId: { queryId: statementName(text) },
  }
  const result = await kysely.executeQuery(query)
  // PostgreSQL rows are objects keyed by column.
  return { rows: result.rows as Record<string, unknown>[] }
}

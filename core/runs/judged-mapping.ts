// What an impact judges: the mapping document as it was when the count was asked for, and the kinds of records.
import { parseMappings } from '../connections/connection-mappings.ts'
import type { SqlSession } from '../database/transaction.ts'
import type { MappingDocument } from '../sdk/mapping.ts'

export interface JudgedMapping {
  document: MappingDocument
  models: readonly string[]
  /** Only so many of each kind; null for all. */
  newestCount: number | null
}

export async function loadJudgedMapping(session: SqlSession, schema: string, runId: string): Promise<JudgedMapping> {
  const { rows } = await session.executeSql<{
    name: string
    document: unknown
    models: string[]
    newest_count: number | null
  }>(
    `select c.name, impact.document, impact.models, impact.newest_count
     from ${schema}.impact join ${schema}.sync_run run on run.id = impact.run_id
     join ${schema}.connection c on c.id = run.connection_id
     where impact.run_id = $1`,
    [runId],
  )
  const [row] = rows
  if (!row) throw new Error(`The impact ${runId} is gone, and its connection with it.`)
  return { document: parseMappings(row.document, row.name), models: row.models, newestCount: row.newest_count }
}

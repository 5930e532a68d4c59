// What a run noted of single records, written with the page in which it read them.
import { toStoredJson } from '../database/stored-json.ts'
import type { SqlSession } from '../database/transaction.ts'

export interface NotedRecord {
  id: string
  outcome: string
  message: string | null
}

/** A record that was listed on two pages has one entry, the later one. */
export async function writeEntries(
  session: SqlSession,
  schema: string,
  {
    runId,
    model,
    entries,
    scopeById,
  }: { runId: string; model: string; entries: readonly NotedRecord[]; scopeById: ReadonlyMap<string, string> },
): Promise<void> {
  if (entries.length === 0) return
  await session.executeSql(
    `insert into ${schema}.run_entry (run_id, source_model, source_id, scope, outcome, message)
     select $1::uuid, $2, id, scope, outcome, message
     from json_to_recordset($3::json) as entry (id text, scope text, outcome text, message text)
     on conflict (run_id, source_model, source_id, stream, phase) do update set
       outcome = excluded.outcome, message = excluded.message, at = now()`,
    [runId, model, toStoredJson(entries.map((entry) => ({ ...entry, scope: scopeById.get(entry.id) })))],
  )
}

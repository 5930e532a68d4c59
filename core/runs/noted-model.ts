// The records that another run has noted with certain outcomes (those that an audit found missing, or an impact affected),
// read page by page as a source model gives its records: so a backfill of them is an ordinary one, with its first ten, its
// pauses and its report.
import type { SqlSession } from '../database/transaction.ts'
import type { SourceModel } from '../sdk/source-model.ts'

export function notedModel(
  database: SqlSession & { schema: string },
  { model, runId, outcomes }: { model: SourceModel; runId: string; outcomes: readonly string[] },
): SourceModel {
  const entries = `${database.schema}.run_entry where run_id = $1 and source_model = $2 and outcome = any($3::text[])`
  const values = [runId, model.name, outcomes]
  return {
    ...model,
    async page(after, _filter, { limit }) {
      const { rows } = await database.executeSql<{ id: string; scope: string }>(
        `select source_id as id, scope from ${entries} and source_id > $4 order by source_id limit $5`,
        [...values, after ?? '', limit],
      )
      return { records: rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) }
    },
    async count() {
      const { rows } = await database.executeSql<{ count: number }>(
        `select count(*)::int as count from ${entries}`,
        values,
      )
      return rows[0]?.count ?? 0
    },
  }
}

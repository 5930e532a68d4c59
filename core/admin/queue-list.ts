// The query behind the sync queue: one row a line, newest first, paged by key. Cheap conditions pick candidate rows in the
// order of their ids; only those few are then asked whether another row of their line stands for it, and joined to the rest.
import type { Database } from '../database/transaction.ts'
import { type LineSelection, lineFilterSql, lineFilterValues } from '../queue/line-filters.ts'
import { type Line, type LineRow, lineColumns, lineJoins, toLine } from './lines.ts'

export interface QueueQuery extends LineSelection {
  /** Lines older than this row. */
  before: string | null
}

export const queuePageSize = 50

// More rows than lines fit on a page, because several rows may be one line. A page that still comes out short is filled by
// asking again, a few times at most: a line with thousands of rows must not keep the reader waiting.
const candidateCount = queuePageSize * 8
const maxRounds = 5

export async function listQueue(
  database: Database,
  query: QueueQuery,
): Promise<{ lines: readonly Line[]; nextBefore: string | null }> {
  const found: LineRow[] = []
  let before = query.before
  for (let round = 0; round < maxRounds && found.length <= queuePageSize; round++) {
    const { rows, lastCandidate } = await loadRound(database, { ...query, before })
    found.push(...rows)
    before = lastCandidate
    if (lastCandidate === null) break
  }
  const page = found.slice(0, queuePageSize)
  const hasMore = found.length > queuePageSize
  return { lines: page.map(toLine), nextBefore: hasMore ? (page.at(-1)?.cursor ?? null) : before }
}

async function loadRound(
  database: Database,
  query: QueueQuery,
): Promise<{ rows: readonly LineRow[]; lastCandidate: string | null }> {
  const { schema } = database
  const { from, where, isOutranked } = lineFilterSql(schema, query)
  const { rows } = await database.executeSql<(LineRow | { cursor: null }) & { last_candidate: string | null }>(
    `with candidate as materialized (
       select j.id, j.connection_id, j.source_model, j.source_id, j.stream, j.scope
       from ${from}
       where ${where} and ($7::bigint is null or j.id < $7)
       order by j.id desc
       limit $8
     ),
     standing as materialized (
       select j.* from candidate j
       where not ${isOutranked}
       order by j.id desc
       limit $9
     )
     select last.last_candidate, found.*
     from (select case when count(*) = $8 then min(id)::text end as last_candidate from candidate) last
     left join (select ${lineColumns} from standing j ${lineJoins(schema)}) found on true
     order by found.cursor::bigint desc`,
    [...lineFilterValues(query), query.before, candidateCount, queuePageSize + 1],
  )
  return {
    rows: rows.flatMap((found) => (found.cursor === null ? [] : found)),
    lastCandidate: rows[0]?.last_candidate ?? null,
  }
}

// The query behind the sync queue: one row a line, newest first, paged by key. Cheap conditions pick candidate rows in the
// order of their ids; only those few are then asked whether another row of their line stands for it, and joined to the rest.
import type { Database } from '../database/transaction.ts'
import type { Subject } from '../sdk/signals.ts'
import { type Line, type LineRow, lineColumns, lineJoins, toLine } from './lines.ts'

export const queueFilters = ['needs_attention', 'retrying', 'waiting', 'held', 'in_flight', 'submitted'] as const
export type QueueFilter = (typeof queueFilters)[number]

export interface QueueQuery {
  filter: QueueFilter | null
  connectionId: string | null
  /** Null: no search. */
  subjects: readonly Subject[] | null
  /** Null: all. */
  scopes: readonly string[] | null
  /** Lines older than this row. */
  before: string | null
}

export const queuePageSize = 50

// The rows that stand for a line (`row`), and the rows `o` of the same line that would stand for it instead.
const conditions: Readonly<Record<QueueFilter | 'all', { row: string; outranks: string }>> = {
  all: { row: 'true', outranks: 'o.id > j.id' },
  in_flight: { row: `j.state = 'in_flight'`, outranks: `o.state = 'in_flight' and o.id > j.id` },
  submitted: {
    row: `j.state = 'submitted'`,
    outranks: `(o.state = 'in_flight' or (o.state = 'submitted' and o.id > j.id))`,
  },
  retrying: {
    row: `j.state = 'waiting' and j.failed_attempts > 0 and ${isOpen('c')}`,
    outranks: `(o.state in ('in_flight', 'submitted') or (o.state = 'waiting' and o.failed_attempts > 0 and o.id > j.id))`,
  },
  waiting: {
    row: `j.state = 'waiting' and j.failed_attempts = 0 and ${isOpen('c')}`,
    outranks: `(o.state in ('in_flight', 'submitted') or (o.state = 'waiting' and (o.failed_attempts > 0 or o.id > j.id)))`,
  },
  held: {
    row: `j.state = 'waiting' and not ${isOpen('c')}`,
    outranks: `(o.state in ('in_flight', 'submitted') or (o.state = 'waiting' and o.id > j.id))`,
  },
  needs_attention: {
    row: `j.state = 'needs_attention'`,
    outranks: `(o.state <> 'needs_attention' or o.id > j.id)`,
  },
}

function isOpen(connection: string): string {
  return `(${connection}.state = 'active'
    and (${connection}.gate = 'open' or coalesce(${connection}.gate_until <= now(), false)))`
}

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

// A search begins at the few records it is for; as a mere condition every row would be asked.
const wanted = '(select distinct * from unnest($6::text[], $7::text[]) as named (source_model, source_id)) wanted join'

async function loadRound(
  database: Database,
  query: QueueQuery,
): Promise<{ rows: readonly LineRow[]; lastCandidate: string | null }> {
  const { row, outranks } = conditions[query.filter ?? 'all']
  const { schema } = database
  const { rows } = await database.executeSql<(LineRow | { cursor: null }) & { last_candidate: string | null }>(
    `with candidate as materialized (
       select j.id, j.connection_id, j.source_model, j.source_id, j.stream, j.scope
       from ${query.subjects ? wanted : ''} ${schema}.sync_job j ${query.subjects ? 'using (source_model, source_id)' : ''}
       join ${schema}.connection c on c.id = j.connection_id
       where ${row} and c.state <> 'deleted'
         and ($1::uuid is null or j.connection_id = $1)
         and ($2::text[] is null or j.scope = any($2))
         and ($3::bigint is null or j.id < $3)
       order by j.id desc
       limit $4
     ),
     standing as materialized (
       select j.* from candidate j
       where not exists (
         select from ${schema}.sync_job o
         where o.connection_id = j.connection_id and o.source_model = j.source_model and o.source_id = j.source_id
           and o.stream = j.stream and o.id <> j.id and ${outranks}
       )
       order by j.id desc
       limit $5
     )
     select last.last_candidate, found.*
     from (select case when count(*) = $4 then min(id)::text end as last_candidate from candidate) last
     left join (select ${lineColumns} from standing j ${lineJoins(schema)}) found on true
     order by found.cursor::bigint desc`,
    [
      query.connectionId,
      query.scopes,
      query.before,
      candidateCount,
      queuePageSize + 1,
      ...(query.subjects ? [query.subjects.map(({ model }) => model), query.subjects.map(({ id }) => id)] : []),
    ],
  )
  return {
    rows: rows.flatMap((found) => (found.cursor === null ? [] : found)),
    lastCandidate: rows[0]?.last_candidate ?? null,
  }
}

// Which lines of the queue a person means: by the state of the row that leads a line, by reason, connection, scope and
// record. One place for the list of the queue, for "how many match", and for the bulk runs over all that match.
import { gateInForce } from '../connections/connection-gates.ts'
import type { SqlSession } from '../database/transaction.ts'
import type { Subject } from '../sdk/signals.ts'
import type { AttentionReason } from './job-states.ts'

export const lineFilters = ['needs_attention', 'retrying', 'waiting', 'held', 'in_flight', 'submitted'] as const
export type LineFilter = (typeof lineFilters)[number]

export interface LineSelection {
  filter: LineFilter | null
  /** Only lines that need attention for this reason. */
  reason: AttentionReason | null
  connectionId: string | null
  /** Lines at this scope or below it. */
  scope: string
  /** Exactly these scopes, for people who may not see all. Null: all. */
  scopes: readonly string[] | null
  /** Null: no search. */
  subjects: readonly Subject[] | null
}

// The rows that stand for a line (`row`), and the rows `o` of the same line that would stand for it instead.
const conditions: Readonly<Record<LineFilter | 'all', { row: string; outranks: string }>> = {
  all: { row: 'true', outranks: 'o.id > j.id' },
  in_flight: { row: `j.state = 'in_flight'`, outranks: `o.state = 'in_flight' and o.id > j.id` },
  submitted: {
    row: `j.state = 'submitted'`,
    outranks: `(o.state = 'in_flight' or (o.state = 'submitted' and o.id > j.id))`,
  },
  retrying: {
    row: `j.state = 'waiting' and j.failed_attempts > 0 and c.is_open`,
    outranks: `(o.state in ('in_flight', 'submitted') or (o.state = 'waiting' and o.failed_attempts > 0 and o.id > j.id))`,
  },
  waiting: {
    row: `j.state = 'waiting' and j.failed_attempts = 0 and c.is_open`,
    outranks: `(o.state in ('in_flight', 'submitted') or (o.state = 'waiting' and (o.failed_attempts > 0 or o.id > j.id)))`,
  },
  held: {
    row: `j.state = 'waiting' and not c.is_open`,
    outranks: `(o.state in ('in_flight', 'submitted') or (o.state = 'waiting' and o.id > j.id))`,
  },
  needs_attention: {
    row: `j.state = 'needs_attention'`,
    outranks: `(o.state <> 'needs_attention' or o.id > j.id)`,
  },
}

/**
 * The parts of a query over the rows `j` that may stand for a line, with the parameters $1 to $6 of
 * lineFilterValues. `from` joins the connection as `c`, its gates judged once and not
 * once a row.
 */
export function lineFilterSql(
  schema: string,
  { filter, subjects }: Pick<LineSelection, 'filter' | 'subjects'>,
): { from: string; where: string; isOutranked: string } {
  const { row, outranks } = conditions[filter ?? 'all']
  // A search begins at the few records it is for; as a mere condition every row would be asked.
  const wanted =
    '(select distinct * from unnest($5::text[], $6::text[]) as named (source_model, source_id)) wanted join'
  return {
    from: `${subjects ? wanted : ''} ${schema}.sync_job j ${subjects ? 'using (source_model, source_id)' : ''}
       join (
         select c.id, c.state = 'active' and gate.gate = 'open' as is_open
         from ${schema}.connection c ${gateInForce(schema)}
         where c.state <> 'deleted' offset 0
       ) c on c.id = j.connection_id`,
    where: `${row}
         and ($1::uuid is null or j.connection_id = $1)
         and ($2::text[] is null or j.scope = any($2))
         and ($3 = '' or j.scope = $3 or starts_with(j.scope, $3 || '/'))
         and ($4::text is null or j.reason = $4)
         ${subjects ? '' : 'and $5::text[] is null and $6::text[] is null'}`,
    isOutranked: `exists (
         select from ${schema}.sync_job o
         where o.connection_id = j.connection_id and o.source_model = j.source_model and o.source_id = j.source_id
           and o.stream = j.stream and o.id <> j.id and ${outranks})`,
  }
}

export function lineFilterValues({ connectionId, scopes, scope, reason, subjects }: LineSelection): readonly unknown[] {
  return [
    connectionId,
    scopes,
    scope,
    reason,
    subjects?.map(({ model }) => model) ?? null,
    subjects?.map(({ id }) => id) ?? null,
  ]
}

/** How many lines match, counted up to the limit. */
export async function countLines(
  session: SqlSession,
  schema: string,
  { selection, limit }: { selection: LineSelection; limit: number },
): Promise<number> {
  const { from, where, isOutranked } = lineFilterSql(schema, selection)
  const { rows } = await session.executeSql<{ count: number }>(
    `select count(*)::int as count from (
       select from ${from} where ${where} and not ${isOutranked} limit $7
     ) line`,
    [...lineFilterValues(selection), limit],
  )
  return rows[0]?.count ?? 0
}

/**
 * A query for the newest lines that match, up to $8 of them and none that came in after the row $7: the id of the oldest
 * row of each, which names the line as long as it is open, for the claim merges the others into it.
 */
export function matchingLinesSql(
  schema: string,
  selection: LineSelection,
): { text: string; values: readonly unknown[] } {
  const { from, where, isOutranked } = lineFilterSql(schema, selection)
  return {
    text: `
      select oldest.id from (
        select j.connection_id, j.source_model, j.source_id, j.stream
        from ${from} where ${where} and not ${isOutranked} and j.id <= $7::bigint
        order by j.id desc limit $8
      ) matched
      cross join lateral (
        select s.id from ${schema}.sync_job s
        where s.connection_id = matched.connection_id and s.source_model = matched.source_model
          and s.source_id = matched.source_id and s.stream = matched.stream
        order by s.id limit 1) oldest`,
    values: lineFilterValues(selection),
  }
}

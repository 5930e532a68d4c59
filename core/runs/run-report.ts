// What has become of a run, counted from its entries at the moment of asking: the entries are written in the transaction
// that ends the job, so the figures are never ahead of the work nor behind it.
import type { SqlSession } from '../database/transaction.ts'
import { attentionReasons } from '../queue/job-states.ts'
import type { RunReport } from '../sdk/plugin.ts'
import type { SourceFilter } from '../sdk/source-model.ts'
import type { RunState } from './run-states.ts'

export interface RunSummary extends RunReport {
  connectionId: string
  sourceModel: string
  scope: string
  filter: SourceFilter
  actor: string
  /** Subjects put into the queue so far. */
  enqueuedCount: number
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

interface RunRow {
  id: string
  connection_id: string
  source_model: string
  scope: string
  filter: SourceFilter
  state: RunState
  reason: string | null
  actor: string
  total_count: number
  enqueued_count: number
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
  done_count: number
  succeeded_count: number
  nothing_to_do_count: number
  failed_count: number
  created_objects: number
  updated_objects: number
  unchanged_objects: number
  skipped_objects: number
  failed_objects: number
}

/** Newest first. */
export async function loadRunSummaries(
  session: SqlSession,
  schema: string,
  { runId, connectionId, limit }: { runId?: string; connectionId?: string; limit: number },
): Promise<RunSummary[]> {
  const { rows } = await session.executeSql<RunRow>(
    `with run as (
       select * from ${schema}.sync_run
       where mode = 'backfill' and ($1::text is null or id::text = lower($1))
         and ($2::text is null or connection_id::text = lower($2))
       order by created_at desc, id limit $3
     )
     select run.id, connection_id, source_model, scope, filter, state, reason, actor, total_count, enqueued_count,
            created_at, started_at, finished_at, ended.*
     from run
     cross join lateral (
       select count(*)::int as done_count,
              count(*) filter (where outcome = 'succeeded')::int as succeeded_count,
              count(*) filter (where outcome = 'nothing_to_do')::int as nothing_to_do_count,
              count(*) filter (where outcome = any($4::text[]))::int as failed_count,
              coalesce(sum(created_count), 0)::int as created_objects,
              coalesce(sum(updated_count), 0)::int as updated_objects,
              coalesce(sum(entry.nothing_to_do_count), 0)::int as unchanged_objects,
              coalesce(sum(skipped_count), 0)::int as skipped_objects,
              coalesce(sum(entry.failed_count), 0)::int as failed_objects
       from ${schema}.run_entry entry where entry.run_id = run.id
     ) ended
     order by created_at desc, run.id`,
    [runId ?? null, connectionId ?? null, limit, attentionReasons],
  )
  return rows.map(toSummary)
}

function toSummary(row: RunRow): RunSummary {
  return {
    id: row.id,
    state: row.state,
    totalCount: row.total_count,
    doneCount: row.done_count,
    succeededCount: row.succeeded_count,
    nothingToDoCount: row.nothing_to_do_count,
    // Also canceled, gone and the like: ended as wished, and nothing was sent.
    skippedCount: row.done_count - row.succeeded_count - row.nothing_to_do_count - row.failed_count,
    failedCount: row.failed_count,
    objects: {
      created: row.created_objects,
      updated: row.updated_objects,
      nothingToDo: row.unchanged_objects,
      skipped: row.skipped_objects,
      failed: row.failed_objects,
    },
    reason: row.reason,
    connectionId: row.connection_id,
    sourceModel: row.source_model,
    scope: row.scope,
    filter: row.filter,
    actor: row.actor,
    enqueuedCount: row.enqueued_count,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

// What an impact has counted, of which mapping, and whether that is still the mapping in question: the draft may have been
// changed, published or discarded since.
import canonicalize from 'canonicalize'
import type { SqlSession } from '../database/transaction.ts'
import { mappingDocumentSchema } from '../sdk/mapping.ts'
import { impactCheckpointSchema } from './checkpoint.ts'
import { countAffected, countChecked, type ImpactFigures } from './impact-figures.ts'
import type { RunState } from './run-states.ts'

export type ResyncChoice = 'now' | 'later' | 'never'

export interface ImpactReport {
  runId: string
  connectionId: string
  connectionName: string
  scope: string
  state: RunState
  reason: string | null
  actor: string
  /** Records that are looked at in all. */
  totalCount: number
  checkedCount: number
  figures: ImpactFigures
  /** Records that sending would change something of. */
  affectedCount: number
  /** The kinds of records. */
  models: readonly string[]
  /** Only so many of the newest of each kind; null for all. */
  newestCount: number | null
  /** A draft was judged, and not what was in force already. */
  isOfDraft: boolean
  /** What was judged is the draft as it is now. */
  isDraftNow: boolean
  /** What was judged is in force now. */
  isInForce: boolean
  /** Somebody has a draft now. */
  hasDraft: boolean
  resync: ResyncChoice | null
  resyncActor: string | null
  resyncAt: Date | null
  /** The affected records can be sent from here: what was judged is in force, and nobody has sent them or said never. */
  isResyncOpen: boolean
  /** The backfills that send them, one for each kind of record. */
  resyncRuns: readonly { id: string; sourceModel: string }[]
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

interface Row {
  id: string
  connection_id: string
  connection_name: string
  scope: string
  state: RunState
  reason: string | null
  actor: string
  total_count: number
  checkpoint: unknown
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
  draft_revision: number | null
  document: unknown
  models: string[]
  newest_count: number | null
  resync: ResyncChoice | null
  resync_actor: string | null
  resync_at: Date | null
  draft_document: unknown
  published_document: unknown
  is_newest: boolean
  resync_runs: { id: string; sourceModel: string }[]
}

const select = (schema: string): string => `
  select run.id, run.connection_id, c.name as connection_name, run.scope, run.state, run.reason, run.actor,
         run.total_count, run.checkpoint, run.created_at, run.started_at, run.finished_at,
         impact.draft_revision, impact.document, impact.models, impact.newest_count,
         impact.resync, impact.resync_actor, impact.resync_at,
         draft.document as draft_document, published.document as published_document,
         not exists (
           select from ${schema}.sync_run newer
           where newer.connection_id = run.connection_id and newer.mode = 'impact' and newer.created_at > run.created_at
         ) as is_newest,
         array(
           select json_build_object('id', sender.id, 'sourceModel', sender.source_model)
           from ${schema}.sync_run sender where sender.impact_run_id = run.id order by sender.created_at, sender.source_model
         ) as resync_runs
  from ${schema}.sync_run run
  join ${schema}.impact on impact.run_id = run.id
  join ${schema}.connection c on c.id = run.connection_id
  left join ${schema}.mapping_draft draft on draft.connection_id = c.id
  left join lateral (
    select document from ${schema}.mapping_version
    where connection_id = c.id and published_at is not null order by version desc limit 1
  ) published on true`

/** Null when there is no such impact. */
export async function loadImpactReport(
  session: SqlSession,
  schema: string,
  runId: string,
): Promise<ImpactReport | null> {
  const { rows } = await session.executeSql<Row>(`${select(schema)} where run.id::text = lower($1)`, [runId])
  return rows[0] ? toReport(rows[0]) : null
}

/** The one that was asked for last; null when there is none. */
export async function loadNewestImpact(
  session: SqlSession,
  schema: string,
  connectionId: string,
): Promise<ImpactReport | null> {
  const { rows } = await session.executeSql<Row>(
    `${select(schema)} where run.connection_id = $1 and run.mode = 'impact' order by run.created_at desc, run.id limit 1`,
    [connectionId],
  )
  return rows[0] ? toReport(rows[0]) : null
}

/** Those whose affected records somebody wants to send later, newest first. */
export async function loadPostponedImpacts(
  session: SqlSession,
  schema: string,
  connectionId: string,
): Promise<readonly ImpactReport[]> {
  const { rows } = await session.executeSql<Row>(
    `${select(schema)} where run.connection_id = $1 and run.mode = 'impact' and impact.resync = 'later'
     order by run.created_at desc, run.id limit 20`,
    [connectionId],
  )
  return rows.map(toReport).filter(({ isResyncOpen }) => isResyncOpen)
}

function toReport(row: Row): ImpactReport {
  const { figures } = impactCheckpointSchema.parse(row.checkpoint ?? {})
  const affectedCount = countAffected(figures)
  const isInForce = isSame(row.document, row.published_document)
  // A newer count has replaced the affected records, but for those that somebody keeps for later.
  const isKept = row.resync === 'later' || (row.resync === null && row.is_newest)
  return {
    runId: row.id,
    connectionId: row.connection_id,
    connectionName: row.connection_name,
    scope: row.scope,
    state: row.state,
    reason: row.reason,
    actor: row.actor,
    totalCount: row.total_count,
    checkedCount: countChecked(figures),
    figures,
    affectedCount,
    models: row.models,
    newestCount: row.newest_count,
    isOfDraft: row.draft_revision !== null,
    isDraftNow: row.draft_document !== null && isSame(row.document, row.draft_document),
    isInForce,
    hasDraft: row.draft_document !== null,
    resync: row.resync,
    resyncActor: row.resync_actor,
    resyncAt: row.resync_at,
    isResyncOpen: row.state === 'finished' && affectedCount > 0 && isInForce && isKept,
    resyncRuns: row.resync_runs,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

// Compared as documents: a draft that was changed and changed back is the same. One that cannot be read is no other's equal.
function isSame(one: unknown, other: unknown): boolean {
  const parsed = [one, other].map((document) => mappingDocumentSchema.safeParse(document))
  const [left, right] = parsed.map((result) => (result.success ? canonicalize(result.data) : undefined))
  return left !== undefined && left === right
}

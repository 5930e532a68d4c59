// What a person can do with the impact of a mapping: have it counted before the mapping is published, read it, and say what
// is to become of the affected records afterwards. These only write rows; a driver does the work (advance-impact.ts).
import { randomUUID } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Mappings } from '../connections/mappings.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { OutboundSyncError, SyncConfigError, TransitionError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import { affectedVerdicts } from './impact-figures.ts'
import { type ImpactReport, loadImpactReport, loadNewestImpact, loadPostponedImpacts } from './impact-report.ts'
import { loadJudgedMapping } from './judged-mapping.ts'
import { type RunMoves, runMoves } from './move-run.ts'
import { activeStates } from './run-states.ts'
import { findSourceModel, insertRun } from './start-run.ts'

export interface Impacts extends RunMoves {
  /**
   * Of the draft, else of the mapping in force. One that is on its way and judges the same is handed back; another one is
   * stopped, for its figures are not asked for any more.
   */
  start(options: {
    connectionId: string
    /** Only so many of the newest of each kind of record. @default all */
    newestCount?: number | null
    actor: string
  }): Promise<{ runId: string }>
  report(runId: string): Promise<ImpactReport>
  /** The one of a connection that was asked for last; null when there is none. */
  newest(connectionId: string): Promise<ImpactReport | null>
  /** Those whose affected records are to be sent later. */
  postponed(connectionId: string): Promise<readonly ImpactReport[]>
  /** Once what was judged is in force: a backfill of exactly the affected records, for each kind of them. */
  resyncAffected(options: { runId: string; actor: string }): Promise<{ runIds: readonly string[] }>
  /** The affected records are sent later, which stays on offer, or never. */
  decideResync(options: { runId: string; choice: 'later' | 'never'; actor: string }): Promise<void>
}

export function createImpacts({
  database,
  catalog,
  mappings,
}: {
  database: Database
  catalog: Pick<Catalog, 'sourceModel' | 'sourceModels' | 'sourceModelOf'>
  mappings: Pick<Mappings, 'draft' | 'published'>
}): Impacts {
  const { schema } = database

  async function report(runId: string, session: SqlSession = database): Promise<ImpactReport> {
    const found = await loadImpactReport(session, schema, runId)
    if (!found) throw new OutboundSyncError('run_not_found', `There is no impact ${runId}.`)
    return found
  }

  // Also those of the mapping in force: what the draft leaves out may have to be deleted at the other side.
  function modelsOf(documents: readonly MappingDocument[]): string[] {
    const enabled = documents.flat().filter(({ isEnabled }) => isEnabled)
    return [...new Set(enabled.flatMap(({ sourceModel }) => catalog.sourceModelOf(sourceModel)?.name ?? []))]
  }

  /** Under the lock of the impact's run, so that two who press a button at once do one thing. */
  async function locked(session: SqlSession, runId: string, cannot: string): Promise<ImpactReport> {
    await session.executeSql(`select id from ${schema}.sync_run where id::text = lower($1) for no key update`, [runId])
    const impact = await report(runId, session)
    if (!impact.isResyncOpen) throw new TransitionError(`${cannot}: ${whyNotOpen(impact)}`)
    return impact
  }

  function noteChoice(
    session: SqlSession,
    { runId, choice, actor }: { runId: string; choice: 'now' | 'later' | 'never'; actor: string },
  ): Promise<unknown> {
    return session.executeSql(
      `update ${schema}.impact set resync = $2, resync_actor = $3, resync_at = now() where run_id = $1`,
      [runId, choice, actor],
    )
  }

  return Object.freeze({
    ...runMoves(database, ['impact']),
    report: (runId) => report(runId),
    newest: (connectionId) => loadNewestImpact(database, schema, connectionId),
    postponed: (connectionId) => loadPostponedImpacts(database, schema, connectionId),

    async start({ connectionId, newestCount = null, actor }) {
      const draft = await mappings.draft(connectionId)
      const published = await mappings.published(connectionId)
      const document = draft?.document ?? published?.document
      const cannot = 'The impact cannot be counted'
      if (!document)
        throw new TransitionError(`${cannot}: the connection has no mapping yet. Save a draft of one first.`)
      const models = modelsOf([document, published?.document ?? []])
      if (models.length === 0) {
        throw new SyncConfigError(
          `${cannot}: no mapping is switched on that begins at records which a loaded plugin brings. Switch one on, or load the plugin.`,
        )
      }
      return database.transaction(async (session) => {
        const { rows } = await session.executeSql<{ id: string; name: string; scope: string }>(
          `select id, name, scope from ${schema}.connection where id = $1 and state <> 'deleted' for no key update`,
          [connectionId],
        )
        const [connection] = rows
        if (!connection) throw new TransitionError(`${cannot}: this connection does not exist any more.`)
        const open = await loadOpen(session, schema, connection.id)
        const same = open.find(
          (one) => one.newestCount === newestCount && canonicalize(one.document) === canonicalize(document),
        )
        if (same) return { runId: same.runId }
        await stopReplaced(session, schema, { runIds: open.map(({ runId }) => runId), actor })
        const runId = randomUUID()
        await session.executeSql(
          `with run as (
             insert into ${schema}.sync_run (id, connection_id, mode, source_model, scope, state, actor)
             values ($1, $2, 'impact', '', $3, 'waiting', $4)
             returning id
           )
           insert into ${schema}.impact (run_id, draft_revision, document, models, newest_count)
           select id, $5, $6, $7, $8 from run`,
          [
            ...[runId, connection.id, connection.scope, actor],
            ...[draft?.revision ?? null, JSON.stringify(document), models, newestCount],
          ],
        )
        await writeAuditEntry(session, schema, {
          actor,
          action: 'impact.started',
          scope: connection.scope,
          target: `sync_run:${runId}`,
          before: null,
          after: { connectionId: connection.id, models, newestCount },
        })
        return { runId }
      })
    },

    resyncAffected: ({ runId, actor }) =>
      database.transaction(async (session) => {
        const cannot = 'The affected records cannot be sent'
        const impact = await locked(session, runId, cannot)
        const { rows } = await session.executeSql<{ model: string }>(
          `select distinct source_model as model from ${schema}.run_entry where run_id = $1 and outcome = any($2::text[])`,
          [impact.runId, affectedVerdicts],
        )
        const { connectionId, scope } = impact
        const runIds: string[] = []
        for (const name of impact.models.filter((one) => rows.some(({ model }) => model === one))) {
          const model = findSourceModel(catalog, name)
          const run = {
            mode: 'backfill',
            connectionId,
            model,
            scope,
            filter: {},
            actor,
            impactRunId: impact.runId,
          } as const
          runIds.push((await insertRun(session, schema, run)).runId)
        }
        if (runIds.length === 0) throw new TransitionError(`${cannot}: they are not kept any more. Count again.`)
        await noteChoice(session, { runId: impact.runId, choice: 'now', actor })
        return { runIds }
      }),

    decideResync: ({ runId, choice, actor }) =>
      database.transaction(async (session) => {
        const impact = await locked(session, runId, 'It is too late to decide about the affected records')
        await noteChoice(session, { runId: impact.runId, choice, actor })
        await writeAuditEntry(session, schema, {
          actor,
          action: `impact.resync_${choice}`,
          scope: impact.scope,
          target: `sync_run:${impact.runId}`,
          before: { resync: impact.resync },
          after: { resync: choice },
        })
      }),
  } satisfies Impacts)
}

const openStates = [...activeStates, 'paused']

interface OpenImpact {
  runId: string
  document: MappingDocument
  newestCount: number | null
}

async function loadOpen(session: SqlSession, schema: string, connectionId: string): Promise<OpenImpact[]> {
  const { rows } = await session.executeSql<{ id: string }>(
    `select id from ${schema}.sync_run where connection_id = $1 and mode = 'impact' and state = any($2::text[])`,
    [connectionId, openStates],
  )
  const open: OpenImpact[] = []
  for (const { id } of rows) open.push({ runId: id, ...(await loadJudgedMapping(session, schema, id)) })
  return open
}

function stopReplaced(
  session: SqlSession,
  schema: string,
  { runIds, actor }: { runIds: readonly string[]; actor: string },
): Promise<unknown> {
  return session.executeSql(
    `update ${schema}.sync_run set state = 'stopped', finished_at = now(), worker = null, lease_until = null, reason = $2
     where id = any($1::uuid[]) and state = any($3::text[])`,
    [runIds, `Stopped, because ${actor} has another count made.`, openStates],
  )
}

function whyNotOpen({ state, affectedCount, isInForce, resync, resyncActor }: ImpactReport): string {
  if (resync === 'now') return `${resyncActor} has put them into the queue already.`
  if (resync === 'never') return `${resyncActor} has decided that they are not sent. Count again to decide anew.`
  if (state !== 'finished') return `the count is ${state}. Wait for its end, or count again.`
  if (affectedCount === 0) return 'there are none.'
  if (!isInForce) return 'another mapping is in force than the one that was judged. Publish it, or count again.'
  return 'a newer count has replaced this one.'
}

// The impact of a mapping before it is published: what is to be counted, the page of the count with its figures, and what
// becomes of the affected records once the mapping is in force.
import type { Connections } from '../../connections/connect.ts'
import type { Mappings } from '../../connections/mappings.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Impacts } from '../../runs/impacts.ts'
import { requireConfigurable } from '../connections/configurable.ts'
import { formFields, queryFields, textField } from '../form-fields.ts'
import { durationText } from '../format-time.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { findRun, type RunRecord } from '../run-list.ts'
import { registerRunMoves } from '../run-moves.ts'
import { scopeWords } from '../scopes.ts'
import type { ShowPage } from '../show-page.ts'
import type { SourceRecords } from '../source-records.ts'
import { connectionImpact, impactTables } from './impact-view.ts'
import { describeImpact, judgedWords, outdatedWords } from './impact-words.ts'

const refreshSeconds = 2
const maxNewestCount = 1_000_000

interface ImpactPagesOptions {
  database: Database
  catalog: Catalog
  connections: Pick<Connections, 'list'>
  mappings: Pick<Mappings, 'draft' | 'published'>
  impacts: Impacts
  records: SourceRecords
  show: ShowPage
  basePath: string
  now: () => Date
}

export function registerImpactPages(router: PageRouter, options: ImpactPagesOptions): void {
  const { database, catalog, connections, mappings, impacts, records, show, basePath, now } = options

  async function requireImpact(ctx: PageContext): Promise<RunRecord> {
    const run = await findRun(database, ctx.params.id)
    return run?.mode === 'impact' ? run : notFound(ctx, 'There is no such count.')
  }

  router.get('/connections/:id/mappings/impact', async (ctx) => {
    await showForm(ctx, { newest: '1000', problem: null })
  })

  router.post('/connections/:id/mappings/impact', async (ctx) => {
    const { connection, actor } = await requireConfigurable(ctx, options)
    const fields = formFields(ctx)
    const newest = textField(fields, 'newest')
    const newestCount = textField(fields, 'which') === 'newest' ? countIn(newest) : null
    if (Number.isNaN(newestCount)) {
      const problem = `Enter how many records are to be looked at, from 1 to ${maxNewestCount.toLocaleString('en')}.`
      return showForm(ctx, { newest, problem })
    }
    try {
      const { runId } = await impacts.start({ connectionId: connection.id, newestCount, actor: actorOf(actor) })
      seeOther(ctx, pageUrl(basePath, `/impacts/${runId}`))
    } catch (error) {
      tell(ctx, error)
      seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}/mappings/impact`))
    }
  })

  async function showForm(
    ctx: PageContext,
    { newest, problem }: { newest: string; problem: string | null },
  ): Promise<void> {
    const { connection } = await requireConfigurable(ctx, options)
    const [draft, published, impact] = await Promise.all([
      mappings.draft(connection.id),
      mappings.published(connection.id),
      connectionImpact(impacts, connection.id),
    ])
    show(ctx, {
      view: 'mappings/impact-form',
      title: problem === null ? `Impact at ${connection.name}` : `Error: Impact at ${connection.name}`,
      status: problem === null ? 200 : 422,
      data: {
        connection,
        draft,
        published,
        impact,
        newest,
        problems: problem === null ? [] : [{ field: 'newest', text: problem }],
      },
    })
  }

  router.get('/impacts/:id', async (ctx) => {
    const run = await requireImpact(ctx)
    const user = requirePermission(ctx, 'view', run.scope)
    const report = await impacts.report(run.id)
    const words = describeImpact(report)
    const connection = (await connections.list()).find(({ id }) => id === report.connectionId)
    const found = connection ? catalog.provider(connection.provider, connection.providerVersion) : null
    const objectTypes = found?.provider.externalObjectTypes ?? []
    const isLive = queryFields(ctx).live !== 'no'
    const { totalCount, checkedCount } = report
    const elapsedMs = report.startedAt ? (report.finishedAt ?? now()).getTime() - report.startedAt.getTime() : 0
    show(ctx, {
      view: 'mappings/impact',
      title: `${words.label}: impact at ${report.connectionName}`,
      ...(words.isActive && isLive ? { refreshSeconds } : {}),
      data: {
        report,
        words,
        ...impactTables(report, { catalog, records, objectTypes }),
        judged: judgedWords(report),
        outdated: outdatedWords(report),
        scopeText: scopeWords(report.scope),
        percent: totalCount > 0 ? Math.min(100, Math.floor((checkedCount / totalCount) * 100)) : null,
        elapsed: report.startedAt ? durationText(elapsedMs) : null,
        isLive,
        updatedAt: now(),
        canMove: user.can('configure', run.scope),
        canCount: connection !== undefined && user.can('configure', run.scope),
        canOperate: user.can('operate', run.scope),
      },
    })
  })

  router.post('/impacts/:id/resync', async (ctx) => {
    const run = await requireImpact(ctx)
    const actor = actorOf(requirePermission(ctx, 'operate', run.scope))
    const choice = textField(formFields(ctx), 'choice')
    if (choice !== 'now' && choice !== 'later' && choice !== 'never') {
      return ctx.throw(422, 'Choose what becomes of the affected records: now, later or never.')
    }
    let path = `/impacts/${run.id}`
    try {
      if (choice === 'now') {
        const [first, ...others] = (await impacts.resyncAffected({ runId: run.id, actor })).runIds
        if (first !== undefined && others.length === 0) path = `/backfills/${first}`
      } else await impacts.decideResync({ runId: run.id, choice, actor })
      setNotice(ctx, { kind: 'success', text: chosenWords[choice] }, { basePath })
    } catch (error) {
      tell(ctx, error)
    }
    seeOther(ctx, pageUrl(basePath, path))
  })

  // Somebody was quicker, or something has to be done first: that is no fault of the page.
  function tell(ctx: PageContext, error: unknown): void {
    const isToldInWords = isErrorKind(error, 'TransitionError') || isErrorKind(error, 'SyncConfigError')
    if (!isToldInWords || !(error instanceof Error)) throw error
    setNotice(ctx, { kind: 'info', text: error.message }, { basePath })
  }

  registerRunMoves(router, {
    path: '/impacts',
    noun: 'count',
    whatStays: 'What was counted so far stays.',
    basePath,
    moves: impacts,
    async requireRun(ctx) {
      const run = await requireImpact(ctx)
      requirePermission(ctx, 'configure', run.scope)
      return run.id
    },
  })
}

const chosenWords = {
  now: 'The affected records are put into the queue: the first ten as a trial, then the rest.',
  later: 'They are kept. The page of the connection offers to send them until that is done.',
  never: 'They are not sent. Each is sent with its next change.',
} as const

/** NaN for what is no such number. */
function countIn(text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN
  return count >= 1 && count <= maxNewestCount ? count : Number.NaN
}

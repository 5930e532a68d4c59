// One retry or cancel of many lines: how far it is, what became of the lines, and the buttons.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { BulkActions } from '../runs/bulk-actions.ts'
import { loadConnections } from './connections/connection-records.ts'
import { queryFields } from './form-fields.ts'
import { durationText } from './format-time.ts'
import { pageUrl } from './links.ts'
import { notFound, type PageContext, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import { readQueueQuery } from './queue-query.ts'
import { canSeeRun, findRun, type RunRecord } from './run-list.ts'
import { type RunMoveName, registerRunMoves } from './run-moves.ts'
import { describeBulk } from './run-words.ts'
import type { ShowPage } from './show-page.ts'
import type { SourceRecords } from './source-records.ts'

const refreshSeconds = 2

export function registerBulkRunPages(
  router: PageRouter,
  {
    database,
    catalog,
    bulkActions,
    records,
    show,
    basePath,
    now,
  }: {
    database: Database
    catalog: Catalog
    bulkActions: BulkActions
    records: SourceRecords
    show: ShowPage
    basePath: string
    now: () => Date
  },
): void {
  async function requireRun(ctx: PageContext): Promise<RunRecord> {
    const run = await findRun(database, ctx.params.id)
    return run && canSeeRun(run, userOf(ctx)) ? run : notFound(ctx, 'There is no such run.')
  }

  router.get('/runs/:id', async (ctx) => {
    const run = await requireRun(ctx)
    const { mode } = run
    if (mode === 'backfill') return seeOther(ctx, pageUrl(basePath, `/backfills/${run.id}`))
    if (mode === 'audit') return seeOther(ctx, pageUrl(basePath, `/audits/${run.id}`))
    if (mode === 'impact') return seeOther(ctx, pageUrl(basePath, `/impacts/${run.id}`))
    const user = userOf(ctx)
    const report = await bulkActions.report(run.id)
    const words = describeBulk(run, mode)
    const isLive = queryFields(ctx).live !== 'no'
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    const { note, ...filter } = run.filter
    const query = await readQueueQuery((name) => filter[name], { database, catalog, records, connections, user })
    const elapsedMs = run.startedAt ? (run.finishedAt ?? now()).getTime() - run.startedAt.getTime() : 0
    show(ctx, {
      view: 'runs/bulk',
      title: `${words.label}: ${mode === 'retry' ? 'retry' : 'cancel'} of many lines`,
      ...(words.isActive && isLive ? { refreshSeconds } : {}),
      data: {
        run,
        mode,
        report,
        words,
        note: note ?? null,
        filterWords: query.words,
        filter,
        percent: report.lineCount > 0 ? Math.floor((report.position / report.lineCount) * 100) : null,
        elapsed: run.startedAt ? durationText(elapsedMs) : null,
        isLive,
        updatedAt: now(),
        canMove: words.isActive || words.canResume,
      },
    })
  })

  registerRunMoves(router, {
    path: '/runs',
    noun: 'run',
    whatStays: 'What was done stays.',
    basePath,
    moves: bulkActions,
    requireRun: async (ctx, move) => {
      const run = await requireRun(ctx)
      await requireMove(ctx, run, move)
      return run.id
    },
  })

  // Whoever asked may always take it back. That it goes on is asked for anew, with the rights of today.
  async function requireMove(ctx: PageContext, run: RunRecord, move: RunMoveName): Promise<void> {
    const user = userOf(ctx)
    if (user.can('operate', run.scope)) return
    const isOwn = canSeeRun(run, user) && !user.can('view', run.scope)
    const isAllowed =
      isOwn &&
      (move !== 'resume' || (await bulkActions.openScopes(run.id)).every((scope) => user.can('operate', scope)))
    if (!isAllowed) ctx.throw(403, `You may look at this, but not ${move} it.`)
  }
}

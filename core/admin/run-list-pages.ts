// The list of runs: backfills, audits, impacts of mappings, and retries and cancels of many lines, newest first.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { isRowId, isUuid, loadConnections } from './connections/connection-records.ts'
import { queryFields } from './form-fields.ts'
import { pageUrl } from './links.ts'
import { showNothingToSee } from './nothing-to-see.ts'
import { userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import { canSeeRun, listRuns, type RunRecord } from './run-list.ts'
import { describeAudit, describeBulk, describeCount, describeRun, type RunWords } from './run-words.ts'
import { scopeWords } from './scopes.ts'
import type { ShowPage } from './show-page.ts'

const pageSize = 30

export function registerRunListPages(
  router: PageRouter,
  { database, catalog, show, basePath }: { database: Database; catalog: Catalog; show: ShowPage; basePath: string },
): void {
  router.get('/runs', async (ctx) => {
    if (await showNothingToSee(ctx, { database, show, title: 'Runs' })) return
    const user = userOf(ctx)
    const query = queryFields(ctx)
    const before = isRowId(query.before) ? query.before : null
    const connectionId = isUuid(query.connection) ? query.connection : null
    const runs = await listRuns(database, { connectionId, before, limit: pageSize })
    const page = runs.slice(0, pageSize)
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    show(ctx, {
      view: 'runs/list',
      title: 'Runs',
      data: {
        runs: page
          .filter((run) => canSeeRun(run, user))
          .map((run) => ({
            ...run,
            path: `${pathOf[run.mode]}/${run.id}`,
            modelLabel: catalog.sourceModel(run.sourceModel)?.labelPlural ?? run.sourceModel,
            scopeText: scopeWords(run.scope),
            words: wordsOf(run),
          })),
        nextBefore: runs.length > pageSize ? (page.at(-1)?.cursor ?? null) : null,
        isFirstPage: before === null,
        connectionId,
        canStart: connections.some(({ scope }) => user.can('view', scope) && user.can('operate', scope)),
      },
    })
  })

  // The list was only of backfills once; bookmarks still lead there.
  router.get('/backfills', (ctx) => {
    const { connection } = queryFields(ctx)
    seeOther(ctx, pageUrl(basePath, '/runs', { connection: isUuid(connection) ? connection : null }))
  })
}

const pathOf = {
  backfill: '/backfills',
  audit: '/audits',
  impact: '/impacts',
  retry: '/runs',
  cancel: '/runs',
} as const

function wordsOf(run: RunRecord): RunWords {
  switch (run.mode) {
    case 'backfill':
      return describeRun({ ...run, failedCount: run.hasFailures ? 1 : 0 })
    case 'audit':
      return describeAudit(run)
    case 'impact':
      return describeCount(run)
    case 'retry':
    case 'cancel':
      return describeBulk(run, run.mode)
  }
}

// One backfill: how far it is, what became of the records, and the buttons. The page asks again by itself while it runs.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Backfills } from '../runs/backfill.ts'
import { filterWords } from './backfill-pages.ts'
import { queryFields } from './form-fields.ts'
import { durationText } from './format-time.ts'
import { outcomeWords } from './outcome-words.ts'
import { notFound, type PageContext, requirePermission } from './page-context.ts'
import type { PageRouter } from './page-router.ts'
import { findRun, listRunFailures, type RunRecord } from './run-list.ts'
import { registerRunMoves } from './run-moves.ts'
import { describeRun, remainingMs } from './run-words.ts'
import { scopeWords } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import { type SourceRecords, subjectKey } from './source-records.ts'

const refreshSeconds = 3
const failureLimit = 50

export function registerRunPages(
  router: PageRouter,
  {
    database,
    catalog,
    backfills,
    records,
    show,
    basePath,
    now,
  }: {
    database: Database
    catalog: Catalog
    backfills: Backfills
    records: SourceRecords
    show: ShowPage
    basePath: string
    now: () => Date
  },
): void {
  async function requireRun(ctx: PageContext): Promise<RunRecord> {
    const run = await findRun(database, ctx.params.id)
    return run?.mode === 'backfill' ? run : notFound(ctx, 'There is no such backfill.')
  }

  router.get('/backfills/:id', async (ctx) => {
    const run = await requireRun(ctx)
    const user = requirePermission(ctx, 'view', run.scope)
    const report = await backfills.report(run.id)
    const words = describeRun(report)
    const failures = report.failedCount > 0 ? await listRunFailures(database, run.id, failureLimit) : []
    const labels = await records.labels(
      failures.map(({ sourceModel, sourceId }) => ({ model: sourceModel, id: sourceId })),
    )
    const model = catalog.sourceModel(run.sourceModel)
    const isLive = queryFields(ctx).live !== 'no'
    const endedAt = run.finishedAt ?? now()
    const elapsedMs = run.startedAt ? endedAt.getTime() - run.startedAt.getTime() : 0
    const leftMs = words.isActive ? remainingMs({ ...report, elapsedMs }) : null
    show(ctx, {
      view: 'backfills/show',
      title: `${words.label}: backfill of ${model?.labelPlural ?? run.sourceModel}`,
      ...(words.isActive && isLive ? { refreshSeconds } : {}),
      data: {
        run,
        report,
        words,
        modelsLabel: model?.labelPlural ?? run.sourceModel,
        modelLabel: records.modelLabel(run.sourceModel),
        scopeText: scopeWords(run.scope),
        filterWords: chosenWords(run) ?? filterWords({ model, filter: run.filter }),
        auditRunId: run.auditRunId,
        impactRunId: run.impactRunId,
        percent: report.totalCount > 0 ? Math.min(100, Math.floor((report.doneCount / report.totalCount) * 100)) : null,
        elapsed: run.startedAt ? durationText(elapsedMs) : null,
        left: leftMs === null ? null : durationText(leftMs),
        failures: failures.map((failure) => ({
          ...failure,
          label: labels.get(subjectKey({ model: failure.sourceModel, id: failure.sourceId })) ?? failure.sourceId,
          words: outcomeWords(failure.outcome),
        })),
        failureLimit,
        isLive,
        updatedAt: now(),
        canOperate: user.can('operate', run.scope),
      },
    })
  })

  registerRunMoves(router, {
    path: '/backfills',
    noun: 'backfill',
    whatStays: 'What was sent stays.',
    basePath,
    moves: backfills,
    async requireRun(ctx) {
      const run = await requireRun(ctx)
      requirePermission(ctx, 'operate', run.scope)
      return run.id
    },
  })
}

/** Which records, when another run has chosen them. */
function chosenWords({ auditRunId, impactRunId }: RunRecord): readonly string[] | null {
  if (auditRunId) return ['what an audit found missing']
  return impactRunId ? ['what a mapping was found to affect'] : null
}

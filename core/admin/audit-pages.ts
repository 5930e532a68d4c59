// Audits: which records of the host should be up to date at a connection and are not, and the button that sends them.
import type { Database } from '../database/transaction.ts'
import { isErrorKind } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { AuditEntry } from '../runs/audit-report.ts'
import type { Audits } from '../runs/audits.ts'
import { type Finding, listedFindings, overdueHours } from '../runs/judge-records.ts'
import { findingWords } from './audit-words.ts'
import { filterWords } from './backfill-pages.ts'
import { loadConnections } from './connections/connection-records.ts'
import { formFields, queryFields, textField } from './form-fields.ts'
import { durationText } from './format-time.ts'
import { pageUrl } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import { findRun, type RunRecord } from './run-list.ts'
import { registerRunMoves } from './run-moves.ts'
import { describeAudit } from './run-words.ts'
import { scopeWords } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import { type SourceRecords, subjectKey } from './source-records.ts'

const refreshSeconds = 3
const pageSize = 50
const maxIdLength = 500

export function registerAuditPages(
  router: PageRouter,
  {
    database,
    catalog,
    audits,
    records,
    show,
    basePath,
    now,
  }: {
    database: Database
    catalog: Catalog
    audits: Audits
    records: SourceRecords
    show: ShowPage
    basePath: string
    now: () => Date
  },
): void {
  async function requireAudit(ctx: PageContext): Promise<RunRecord> {
    const run = await findRun(database, ctx.params.id)
    return run?.mode === 'audit' ? run : notFound(ctx, 'There is no such audit.')
  }

  router.post('/audits', async (ctx) => {
    const fields = formFields(ctx)
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    const connection = connections.find(({ id }) => id === textField(fields, 'connection')) ?? notFound(ctx)
    const user = requirePermission(ctx, 'operate', connection.scope)
    const model = catalog.sourceModel(textField(fields, 'model'))
    if (!model) return ctx.throw(422, 'Choose which records to look at.')
    try {
      const { runId } = await audits.start({
        connectionId: connection.id,
        sourceModel: model.name,
        scope: connection.scope,
        actor: actorOf(user),
      })
      seeOther(ctx, pageUrl(basePath, `/audits/${runId}`))
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError') || !(error instanceof Error)) throw error
      setNotice(ctx, { kind: 'info', text: error.message }, { basePath })
      seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}`))
    }
  })

  router.get('/audits/:id', async (ctx) => {
    const run = await requireAudit(ctx)
    const user = requirePermission(ctx, 'view', run.scope)
    const query = queryFields(ctx)
    const finding = listedFindings.find((name) => name === query.finding) ?? null
    const after = query.after && query.after.length <= maxIdLength ? query.after.replaceAll('\0', '') : null
    const report = await audits.report(run.id)
    const words = describeAudit(report)
    const found = await audits.entries({ runId: run.id, finding, after, limit: pageSize })
    const entries = found.slice(0, pageSize)
    const model = catalog.sourceModel(run.sourceModel)
    const isLive = query.live !== 'no'
    const elapsedMs = run.startedAt ? (run.finishedAt ?? now()).getTime() - run.startedAt.getTime() : 0
    const modelsLabel = model?.labelPlural ?? run.sourceModel
    show(ctx, {
      view: 'audits/show',
      title: `${words.label}: audit of ${modelsLabel}`,
      ...(words.isActive && isLive ? { refreshSeconds } : {}),
      data: {
        run,
        report,
        words,
        modelsLabel,
        modelLabel: records.modelLabel(run.sourceModel),
        scopeText: scopeWords(run.scope),
        filterWords: filterWords({ model, filter: run.filter }),
        percent:
          report.totalCount > 0 ? Math.min(100, Math.floor((report.checkedCount / report.totalCount) * 100)) : null,
        elapsed: run.startedAt ? durationText(elapsedMs) : null,
        findings: findingWords({ connectionName: report.connectionName, overdueHours }).map((one) => ({
          ...one,
          count: report.counts[one.finding],
          isListed: isListed(one.finding),
        })),
        finding,
        entries: await entryViews(entries, run.sourceModel, report.connectionName),
        nextAfter: found.length > pageSize ? (entries.at(-1)?.sourceId ?? null) : null,
        isFirstPage: after === null,
        isLive,
        updatedAt: now(),
        canOperate: user.can('operate', run.scope),
      },
    })
  })

  async function entryViews(entries: readonly AuditEntry[], model: string, connectionName: string) {
    const labels = await records.labels(entries.map(({ sourceId }) => ({ model, id: sourceId })))
    const words = findingWords({ connectionName, overdueHours })
    return entries.map((entry) => ({
      ...entry,
      model,
      label: labels.get(subjectKey({ model, id: entry.sourceId })) ?? entry.sourceId,
      scopeText: scopeWords(entry.scope),
      words: words.find(({ finding }) => finding === entry.finding),
    }))
  }

  router.post('/audits/:id/send', async (ctx) => {
    const run = await requireAudit(ctx)
    const user = requirePermission(ctx, 'operate', run.scope)
    try {
      const { runId } = await audits.sendMissing({ runId: run.id, actor: actorOf(user) })
      setNotice(ctx, { kind: 'success', text: 'A backfill of what is missing is started.' }, { basePath })
      seeOther(ctx, pageUrl(basePath, `/backfills/${runId}`))
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError') || !(error instanceof Error)) throw error
      setNotice(ctx, { kind: 'info', text: error.message }, { basePath })
      seeOther(ctx, pageUrl(basePath, `/audits/${run.id}`))
    }
  })

  registerRunMoves(router, {
    path: '/audits',
    noun: 'audit',
    whatStays: 'What was found so far stays.',
    basePath,
    moves: audits,
    async requireRun(ctx) {
      const run = await requireAudit(ctx)
      requirePermission(ctx, 'operate', run.scope)
      return run.id
    },
  })
}

function isListed(finding: Finding): boolean {
  return listedFindings.some((name) => name === finding)
}

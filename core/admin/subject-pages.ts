// One record: how it stands in each connection, and the history of everything that was tried with it.

import type { Activation } from '../connections/activation.ts'
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { loadHistory } from './attempt-history.ts'
import { isRowId } from './connections/connection-records.ts'
import { queryFields } from './form-fields.ts'
import { historyViews } from './history-view.ts'
import { notFound, requirePermission } from './page-context.ts'
import type { PageRouter } from './page-router.ts'
import { knownScope } from './panel.ts'
import { scopeWords } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import type { SourceRecords } from './source-records.ts'
import { loadSubjectState } from './subject-state.ts'
import { subjectConnectionViews } from './subject-view.ts'

const historyPageSize = 20

export function registerSubjectPages(
  router: PageRouter,
  {
    database,
    catalog,
    activation,
    records,
    show,
    now,
  }: {
    database: Database
    catalog: Catalog
    activation: Activation
    records: SourceRecords
    show: ShowPage
    now: () => Date
  },
): void {
  router.get('/subjects', async (ctx) => {
    const query = queryFields(ctx)
    const subject = { model: query.model ?? '', id: query.id ?? '' }
    if (!subject.model || !subject.id) return notFound(ctx)
    const record = await records.find(subject)
    const scope = record?.scope ?? (await knownScope(database, subject))
    if (scope === null) return notFound(ctx, 'Nothing is known of this record.')
    const user = requirePermission(ctx, 'view', scope)
    const state = await loadSubjectState({ database, catalog, activation }, { subject, scope })
    const connections = state.map(({ connection }) => connection)
    const canSeePayloads = user.can('see_payloads', scope)
    const { attempts, nextBefore } = await loadHistory(database, {
      connectionIds: connections.map(({ id }) => id),
      subject,
      before: isRowId(query.before) ? query.before : null,
      limit: historyPageSize,
      withPayloads: canSeePayloads,
    })
    const label = record?.label ?? attempts[0]?.sourceLabel ?? subject.id
    const modelLabel = records.modelLabel(subject.model)
    show(ctx, {
      view: 'subjects/show',
      title: `${modelLabel} ${label}`,
      data: {
        subject,
        label,
        modelLabel,
        scopeText: scopeWords(scope),
        hostHref: record?.href ?? null,
        isGone: record === null,
        connections: await subjectConnectionViews(state, {
          catalog,
          activation,
          records,
          subject,
          scope,
          user,
          now: now(),
        }),
        attempts: historyViews(attempts, { connections, records }),
        nextBefore,
        isFirstPage: !isRowId(query.before),
        canSeePayloads,
        here: `${ctx.state.path}?${ctx.querystring}`,
      },
    })
  })
}

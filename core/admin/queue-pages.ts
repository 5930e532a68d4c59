// The sync queue: what waits, runs or needs somebody, one line a record and connection. Filters live in the address, the
// scope among them: everything, an organizer, an event.

import type { Activation } from '../connections/activation.ts'
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import { attentionReasons } from '../queue/job-states.ts'
import { lineFilters } from '../queue/line-filters.ts'
import type { Catalog } from '../registry/catalog.ts'
import { isRowId, loadConnections } from './connections/connection-records.ts'
import { queryFields } from './form-fields.ts'
import { lineViews } from './line-view.ts'
import { showNothingToSee } from './nothing-to-see.ts'
import { userOf } from './page-context.ts'
import type { PageRouter } from './page-router.ts'
import { listQueue } from './queue-list.ts'
import { filterLabels, readQueueQuery, reasonLabel } from './queue-query.ts'
import { knownScopes, scopeWords } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import type { SourceRecords } from './source-records.ts'

// Nothing can be retried or canceled there.
const untouchable: readonly string[] = ['in_flight', 'submitted']

export function registerQueuePages(
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
  router.get('/queue', async (ctx) => {
    if (await showNothingToSee(ctx, { database, show, title: 'Sync queue' })) return
    const user = userOf(ctx)
    const query = queryFields(ctx)
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    const { fields, selection, found } = await readQueueQuery((name) => query[name], {
      database,
      catalog,
      records,
      connections,
      user,
    })
    const before = isRowId(query.before) ? query.before : null
    const { lines, nextBefore } = await listQueue(database, { ...selection, before })
    const views = await lineViews(lines, { catalog, activation, records, connections, user, now: now() })
    const canOperate = views.some((line) => line.canOperate)
    show(ctx, {
      view: 'queue/list',
      title: fields.scope ? `Sync queue of ${scopeWords(fields.scope)}` : 'Sync queue',
      data: {
        lines: views,
        found,
        fields,
        filters: lineFilters.map((name) => ({ name, label: filterLabels[name] })),
        reasons: attentionReasons.map((name) => ({ name, label: reasonLabel(name) })),
        scopeText: scopeWords(fields.scope),
        scopePath: scopePath(fields.scope),
        scopes: (await knownScopes(database, database.schema)).filter((scope) => user.can('view', scope)),
        // Also those above him that carry what he may see.
        connections: connections.filter(
          ({ scope }) => user.can('view', scope) || selection.scopes?.some((visible) => isWithinScope(visible, scope)),
        ),
        isFiltered: Object.values(fields).some((value) => value !== ''),
        isFirstPage: before === null,
        nextBefore,
        canOperate,
        canDoAll: canOperate && !untouchable.includes(fields.state),
        here: `${ctx.state.path}${ctx.querystring ? `?${ctx.querystring}` : ''}`,
      },
    })
  })
}

/** The scope's parts from the widest on, each with the scope it stands for. */
function scopePath(scope: string): readonly { text: string; scope: string }[] {
  const parts = scope === '' ? [] : scope.split('/')
  return parts.map((_, index) => {
    const path = parts.slice(0, index + 1).join('/')
    return { text: scopeWords(parts[index] ?? ''), scope: path }
  })
}

// The sync queue: what waits, runs or needs somebody, one line a record and connection. Filters live in the address.

import type { Activation } from '../connections/activation.ts'
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { isRowId, isUuid, loadConnections } from './connection-records.ts'
import { queryFields } from './form-fields.ts'
import { lineViews } from './line-view.ts'
import { userOf } from './page-context.ts'
import type { PageRouter } from './page-router.ts'
import { listQueue, type QueueFilter, queueFilters } from './queue-list.ts'
import { visibleJobScopes } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import type { SourceRecords } from './source-records.ts'

const filterLabels: Readonly<Record<QueueFilter, string>> = {
  needs_attention: 'Needs attention',
  retrying: 'Trying again',
  waiting: 'Waiting',
  held: 'Held at the connection',
  in_flight: 'Being sent',
  submitted: 'Waiting for the answer',
}
const maxSearchLength = 200

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
    const user = userOf(ctx)
    const query = queryFields(ctx)
    const filter = queueFilters.find((name) => name === query.state) ?? null
    const search = (query.q ?? '').trim().slice(0, maxSearchLength)
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    const connection = connections.find(({ id }) => isUuid(query.connection) && id === query.connection) ?? null
    const found = search ? (await records.search(search)).filter(({ scope }) => user.can('view', scope)) : []
    const scopes = await visibleJobScopes(database, database.schema, user)
    const { lines, nextBefore } = await listQueue(database, {
      filter,
      connectionId: connection?.id ?? null,
      subjects: search ? [...found, ...catalog.sourceModels().map(({ name }) => ({ model: name, id: search }))] : null,
      scopes,
      before: isRowId(query.before) ? query.before : null,
    })
    const views = await lineViews(lines, { catalog, activation, records, connections, user, now: now() })
    show(ctx, {
      view: 'queue/list',
      title: 'Sync queue',
      data: {
        lines: views,
        found,
        filter,
        search,
        filters: queueFilters.map((name) => ({ name, label: filterLabels[name] })),
        // Also those above him that carry what he may see.
        connections: connections.filter(
          ({ scope }) => user.can('view', scope) || scopes?.some((visible) => isWithinScope(visible, scope)),
        ),
        connectionId: connection?.id ?? '',
        isFirstPage: !isRowId(query.before),
        nextBefore,
        canOperate: views.some(({ canOperate }) => canOperate),
        here: `${ctx.state.path}${ctx.querystring ? `?${ctx.querystring}` : ''}`,
      },
    })
  })
}

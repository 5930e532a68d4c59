// Backfills: count first, then start; then a page that shows how far it is and lets it be paused, resumed and stopped.

import type { Activation } from '../connections/activation.ts'
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Backfills } from '../runs/backfill.ts'
import type { Log } from '../sdk/log.ts'
import { type BackfillForm, filterPrefix, readBackfillForm } from './backfill-form.ts'
import { type ConnectionRecord, loadConnections } from './connections/connection-records.ts'
import { formFields, queryFields, textField } from './form-fields.ts'
import { pageUrl } from './links.ts'
import { loadMappedModels } from './mapped-models.ts'
import { setNotice } from './notice.ts'
import { actorOf, type PageContext, requirePermission, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import { createPluginGates } from './plugin-gates.ts'
import { knownScopes, scopeWords } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import type { SourceRecords } from './source-records.ts'

export interface BackfillPagesOptions {
  database: Database
  catalog: Catalog
  backfills: Backfills
  activation: Activation
  records: SourceRecords
  show: ShowPage
  log: Log
  basePath: string
  now: () => Date
}

export function registerBackfillPages(router: PageRouter, options: BackfillPagesOptions): void {
  const { database, catalog, backfills, records, show, log, basePath } = options

  async function usableConnections(ctx: PageContext): Promise<readonly ConnectionRecord[]> {
    const user = userOf(ctx)
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    return connections.filter(({ scope }) => user.can('view', scope))
  }

  const mappedModels = (connections: readonly ConnectionRecord[]) =>
    loadMappedModels(database, { catalog, connectionIds: connections.map(({ id }) => id) })

  router.get('/backfills/new', async (ctx) => {
    const query = queryFields(ctx)
    const connections = await usableConnections(ctx)
    const mapped = await mappedModels(connections)
    const form = readBackfillForm((name) => query[name] ?? null, { connections, catalog, mapped })
    if (form.connection)
      requirePermission(
        ctx,
        'operate',
        isWithinScope(form.scope, form.connection.scope) ? form.scope : form.connection.scope,
      )
    const isReady = form.connection && form.model && form.problems.length === 0
    const counted = isReady && query.count === 'yes' ? await count(form) : null
    await showForm(ctx, { form, connections, mapped, counted })
  })

  router.post('/backfills', async (ctx) => {
    const fields = formFields(ctx)
    const connections = await usableConnections(ctx)
    const mapped = await mappedModels(connections)
    const form = readBackfillForm((name) => (fields[name] === undefined ? null : textField(fields, name)), {
      connections,
      catalog,
      mapped,
    })
    const { connection, model, scope, filter, problems } = form
    if (!connection || !model || problems.length > 0) return showForm(ctx, { form, connections, mapped, counted: null })
    const user = requirePermission(ctx, 'operate', scope)
    const { runId } = await backfills.start({
      connectionId: connection.id,
      sourceModel: model.name,
      scope,
      filter,
      actor: actorOf(user),
    })
    setNotice(ctx, { kind: 'success', text: 'The backfill is started.' }, { basePath })
    seeOther(ctx, pageUrl(basePath, `/backfills/${runId}`))
  })

  async function count(form: BackfillForm): Promise<{ count: number | null; problem: string | null }> {
    const { connection, model, scope, filter } = form
    if (!connection || !model) return { count: null, problem: null }
    try {
      return { count: await backfills.count({ sourceModel: model.name, scope, filter }), problem: null }
    } catch (error) {
      log.warn({ model: model.name, scope, error: messageOf(error) }, 'A backfill could not be counted')
      return { count: null, problem: `The ${model.labelPlural} could not be counted: ${messageOf(error)}` }
    }
  }

  async function showForm(
    ctx: PageContext,
    {
      form,
      connections,
      mapped,
      counted,
    }: {
      form: BackfillForm
      connections: readonly ConnectionRecord[]
      mapped: ReadonlyMap<string, ReadonlySet<string>>
      counted: { count: number | null; problem: string | null } | null
    },
  ): Promise<void> {
    const user = userOf(ctx)
    const { connection, model, scope, values, filter } = form
    const problems = counted?.problem ? [...form.problems, { field: 'scope', text: counted.problem }] : form.problems
    const uses = connection ? mapped.get(connection.id) : undefined
    const isUsed = ({ name }: { name: string }): boolean => uses === undefined || uses.has(name)
    const [used, unused] = [catalog.sourceModels().filter(isUsed), catalog.sourceModels().filter((one) => !isUsed(one))]
    const gate = connection ? await createPluginGates(options).of(connection, scope) : null
    show(ctx, {
      view: 'backfills/new',
      title: problems.length > 0 ? 'Error: New backfill' : 'New backfill',
      status: problems.length > 0 ? 422 : 200,
      data: {
        connections: connections.filter((one) => user.can('operate', one.scope)),
        models: used.map(({ name, labelPlural }) => ({ name, label: labelPlural })),
        leftOut: unused.map(({ labelPlural }) => labelPlural),
        connection,
        model,
        modelLabel: model ? records.modelLabel(model.name) : null,
        scope,
        scopeText: scopeWords(scope),
        scopes: connection
          ? (await knownScopes(database, database.schema)).filter(
              (one) => isWithinScope(one, connection.scope) && user.can('operate', one),
            )
          : [],
        values,
        filterFields: Object.entries(filter).map(([key, value]) => ({ name: `${filterPrefix}${key}`, value })),
        filterWords: filterWords(form),
        problems,
        matchCount: counted?.count ?? null,
        isPluginOff: gate !== null && gate.kind !== 'open',
      },
    })
  }
}

/** The filter as a person reads it, one part a field. */
export function filterWords({ model, filter }: Pick<BackfillForm, 'model' | 'filter'>): readonly string[] {
  return Object.entries(filter).map(([key, value]) => {
    const field = model?.filters.find((one) => one.key === key)
    const option = field?.options?.find((one) => one.key === value)
    return `${field?.label ?? key}: ${option?.label ?? value}`
  })
}

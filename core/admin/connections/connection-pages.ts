// The connections: a list with how each is doing, and one page each with its state, settings, mapping and last tries.
import type { Activation } from '../../connections/activation.ts'
import { environmentPath } from '../../connections/environment-values.ts'
import type { MappingTests } from '../../connections/mapping-tests.ts'
import type { Mappings } from '../../connections/mappings.ts'
import type { Database } from '../../database/transaction.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Audits } from '../../runs/audits.ts'
import type { Impacts } from '../../runs/impacts.ts'
import type { Log } from '../../sdk/log.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { loadHistory } from '../attempt-history.ts'
import { newestAudits } from '../audit-views.ts'
import { queryFields } from '../form-fields.ts'
import { historyViews } from '../history-view.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { connectionImpact } from '../mappings/impact-view.ts'
import { redSinceUpgrade } from '../mappings/test-upgrades.ts'
import { showNothingToSee } from '../nothing-to-see.ts'
import { notFound, type PageContext, requirePermission, userOf } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { scopeWords } from '../scopes.ts'
import type { ShowPage } from '../show-page.ts'
import type { SourceRecords } from '../source-records.ts'
import { connectionActions, pauseChoices } from './action-pages.ts'
import { authorizationOf, isAgreedTo } from './authorization.ts'
import { loadConnectionDetails } from './connection-details.ts'
import { loadConnectionOverview } from './connection-overview.ts'
import { isRowId, isUuid, loadDrafts } from './connection-records.ts'
import { filterByStatus } from './filter-by-status.ts'
import { otherVersions } from './other-versions.ts'

const historyPageSize = 15

export function registerConnectionPages(
  router: PageRouter,
  {
    database,
    catalog,
    activation,
    mappings,
    mappingTests,
    audits,
    impacts,
    records,
    show,
    log,
    basePath,
    now,
  }: {
    database: Database
    catalog: Catalog
    activation: Activation
    mappings: Mappings
    mappingTests: MappingTests
    audits: Audits
    impacts: Impacts
    records: SourceRecords
    show: ShowPage
    log: Log
    basePath: string
    now: () => Date
  },
): void {
  router.get('/connections', async (ctx) => {
    if (await showNothingToSee(ctx, { database, show, title: 'Connections' })) return
    const user = userOf(ctx)
    const all = await loadConnectionOverview({ database, catalog, activation, now: now() }, user)
    const drafts = (await loadDrafts(database, { schema: database.schema, catalog })).filter(({ scope }) =>
      user.can('configure', scope),
    )
    const { filters, connections } = filterByStatus(all, queryFields(ctx).status)
    show(ctx, {
      view: 'connections/list',
      title: 'Connections',
      data: {
        connections,
        redTests: await redSinceUpgrade({ mappings, mappingTests, catalog }, connections),
        filters,
        isEmpty: all.length === 0,
        drafts: drafts.map((draft) => ({ ...draft, scopeText: scopeWords(draft.scope) })),
      },
    })
  })

  router.get('/connections/:id', async (ctx) => {
    const user = userOf(ctx)
    const { id } = ctx.params
    if (!isUuid(id)) return notFound(ctx)
    const connections = await loadConnectionOverview({ database, catalog, activation, now: now() }, user)
    const connection = connections.find((one) => one.id === id)
    if (!connection) return toDraft(ctx, id.toLowerCase())
    const found = catalog.provider(connection.provider, connection.providerVersion)
    const details = await loadConnectionDetails(database, { connectionId: id, provider: found?.provider ?? null })
    const before = queryFields(ctx).before
    const { attempts, nextBefore } = await loadHistory(database, {
      connectionIds: [id],
      subject: null,
      before: isRowId(before) ? before : null,
      limit: historyPageSize,
      withPayloads: false,
    })
    show(ctx, {
      view: 'connections/show',
      title: connection.name,
      data: {
        connection,
        pluginName: found?.plugin.name ?? null,
        settings: details.settings,
        environment: details.environment,
        environmentPath:
          details.environment !== null && user.can('configure', '')
            ? environmentPath({ ...connection, environment: details.environment })
            : null,
        isDeprecated: found?.state === 'deprecated',
        // Where there is a reason to leave the one it has.
        otherVersions:
          found && !found.problem && found.state !== 'deprecated' ? [] : otherVersions(catalog, connection),
        authorization: found?.problem ? null : authorizationOf({ ...connection, ...details.stored }, found),
        mapping: details.mapping,
        hasDraft: details.hasDraft,
        redTests: await redSinceUpgrade({ mappings, mappingTests, catalog }, [connection]),
        mappings: await mappingWords(details.mapping?.document ?? [], {
          catalog,
          scope: connection.scope,
          objectTypes: found?.provider.externalObjectTypes ?? [],
          log,
        }),
        impact: await connectionImpact(impacts, id),
        attempts: historyViews(attempts, { connections, records }),
        nextBefore,
        isFirstPage: !isRowId(before),
        audits: await newestAudits({ audits, catalog }, [id]),
        // Only a connection that sends can be behind.
        auditModels:
          user.can('operate', connection.scope) && connection.state === 'active'
            ? auditModels(catalog, details.mapping?.document ?? null)
            : [],
        actions: connectionActions(connection, {
          canOperate: user.can('operate', connection.scope),
          canConfigure: user.can('configure', connection.scope),
          isAgreedTo: found !== null && isAgreedTo(found.provider),
          now: now(),
        }),
        pauseChoices,
        canConfigure: user.can('configure', connection.scope),
        canOperate: user.can('operate', connection.scope),
        canBackfill: user.can('operate', connection.scope) && catalog.sourceModels().length > 0,
      },
    })
  })

  // One that is being made has no page of its own yet; its settings come first, and lead on.
  async function toDraft(ctx: PageContext, id: string): Promise<void> {
    const drafts = await loadDrafts(database, { schema: database.schema, catalog })
    const draft = drafts.find((one) => one.id === id) ?? notFound(ctx)
    requirePermission(ctx, 'configure', draft.scope)
    seeOther(ctx, pageUrl(basePath, `/connections/${draft.id}/settings`))
  }
}

/** The kinds of records that the mapping begins at; without a mapping of its own, all. */
function auditModels(
  catalog: Pick<Catalog, 'sourceModels' | 'sourceModelOf'>,
  document: MappingDocument | null,
): readonly { name: string; label: string }[] {
  const mapped = (document ?? []).flatMap((mapping) => catalog.sourceModelOf(mapping.sourceModel) ?? [])
  const models = document ? [...new Set(mapped)] : catalog.sourceModels()
  return models.map(({ name, labelPlural }) => ({ name, label: labelPlural }))
}

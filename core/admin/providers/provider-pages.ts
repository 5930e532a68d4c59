// The providers that are made here: the list of them with their versions, one version, and what can be done with it. A
// definition says where the credentials of every tenant go, so all of it needs the permission for the whole instance.
import { getDefinition, listDefinitions, type StoredDefinition } from '../../connections/list-definitions.ts'
import { deleteDraft, moveDefinition, movesFrom, publishDefinition } from '../../connections/write-definition.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import { buildDefinition, type DefinitionState } from '../../registry/definitions.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import { type DefinitionAction, definitionActionWords, definitionStateWords, nextVersion } from './provider-words.ts'

export interface ProviderPagesOptions {
  database: Database
  catalog: Catalog
  /** Makes this process learn at once what was changed. */
  refreshProviders?: ((options?: { maxAgeMs?: number }) => Promise<void>) | undefined
  show: ShowPage
  basePath: string
}

const maxProblemCount = 50

export function registerProviderPages(router: PageRouter, options: ProviderPagesOptions): void {
  const { database, catalog, show, basePath } = options

  router.get('/providers', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const versions = (await listDefinitions(database)).map((one) => ({ ...one, ...definitionStateWords[one.state] }))
    const providers = [...Map.groupBy(versions, ({ identifier }) => identifier)].map(([identifier, list]) => ({
      identifier,
      name: list[0]?.displayName ?? identifier,
      versions: list,
    }))
    show(ctx, { view: 'providers/list', title: 'Providers', data: { providers, kinds: kindsOf(catalog) } })
  })

  router.get('/providers/:identifier/:version', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const stored = await requireDefinition(ctx, database)
    const versions = (await listDefinitions(database)).filter(({ identifier }) => identifier === stored.identifier)
    const kind = catalog.definitionKinds.find((one) => one.kind.kind === stored.kind)?.kind ?? null
    show(ctx, {
      view: 'providers/show',
      title: `${stored.displayName} ${stored.version}`,
      data: {
        stored,
        words: definitionStateWords[stored.state],
        kindLabel: kind?.label ?? stored.kind,
        isKindLoaded: kind !== null,
        problems: problemsOf(stored, catalog),
        actions: actionsOf(stored.state).map((action) => ({ action, ...definitionActionWords(action, stored) })),
        nextVersion: nextVersion(versions.map(({ version }) => version)),
      },
    })
  })

  for (const action of ['publish', 'deprecate', 'reactivate', 'retire', 'delete'] as const) {
    router.get(`/providers/:identifier/:version/${action}`, async (ctx) => {
      requirePermission(ctx, 'configure', '')
      const stored = await requireDefinition(ctx, database)
      if (!actionsOf(stored.state).includes(action)) {
        ctx.throw(409, `${stored.displayName} ${stored.version} is ${stored.state}, so this cannot be done with it.`)
      }
      const words = definitionActionWords(action, stored)
      show(ctx, { view: 'providers/confirm', title: words.question, data: { stored, action, words } })
    })

    router.post(`/providers/:identifier/:version/${action}`, async (ctx) => {
      const user = requirePermission(ctx, 'configure', '')
      const stored = await requireDefinition(ctx, database)
      const key = { identifier: stored.identifier, version: stored.version, actor: actorOf(user) }
      try {
        if (action === 'publish') await publishDefinition({ database, catalog }, key)
        else if (action === 'delete') await deleteDraft(database, key)
        else await moveDefinition(database, { ...key, move: action })
        await options.refreshProviders?.()
        setNotice(ctx, { kind: 'success', text: definitionActionWords(action, stored).done }, { basePath })
      } catch (error) {
        if (!isErrorKind(error, 'TransitionError') && !isErrorKind(error, 'SyncConfigError')) throw error
        setNotice(ctx, { kind: 'error', text: messageOf(error) }, { basePath })
      }
      const isGone = action === 'delete' && (await getDefinition(database, key)) === null
      seeOther(ctx, pageUrl(basePath, isGone ? '/providers' : definitionPath(stored)))
    })
  }
}

export function kindsOf({ definitionKinds }: Pick<Catalog, 'definitionKinds'>): { kind: string; label: string }[] {
  return definitionKinds.map(({ kind: { kind, label } }) => ({ kind, label }))
}

export const definitionPath = ({ identifier, version }: { identifier: string; version: string }): string =>
  `/providers/${encodeURIComponent(identifier)}/${encodeURIComponent(version)}`

export async function requireDefinition(ctx: PageContext, database: Database): Promise<StoredDefinition> {
  const { identifier = '', version = '' } = ctx.params
  // PostgreSQL takes no NUL, and no identifier has one.
  const stored =
    identifier.includes('\0') || version.includes('\0') ? null : await getDefinition(database, { identifier, version })
  return stored ?? notFound(ctx, 'There is no such version of a provider here.')
}

function actionsOf(state: DefinitionState): readonly DefinitionAction[] {
  return state === 'draft' ? ['publish', 'delete'] : movesFrom(state)
}

// What is in the way of a draft's publication, or of the use of what is published.
function problemsOf(stored: StoredDefinition, catalog: Catalog): readonly string[] {
  const kind = catalog.definitionKinds.find((one) => one.kind.kind === stored.kind)?.kind
  if (!kind)
    return [`No loaded plugin brings definitions of the kind "${stored.kind}". Add its plugin to the list of plugins.`]
  const parsed = kind.schema.safeParse(stored.definition)
  if (!parsed.success) {
    return parsed.error.issues
      .slice(0, maxProblemCount)
      .map(({ path, message }) => `${path.map(String).join('.') || 'definition'}: ${message}`)
  }
  const { problem } = buildDefinition(stored, {
    kind,
    codedPlugin: catalog.codedPlugin(stored.identifier)?.name ?? null,
  })
  return problem === null ? [] : [problem]
}

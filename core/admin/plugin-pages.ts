// The plugins: which are loaded, which are out of use and why, and the switch per scope. A switch is thrown on a page of
// its own that says what will happen.

import type { Activation } from '../connections/activation.ts'
import { aboveEvents, isEventScope } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import { formFields, queryFields, textField } from './form-fields.ts'
import { pageUrl } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, notFound, type PageContext, requirePermission, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import { type PluginView, pluginView } from './plugin-view.ts'
import { enterScope, knownScopes, scopeExample, scopePhrase } from './scopes.ts'
import type { ShowPage } from './show-page.ts'

const maxScopeLength = 500
// Empty is the whole instance.
const scopePattern = /^$|^[^\s/]+(\/[^\s/]+)*$/

interface PluginPagesOptions {
  database: Database
  catalog: Catalog
  activation: Activation
  show: ShowPage
  basePath: string
  /** Of this program. */
  ownVersion: string
}

export function registerPluginPages(router: PageRouter, options: PluginPagesOptions): void {
  const { database, catalog, activation, show, basePath, ownVersion } = options

  function requirePlugin(ctx: PageContext) {
    const entry = catalog.plugin(ctx.params.name ?? '')
    return entry ?? notFound(ctx, 'No plugin of that name is in the list of plugins.')
  }

  router.get('/plugins', async (ctx) => {
    const user = userOf(ctx)
    const plugins = await Promise.all(
      catalog.plugins.map((entry) => pluginView(entry, { activation, catalog, user, ownVersion })),
    )
    show(ctx, { view: 'plugins/list', title: 'Plugins', data: { plugins, ownVersion } })
  })

  router.get('/plugins/:name', async (ctx) => {
    const user = userOf(ctx)
    const plugin = await pluginView(requirePlugin(ctx), { activation, catalog, user, ownVersion })
    const scopes = (await knownScopes(database, database.schema)).filter((scope) => user.can('configure', scope))
    showPlugin(ctx, { plugin, scopes, error: null, typedScope: '' })
  })

  // What a switch will do, before it is thrown.
  router.get('/plugins/:name/switch', async (ctx) => {
    const user = userOf(ctx)
    const plugin = await pluginView(requirePlugin(ctx), { activation, catalog, user, ownVersion })
    const query = queryFields(ctx)
    const scope = (query.scope ?? '').trim()
    const error = switchProblem(plugin, scope)
    if (error) {
      const scopes = (await knownScopes(database, database.schema)).filter((one) => user.can('configure', one))
      return showPlugin(ctx, { plugin, scopes, error, typedScope: scope })
    }
    requirePermission(ctx, 'configure', scope)
    const isActive = query.to === 'on'
    show(ctx, {
      view: 'plugins/switch',
      title: `Switch ${plugin.displayName} ${isActive ? 'on' : 'off'}`,
      data: {
        plugin,
        scope,
        scopePhrase: scopePhrase(scope),
        isActive,
        ...(await consequences(options, plugin.name, scope)),
      },
    })
  })

  router.post('/plugins/:name/switch', async (ctx) => {
    const { name, plugin, status } = requirePlugin(ctx)
    const fields = formFields(ctx)
    const scope = textField(fields, 'scope')
    const to = textField(fields, 'to')
    if (status !== 'ready' || plugin?.level === 'instance' || !isScope(scope) || !['on', 'off'].includes(to)) {
      ctx.throw(422, 'This plugin cannot be switched like that.')
    }
    const user = requirePermission(ctx, 'configure', scope)
    await activation.setActive({ plugin: name, scope, isActive: to === 'on', actor: actorOf(user) }).catch((error) => {
      // What the plugin's level does not allow is told in the room's own words.
      if (Reflect.get(Object(error), 'code') === 'activation_refused') ctx.throw(422, messageOf(error))
      throw error
    })
    const text = `${plugin?.displayName ?? name} is switched ${to} ${scopePhrase(scope)}.`
    setNotice(ctx, { kind: 'success', text }, { basePath })
    seeOther(ctx, pageUrl(basePath, `/plugins/${encodeURIComponent(name)}`))
  })

  function showPlugin(
    ctx: PageContext,
    data: {
      plugin: PluginView
      scopes: readonly string[]
      error: string | null
      typedScope: string
    },
  ): void {
    const title = data.error ? `Error: ${data.plugin.displayName}` : data.plugin.displayName
    const canConfigureAny = userOf(ctx).can('configure', '') || data.scopes.length > 0
    show(ctx, {
      view: 'plugins/show',
      title,
      status: data.error ? 422 : 200,
      data: {
        ...data,
        scopeExample: scopeExample(data.scopes),
        canConfigureAny,
        ownVersion,
        entryPath: entryPath(catalog, data.plugin.name),
      },
    })
  }
}

function switchProblem(plugin: PluginView, scope: string): string | null {
  if (!plugin.canSwitch) return `${plugin.displayName} cannot be switched.`
  if (!isScope(scope)) return enterScope
  if (plugin.level === 'organizer' && isEventScope(scope)) {
    const above = aboveEvents(scope)
    return `It is switched for a whole, which everything below inherits. ${above === '' ? 'Leave the scope empty' : `Enter ${above}`}.`
  }
  return null
}

function isScope(scope: string): boolean {
  return scope.length <= maxScopeLength && scopePattern.test(scope)
}

// Where a plugin's own pages begin.
function entryPath(catalog: Catalog, plugin: string): string | null {
  const first = catalog.pages.find((one) => one.plugin.name === plugin && one.page.navigation)
  return first ? `/${plugin}${first.page.path === '/' ? '' : first.page.path}` : null
}

// How much would be held, or would go on.
async function consequences(
  { database, catalog }: PluginPagesOptions,
  plugin: string,
  scope: string,
): Promise<{ openCount: number; connectionNames: readonly string[] }> {
  const { schema } = database
  const identifiers = catalog
    .providers()
    .flatMap((one) => (one.plugin.name === plugin ? [one.provider.identifier] : []))
  const [jobs, connections] = await Promise.all([
    database.executeSql<{ count: number }>(
      `select count(*)::int as count from (
         select from ${schema}.sync_job j join ${schema}.connection c on c.id = j.connection_id
         where c.provider = any($1) and (j.scope = $2 or starts_with(j.scope, $2 || '/'))
         group by j.connection_id, j.source_model, j.source_id, j.stream limit 10001
       ) counted`,
      [identifiers, scope],
    ),
    database.executeSql<{ name: string }>(
      `select name from ${schema}.connection
       where provider = any($1) and state <> 'deleted'
         and (scope = '' or scope = $2 or starts_with($2, scope || '/') or starts_with(scope, $2 || '/'))
       order by lower(name)`,
      [identifiers, scope],
    ),
  ])
  return { openCount: jobs.rows[0]?.count ?? 0, connectionNames: connections.rows.map(({ name }) => name) }
}

// The pages that plugins bring, each below the plugin's name and in our layout. Who may open one is asked here; what a
// page throws is told by its plugin's name and harms no other page.

import { fileURLToPath } from 'node:url'
import { isDatabaseDown } from '../database/database-down.ts'
import { messageOf, PluginError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import type { PageResult, PluginPage } from '../sdk/page.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { formFields, queryFields } from './form-fields.ts'
import { pageUrl, sameOriginPath } from './links.ts'
import { setNotice } from './notice.ts'
import { notFound, type PageContext, requirePermission } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import type { ShowPage } from './show-page.ts'

export interface MountedPagesOptions {
  catalog: Pick<Catalog, 'pages'>
  show: ShowPage
  log: Log
  basePath: string
}

/** Names of plugins whose pages would lie under ours. */
const takenNames: readonly string[] = [
  'assets',
  'audits',
  'backfills',
  'connections',
  'environments',
  'first-steps',
  'healthz',
  'jobs',
  'metrics',
  'oauth',
  'plugins',
  'providers',
  'queue',
  'readyz',
  'receive',
  'runs',
  'sign-in',
  'sign-out',
  'subjects',
  'sync-now',
]

export function mountPluginPages(router: PageRouter, options: MountedPagesOptions): void {
  for (const { plugin, page } of options.catalog.pages) {
    if (takenNames.includes(plugin.name)) {
      options.log.error(
        { plugin: plugin.name },
        'The pages of this plugin cannot be shown: its name is one of our own pages',
      )
      continue
    }
    const path = `/${plugin.name}${page.path === '/' ? '' : page.path}`
    const handler = (ctx: PageContext) => answer(ctx, plugin, page, options)
    if (page.method === 'POST') router.post(path, handler)
    else router.get(path, handler)
  }
}

async function answer(ctx: PageContext, plugin: Plugin, page: PluginPage, options: MountedPagesOptions): Promise<void> {
  const { show, basePath } = options
  const permission = page.permission ?? (page.method === 'POST' ? 'operate' : 'view')
  const user = requirePermission(ctx, permission, page.scope?.(ctx.params) ?? '')
  const search = ctx.querystring ? `?${ctx.querystring}` : ''
  const result = await named(plugin, () =>
    page.handle({
      params: ctx.params,
      query: queryFields(ctx),
      form: page.method === 'POST' ? formFields(ctx) : {},
      user,
      url: (path) => pageUrl(basePath, path),
      href: `${basePath}${ctx.state.path}${search}`,
    }),
  )
  if ('notFound' in result) return notFound(ctx, result.notFound)
  if ('redirectTo' in result) {
    if (result.notice) setNotice(ctx, result.notice, { basePath })
    return seeOther(ctx, sameOriginPath(result.redirectTo) ?? pageUrl(basePath, '/'))
  }
  const folders = plugin.viewsUrl ? [fileURLToPath(plugin.viewsUrl)] : []
  const { view, title, data, status = 200 } = result
  show(ctx, { view, title, data, status, folders })
}

async function named(plugin: Plugin, call: () => Promise<PageResult>): Promise<PageResult> {
  try {
    return await call()
  } catch (error) {
    if (isDatabaseDown(error)) throw error
    throw new PluginError(`A page of the plugin "${plugin.name}" failed: ${messageOf(error)}`, { cause: error })
  }
}

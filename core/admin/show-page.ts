// Puts a view into the layout and the layout into the answer. The same for our pages and for those of plugins.
import type { Catalog } from '../registry/catalog.ts'
import { navigationFor } from './navigation.ts'
import { takeNotice } from './notice.ts'
import type { PageContext } from './page-context.ts'
import type { Renderer } from './render.ts'

export interface Page {
  view: string
  title: string
  data?: Readonly<Record<string, unknown>>
  /** @default 200 */
  status?: number
  /** Where a plugin keeps its views. */
  folders?: readonly string[]
  /** The browser asks again after this; the page offers a link that stops it. */
  refreshSeconds?: number
}
export type ShowPage = (ctx: PageContext, page: Page) => void

export function createShowPage({
  renderer,
  catalog,
  basePath,
  hasSignIn,
}: {
  renderer: Renderer
  catalog: Pick<Catalog, 'pages' | 'definitionKinds'>
  basePath: string
  /** The pages have their own sign-in, so a sign-out belongs on them. */
  hasSignIn: boolean
}): ShowPage {
  return function showPage(ctx, page) {
    const { user, requestId } = ctx.state
    const data = page.data ?? {}
    // The body first: when its view fails, the notice is still there for the error page.
    const body = renderer.render(page.view, { ...data, title: page.title }, page.folders)
    const html = renderer.render('layout', {
      body,
      title: page.title,
      notice: user ? takeNotice(ctx, { basePath }) : null,
      navigation: user ? navigationFor({ catalog, user, currentPath: ctx.state.path }) : null,
      userName: user?.name ?? null,
      hasSignIn,
      requestId,
    })
    ctx.status = page.status ?? 200
    // A header and not a meta element: it is left out by who asks the page with ?live=no.
    if (page.refreshSeconds) ctx.set('Refresh', String(page.refreshSeconds))
    ctx.type = 'html'
    ctx.body = html.toString()
  }
}

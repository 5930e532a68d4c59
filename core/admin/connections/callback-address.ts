// Where a remote sends people back to after they agreed (OAuth 2): our page, as their browsers reach it. It has to stand at
// the remote letter by letter, so it is made in one place.
import type { PageContext } from '../page-context.ts'

export type RedirectUri = (ctx: PageContext) => string

export const callbackPath = '/oauth/callback'

export function callbackAddress({ basePath, publicUrl }: { basePath: string; publicUrl: string | null }): RedirectUri {
  return function redirectUri(ctx) {
    // Behind a proxy that is trusted the origin is the one that the browser sees.
    const base = (publicUrl ?? `${ctx.protocol}://${ctx.host}`).replace(/\/+$/, '')
    const hasPath = basePath === '' || URL.parse(base)?.pathname.endsWith(basePath)
    return `${base}${hasPath ? '' : basePath}${callbackPath}`
  }
}

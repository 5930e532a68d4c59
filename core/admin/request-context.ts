// The first step of every request: a reference for the log, cookies as the browser sees them, and the path below the one
// we are mounted at, whether the host (or a proxy) cut that off already or not.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { PageContext } from './page-context.ts'

export function requestContext({ basePath, isSecure }: { basePath: string; isSecure: boolean }) {
  return async function context(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
    const path = pathBelow(basePath, ctx.req)
    ctx.state.requestId = randomUUID()
    ctx.state.user = null
    ctx.state.path = path
    // What @koa/router matches; the host's own request is left as it is.
    ctx.newRouterPath = path
    ctx.set('X-Request-Id', ctx.state.requestId)
    // Behind a proxy that ends TLS our own socket says http, and the cookie would lose its Secure.
    if (isSecure) ctx.cookies.secure = true
    await next()
  }
}

function pathBelow(basePath: string, request: IncomingMessage): string {
  const path = pathOf(request.url ?? '/')
  // Express and its like keep the whole address here when they cut off where they mounted us.
  const original: unknown = Reflect.get(request, 'originalUrl')
  const isCut = typeof original === 'string' && pathOf(original) === `${basePath}${path === '/' ? '' : path}`
  if (isCut || basePath === '') return path
  if (path === basePath) return '/'
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path
}

const pathOf = (url: string): string => url.replace(/[?#].*$/s, '') || '/'

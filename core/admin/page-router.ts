// The router as the pages see it: a path and a handler. The first handler whose path fits answers.
import Router, { type RouterContext } from '@koa/router'
import type { Middleware } from 'koa'
import type { PageContext } from './page-context.ts'

export type PageHandler = (ctx: PageContext) => void | Promise<void>

export interface PageRouter {
  get(path: string, handler: PageHandler): void
  post(path: string, handler: PageHandler): void
  /** To be used in this order. The second answers 405 where only another method fits. */
  middleware(): readonly Middleware[]
}

export function createPageRouter(): PageRouter {
  const router = new Router({ sensitive: true })
  // The first steps of every request (request-context) made the state what a page expects.
  const asPage = (handler: PageHandler) => (ctx: RouterContext) => handler(ctx as unknown as PageContext)
  return Object.freeze({
    get: (path, handler) => void router.get(path, asPage(handler)),
    post: (path, handler) => void router.post(path, asPage(handler)),
    middleware: () => [router.routes() as Middleware, router.allowedMethods() as Middleware],
  } satisfies PageRouter)
}

/** After a POST: look at the page, with a GET. Only for paths that are known to be of our origin. */
export function seeOther(ctx: PageContext, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

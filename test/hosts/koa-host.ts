// A shop on Koa that mounts outbound-sync below /shop/outbound-sync.
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import Koa from 'koa'
import type { OutboundSync } from '../../core/index.ts'
import { cookieOf, staffOf } from './shop-staff.ts'

const mount = '/shop/outbound-sync'

/** For createOutboundSync({ identify }): the shop's own cookie. */
export const identify = (request: IncomingMessage) => staffOf(cookieOf(request.headers.cookie, 'shop_session'))

export async function startKoaShop(
  sync: Pick<OutboundSync, 'handler'>,
  { parsesForms }: { parsesForms: boolean },
): Promise<Server> {
  const app = new Koa()
  // patchNode leaves the fields where outbound-sync finds them: in the body of the Node request too.
  if (parsesForms) app.use(bodyParser({ patchNode: true }))
  app.use(async (ctx, next) => {
    if (ctx.path !== mount && !ctx.path.startsWith(`${mount}/`)) return next()
    // Koa itself then answers nothing.
    ctx.respond = false
    sync.handler(ctx.req, ctx.res)
  })
  app.use((ctx) => {
    if (ctx.path === '/shop') ctx.body = 'The shop'
    else ctx.throw(404, 'The shop has no such page')
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

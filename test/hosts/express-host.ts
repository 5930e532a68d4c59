// A shop on Express that mounts outbound-sync below /shop/outbound-sync.
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import express from 'express'
import type { OutboundSync } from '../../core/index.ts'
import { cookieOf, staffOf } from './shop-staff.ts'

/** For createOutboundSync({ identify }): the shop's own cookie. */
export const identify = (request: IncomingMessage) => staffOf(cookieOf(request.headers.cookie, 'shop_session'))

export async function startExpressShop(
  sync: Pick<OutboundSync, 'handler'>,
  { parsesForms }: { parsesForms: boolean },
): Promise<Server> {
  const app = express()
  // It leaves the fields in request.body, where outbound-sync finds them.
  if (parsesForms) app.use(express.urlencoded({ extended: true }))
  app.use('/shop/outbound-sync', (request, response) => sync.handler(request, response))
  app.get('/shop', (_request, response) => {
    response.send('The shop')
  })
  app.use((_request, response) => {
    response.status(404).send('The shop has no such page')
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

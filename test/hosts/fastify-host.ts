// A shop on Fastify that mounts outbound-sync below /shop/outbound-sync.
import type { IncomingMessage, Server } from 'node:http'
import formbody from '@fastify/formbody'
import fastify from 'fastify'
import type { OutboundSync } from '../../core/index.ts'
import { staffOf } from './shop-staff.ts'

/** For createOutboundSync({ identify }): the token that the shop's own pages send. */
export const identify = (request: IncomingMessage) => staffOf(request.headers.authorization?.replace(/^Bearer /, ''))

export async function startFastifyShop(
  sync: Pick<OutboundSync, 'handler'>,
  { parsesForms }: { parsesForms: boolean },
): Promise<Server> {
  const app = fastify()
  if (parsesForms) app.register(formbody)
  app.register(
    async (mounted) => {
      // Without a parser Fastify would refuse a form; this one leaves it to outbound-sync.
      if (!parsesForms) mounted.addContentTypeParser('*', (_request, _payload, done) => done(null))
      const paths = ['/', '/*']
      for (const path of paths) {
        mounted.all(path, (request, reply) => {
          // Fastify itself then answers nothing.
          reply.hijack()
          // Where outbound-sync looks for a form that was read before it.
          Object.assign(request.raw, { body: request.body })
          sync.handler(request.raw, reply.raw)
        })
      }
    },
    { prefix: '/shop/outbound-sync' },
  )
  app.get('/shop', async () => 'The shop')
  app.setNotFoundHandler((_request, reply) => reply.code(404).send('The shop has no such page'))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

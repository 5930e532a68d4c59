// A shop on Node's own server that mounts outbound-sync below /shop/outbound-sync.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { OutboundSync } from '../../core/index.ts'
import { staffOf } from './shop-staff.ts'

const mount = '/shop/outbound-sync'

/** For createOutboundSync({ identify }): the header in which a proxy in front hands on who has signed in. */
export const identify = (request: IncomingMessage) => staffOf(String(request.headers['x-shop-session']))

export async function startHttpShop(
  sync: Pick<OutboundSync, 'handler'>,
  { parsesForms }: { parsesForms: boolean },
): Promise<Server> {
  const server = createServer(async (request, response) => {
    // Where outbound-sync looks for a form that was read before it.
    if (parsesForms && request.method === 'POST') Object.assign(request, { body: await readForm(request) })
    const path = (request.url ?? '/').replace(/\?.*$/, '')
    if (path === mount || path.startsWith(`${mount}/`)) sync.handler(request, response)
    else if (path === '/shop') response.end('The shop')
    else response.writeHead(404).end('The shop has no such page')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function readForm(request: IncomingMessage): Promise<Record<string, string | string[]>> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  const fields = new URLSearchParams(text)
  return Object.fromEntries([...fields.keys()].map((name) => [name, fields.getAll(name)]))
}

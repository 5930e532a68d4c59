// The pages of an instance on a port of its own, as a host would answer with them.
import { createServer } from 'node:http'
import type { OutboundSync } from '../../core/index.ts'

export interface ServedSync {
  origin: string
  close(): void
}

export async function serveSync(sync: Pick<OutboundSync, 'handler'>): Promise<ServedSync> {
  const server = createServer((request, response) => void sync.handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

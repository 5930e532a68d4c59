// A TCP proxy that can swallow everything without a sign: what either side sends is accepted and goes nowhere, no
// connection is ended, as behind a firewall that forgot them. Connections opened while it swallows are accepted and silent.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** All connections there are, and those that come, carry nothing; they stay so for ever. */
  swallow(): void
  /** From now on only the connections there are: new ones work. */
  letNewOnesThrough(): void
  close(): Promise<void>
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; target: Socket; isSwallowed: boolean }>()
  let swallowsNewOnes = false
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    const pair = { client, target, isSwallowed: swallowsNewOnes }
    pairs.add(pair)
    const join = (from: Socket, to: Socket): void => {
      from.setNoDelay(true)
      from.on('data', (chunk) => {
        if (!pair.isSwallowed) to.write(chunk)
      })
      // How it ended is the business of the two ends.
      from.on('error', () => undefined)
      from.on('close', () => {
        if (!pair.isSwallowed || from === client) to.destroy()
        if (from === client) pairs.delete(pair)
      })
    }
    join(client, target)
    join(target, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    swallow() {
      swallowsNewOnes = true
      for (const pair of pairs) pair.isSwallowed = true
    },
    letNewOnesThrough() {
      swallowsNewOnes = false
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const { client, target } of pairs) {
        client.destroy()
        target.destroy()
      }
      await closed
    },
  }
}

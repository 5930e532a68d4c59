// Listeners that nobody may reach: they count who knocks.
import { type AddressInfo, createServer } from 'node:net'

export interface Canaries {
  port: number
  connectionCount(): number
  close(): void
}

/** On every IPv4 address of this machine, which 127.0.0.1 is one of, and on ::1, at the same port. */
export async function startEverywhere(): Promise<Canaries> {
  let count = 0
  const [ipv4, ipv6] = [createServer(), createServer()]
  for (const server of [ipv4, ipv6]) {
    server.on('connection', (socket) => {
      count += 1
      socket.on('error', () => undefined).destroy()
    })
  }
  for (;;) {
    await new Promise<void>((resolve) => ipv4.listen(0, '0.0.0.0', resolve))
    const { port } = ipv4.address() as AddressInfo
    const isFree = await new Promise<boolean>((resolve) => {
      ipv6.once('error', () => resolve(false)).listen(port, '::1', () => resolve(true))
    })
    const close = (): void => void [ipv4.close(), ipv6.close()]
    if (isFree) return { port, connectionCount: () => count, close }
    await new Promise((resolve) => ipv4.close(resolve))
  }
}

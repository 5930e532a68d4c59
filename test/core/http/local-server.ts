// Real servers on loopback for the tests of core/http, ended with the test that started them.
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createEgressGuard, type ResolveAll } from '../../../core/http/egress-guard.ts'
import { createHttpClient, type HttpClientOptions, type OutboundHttpClient } from '../../../core/http/http-client.ts'

export interface LocalServer {
  origin: string
  port: number
  /** Sockets accepted so far. */
  connectionCount(): number
}

type Cleanup = Pick<TestContext, 'after'>

export async function startHttpServer(test: Cleanup, listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener)
  const local = await listen(test, server)
  test.after(() => server.closeAllConnections())
  return local
}

/** A server that speaks whatever `onSocket` writes. */
export async function startRawServer(test: Cleanup, onSocket: (socket: Socket) => void): Promise<LocalServer> {
  const sockets = new Set<Socket>()
  const server = createSocketServer((socket) => {
    sockets.add(socket)
    // A client that gives up resets the connection; that is what these servers are for.
    socket.on('error', () => {})
    onSocket(socket)
  })
  test.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  return listen(test, server)
}

/** Counts who knocks, on 127.0.0.1 and ::1 at the same port. */
export async function startCanaries(test: Cleanup): Promise<{ port: number; connectionCount(): number }> {
  const hang = (socket: Socket): void => void socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\n\r\n')
  for (;;) {
    const ipv4 = createSocketServer(hang)
    const { port, connectionCount } = await listen(test, ipv4)
    const ipv6 = createSocketServer(hang)
    const isFree = await new Promise<boolean>((resolve) => {
      ipv6.once('error', () => resolve(false)).listen(port, '::1', () => resolve(true))
    })
    if (!isFree) continue
    const countIpv6 = countConnections(ipv6)
    test.after(() => void ipv6.close())
    return { port, connectionCount: () => connectionCount() + countIpv6() }
  }
}

/** A port on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = createSocketServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A client that may call 127.0.0.1, closed with the test. */
export function startClient(test: Cleanup, options: Partial<HttpClientOptions> = {}): OutboundHttpClient {
  const egressGuard = createEgressGuard({ allow: ['127.0.0.1'] })
  const client = createHttpClient({ egressGuard, userAgent: 'outbound-sync-test', ...options })
  test.after(() => client.close())
  return client
}

/** A client that may call the public internet and what is allowed, with names resolved as the test says. */
export function startGuardedClient(
  test: Cleanup,
  { allow = [], resolve }: { allow?: string[]; resolve?: ResolveAll } = {},
): OutboundHttpClient {
  const egressGuard = createEgressGuard({ allow, ...(resolve && { resolve }) })
  return startClient(test, { egressGuard, connectTimeoutMs: 2000, timeoutMs: 5000 })
}

async function listen(test: Cleanup, server: Server): Promise<LocalServer> {
  const connectionCount = countConnections(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  test.after(() => void server.close())
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, port, connectionCount }
}

function countConnections(server: Server): () => number {
  let count = 0
  server.on('connection', () => {
    count += 1
  })
  return () => count
}

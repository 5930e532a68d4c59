// Opens a socket for a provider whose remote speaks no HTTP. It is judged by the same egress guard as every HTTP call: a
// host typed into a form reaches nothing more by another protocol.
import { connect, isIP, type Socket } from 'node:net'
import { SyncConfigError } from '../errors.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import { type EgressGuard, egressRefusal, egressRefused } from './egress-guard.ts'
import { toNetworkError } from './network-errors.ts'

/** @param connectTimeoutMs name service and connection. @default 5000 */
export function createConnectTcp({
  egressGuard,
  connectTimeoutMs = 5000,
}: {
  egressGuard: EgressGuard
  connectTimeoutMs?: number
}): ConnectTcp {
  return async ({ host, port, signal }) => {
    signal?.throwIfAborted()
    const url = parseTarget(host, port)
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const judgement = egressGuard.judgeTarget({ hostname, port })
    const socket = connect({
      host: hostname,
      port,
      noDelay: true,
      // Node connects to what this lookup answers and to nothing else.
      ...(judgement === 'checked' ? { lookup: egressGuard.lookup } : {}),
    })
    try {
      await connected(socket, { connectTimeoutMs, signal })
      return socket
    } catch (error) {
      // One that was given up may still fail.
      socket.on('error', () => undefined).destroy()
      if (signal?.aborted && error === signal.reason) throw error
      // Of a name that was looked up the guard does not know the port.
      if (Reflect.get(Object(error), 'code') === egressRefused) throw egressRefusal({ hostname, port })
      throw toNetworkError(error, { method: 'Connecting to', url })
    }
  }
}

// Read as the host of a URL, so that every spelling of an address becomes the one that is judged.
function parseTarget(host: string, port: number): URL {
  const name = isIP(host) === 6 ? `[${host}]` : host
  const url = URL.parse(`http://${name}`)
  const hasMore = url && (url.pathname !== '/' || url.port || url.search || url.hash || url.username || url.password)
  if (!url || hasMore || name.endsWith('/') || !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new SyncConfigError(
      `"${host}" with port ${port} cannot be connected to: write a host such as db.example.com and a port from 1 to 65535.`,
    )
  }
  return new URL(`tcp://${url.hostname}:${port}`)
}

function connected(
  socket: Socket,
  { connectTimeoutMs, signal }: { connectTimeoutMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const tooLate = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => settle(() => reject(tooLate)), connectTimeoutMs)
    const onAbort = (): void => settle(() => reject(signal?.reason))
    const onConnect = (): void => settle(resolve)
    const onError = (error: Error): void => settle(() => reject(error))
    const settle = (end: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.off('connect', onConnect).off('error', onError)
      end()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', onConnect).once('error', onError)
  })
}

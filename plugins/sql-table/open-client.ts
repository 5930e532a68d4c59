// A driver's client on a socket that the egress guard has let through.
import pg from 'pg'
import type { ProviderContext } from '../../core/sdk/index.ts'
import type { SqlTableSettings } from './settings.ts'

export interface OpenClient {
  client: pg.Client
  isLost(): boolean
  /** At once, whatever is under way. */
  destroy(): void
}

/** Longest wait for an answer of a server that fell silent; statements have their own limit below it. */
const answerTimeoutMs = 25_000

export async function openClient(
  { settings, connectTcp }: Pick<ProviderContext<SqlTableSettings>, 'settings' | 'connectTcp'>,
  signal: AbortSignal,
): Promise<OpenClient> {
  const { host, port, database, user, password } = settings
  const socket = await connectTcp({ host, port, signal })
  // It is connected already, and the driver must not connect it to anywhere else.
  const connected = Object.assign(socket, {
    connect() {
      process.nextTick(() => socket.emit('connect'))
      return socket
    },
  })
  const destroy = (): void => void connected.destroy()
  const client = new pg.Client({
    stream: () => connected,
    host,
    port,
    database,
    user,
    password,
    ssl: tlsOf(settings),
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: answerTimeoutMs,
    application_name: 'outbound-sync',
  })
  let isLost = false
  // Without a listener a connection that breaks between two statements would end the process.
  client.on('error', () => {
    isLost = true
  })
  client.on('end', () => {
    isLost = true
  })
  signal.addEventListener('abort', destroy, { once: true })
  try {
    await client.connect()
    return Object.freeze({ client, isLost: () => isLost, destroy })
  } catch (error) {
    destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', destroy)
  }
}

function tlsOf({ tls, authority }: SqlTableSettings): pg.ClientConfig['ssl'] {
  if (tls === 'off') return false
  return { rejectUnauthorized: tls === 'verify', ...(authority ? { ca: authority } : {}) }
}

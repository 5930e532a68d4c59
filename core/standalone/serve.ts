// `start`, `web` and `worker`: runs until SIGTERM or SIGINT, then drains and leaves with 0.
import { once } from 'node:events'
import { createServer, Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { OutboundSyncError } from '../errors.ts'
import { ensureAdministrator, type Program } from './open-program.ts'

export async function serve(
  program: Program,
  { hasWeb, hasWorker, waitMs }: { hasWeb: boolean; hasWorker: boolean; waitMs: number },
): Promise<void> {
  const { sync, config } = program
  const stopped = stopSignal()
  // The pages answer while the database is still waited for: /healthz says alive, /readyz not yet.
  const server = hasWeb ? await listen(config, (request, response) => sync.handler(request, response)) : null
  try {
    await sync.start({ waitMs })
    const services = await sync.startServices()
    if (hasWeb) await sync.notifyStarted()
    if (hasWorker) await sync.worker.start()
    const lines = server ? await welcome(program, server, services) : ['The worker is running.']
    process.stdout.write(`${lines.join('\n')}\n`)
    await stopped
    process.stdout.write('Stopping: work under way is finished first.\n')
  } finally {
    await close(server)
    await program.close()
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}

function listen(config: Config, handler: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(handler as NonNullable<typeof handler>)
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portError(error, config)))
    server.listen({ host: config.host, port: config.port }, () => resolve(server))
  })
}

function portError(error: Error, { host, port }: Config): Error {
  const code: unknown = Reflect.get(error, 'code')
  if (code === 'EADDRINUSE') {
    return new OutboundSyncError(
      'port_taken',
      `The port ${port} on ${host} is taken by another program. Set PORT to a free one, or stop the other program.`,
      { cause: error },
    )
  }
  if (code === 'EACCES') {
    return new OutboundSyncError(
      'port_forbidden',
      `This user may not listen on port ${port} of ${host}. Set PORT to one above 1024.`,
      { cause: error },
    )
  }
  return error
}

/** Kept connections that are in use have sent their next request by then. */
const lastRequestMs = 500

// No new connections; the next answer on each kept one says that it is the last. The close() of http would end at once those
// that are between two requests, and with them a request that is just arriving, so this is the one it builds on.
async function close(server: Server | null): Promise<void> {
  if (!server) return
  const closed = once(server, 'close')
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'))
  const stopListening: () => void = Object.getPrototypeOf(Server.prototype).close
  stopListening.call(server)
  await Promise.race([closed, delay(lastRequestMs)])
  server.closeIdleConnections()
  await closed
}

async function welcome(
  program: Program,
  server: Server,
  services: readonly { name: string; origin: string }[],
): Promise<string[]> {
  const { config } = program
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : config.port
  const administrator = await ensureAdministrator(program)
  const secret = administrator.password
    ? `${administrator.email}, password ${administrator.password}${administrator.passwordFile ? ` (kept in ${administrator.passwordFile})` : ''}`
    : administrator.email
  return [
    '',
    `  Pages      ${config.publicUrl ?? `http://${config.host}:${port}${config.basePath}`}/`,
    `  Sign in    ${secret}`,
    ...services.map(({ name, origin }) => `  ${name.padEnd(10)} ${origin}/`),
    '',
    '  Stop with Ctrl-C.',
    '',
  ]
}

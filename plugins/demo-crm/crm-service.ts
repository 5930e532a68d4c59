// Runs the Demo CRM with `start`, on a port that stays: the first start picks a free one and notes it, later starts use
// it again, so that links and the connection's address stay right. Where another process runs the same CRM already,
// this one points to it and stands by to take over; where a stranger has the port, another is picked and noted.
import { get, type Server } from 'node:http'
import { type Log, messageOf, type PluginService, z } from '../../core/sdk/index.ts'
import type { ExecuteSql } from './crm-objects.ts'
import { createDemoCrmServer } from './server.ts'

const host = '127.0.0.1'
const standbyIntervalMs = 250
const instanceSchema = z.object({ product: z.literal('Demo CRM'), instanceId: z.string() })

export function createDemoCrmService({ executeSql, log }: { executeSql: ExecuteSql; log: Log }): PluginService {
  return {
    name: 'demo-crm',
    async start() {
      const instanceId = await readInstanceId(executeSql)
      const server = createDemoCrmServer({ executeSql, instanceId, log })
      const { port, isListening } = await findPort({ executeSql, server, instanceId })
      const standby = isListening ? null : standBy({ server, port, log })
      return {
        origin: `http://${host}:${port}`,
        async stop() {
          await standby?.stop()
          await close(server)
        },
      }
    },
  }
}

// A copied database is another CRM, so its number is part of the name.
async function readInstanceId(executeSql: ExecuteSql): Promise<string> {
  const { rows } = await executeSql(
    `select value || '-' || (select oid from pg_database where datname = current_database()) as id
     from demo_crm.setting where key = 'instance_id'`,
    [],
  )
  return z.object({ id: z.string() }).parse(rows[0]).id
}

async function findPort({
  executeSql,
  server,
  instanceId,
}: {
  executeSql: ExecuteSql
  server: Server
  instanceId: string
}): Promise<{ port: number; isListening: boolean }> {
  // Two processes that start together may note a port at the same moment; the one that comes second looks again.
  for (let attempt = 0; attempt < 5; attempt++) {
    const noted = await readPort(executeSql)
    if (noted !== null) {
      if (await listen(server, noted)) return { port: noted, isListening: true }
      if ((await askInstanceId(noted)) === instanceId) return { port: noted, isListening: false }
    }
    await listen(server, 0)
    const port = portOf(server)
    if (await notePort(executeSql, { port, instead: noted })) return { port, isListening: true }
    await close(server)
  }
  throw new Error('The Demo CRM found no port to listen on: its setting changes with every look. Start it again.')
}

async function readPort(executeSql: ExecuteSql): Promise<number | null> {
  const { rows } = await executeSql(`select value from demo_crm.setting where key = 'port'`, [])
  return rows[0] ? z.coerce.number().int().min(1).max(65_535).parse(rows[0].value) : null
}

async function notePort(
  executeSql: ExecuteSql,
  { port, instead }: { port: number; instead: number | null },
): Promise<boolean> {
  const { rows } =
    instead === null
      ? await executeSql(
          `insert into demo_crm.setting (key, value) values ('port', $1) on conflict (key) do nothing returning key`,
          [String(port)],
        )
      : await executeSql(`update demo_crm.setting set value = $1 where key = 'port' and value = $2 returning key`, [
          String(port),
          String(instead),
        ])
  return rows.length > 0
}

/** False when the port is taken or not ours to use. */
function listen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      server.off('error', onError)
      resolve(true)
    }
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    }
    server.once('listening', onListening)
    server.once('error', onError)
    server.listen(port, host)
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('The Demo CRM listens on no port')
}

/** Who answers on a port of this machine; null for anything that is no Demo CRM. */
function askInstanceId(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/api/instance', timeout: 2_000, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > 10_000) request.destroy()
      })
      response.on('end', () => resolve(parseInstanceId(text)))
    })
    request.on('timeout', () => request.destroy())
    request.on('close', () => resolve(null))
    request.on('error', () => resolve(null))
  })
}

function parseInstanceId(text: string): string | null {
  try {
    return instanceSchema.parse(JSON.parse(text)).instanceId
  } catch {
    return null
  }
}

function standBy({ server, port, log }: { server: Server; port: number; log: Log }): { stop(): Promise<void> } {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let attempt: Promise<void> = Promise.resolve()
  const tryToTakeOver = async (): Promise<void> => {
    if (await listen(server, port)) log.info({ port }, 'The Demo CRM runs in this process now')
    else if (!isStopped) schedule()
  }
  const schedule = (): void => {
    timer = setTimeout(() => {
      attempt = tryToTakeOver().catch((error: unknown) => {
        log.error({ port, error: messageOf(error) }, 'The Demo CRM could not take over its port')
      })
    }, standbyIntervalMs)
  }
  log.info({ port }, 'The Demo CRM runs in another process')
  schedule()
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await attempt
    },
  }
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const impatience = setTimeout(() => server.closeAllConnections(), 2_000)
  await closed
  clearTimeout(impatience)
}

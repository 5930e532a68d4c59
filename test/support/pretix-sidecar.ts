// A whole instance beside a pretix: the plugins `pretix` and `webhook` by their names, real HTTP on every side, and a receiver
// that notes what arrives.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutboundSync } from '../../core/instance.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { createMigratedDatabase } from './migrated-database.ts'
import { conferenceEvent } from './pretix-conference.ts'
import { webhookSecret } from './pretix-reader.ts'
import { type PretixServer, startPretixServer } from './pretix-server.ts'

export interface Arrived {
  type: string
  data: Record<string, unknown>
}

export interface Sidecar {
  sync: OutboundSync
  pretix: PretixServer
  databaseUrl: string
  connectionId: string
  /** Everything the instance logged, a line an entry. */
  logLines: string[]
  /** The messages that arrived at the remote, in order. */
  arrived: Arrived[]
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** As pretix calls: the action is what comes behind `pretix.event.`. */
  notify(action: string, code: string, event?: string): Promise<Response>
  post(path: string, body: string): Promise<Response>
  close(): Promise<void>
}

const field = (key: string) => ({ externalField: key, source: { field: key } })
const mappings = mappingDocumentSchema.parse([
  {
    key: 'order',
    sourceModel: 'Order',
    externalObjectType: 'message',
    sourceIdField: 'event_order_code',
    externalIdField: 'id',
    propertyMappings: [
      ...['order_total', 'email', 'order_date'].map(field),
      { ...field('order_status'), valueMap: { n: 'pending', p: 'paid', e: 'expired', c: 'canceled' } },
      {
        externalField: 'tickets',
        each: {
          nestedModel: 'OrderPosition',
          propertyMappings: [...['product', 'attendee_name', 'question_diet', 'checkin_date_1'].map(field)],
        },
      },
    ],
  },
])

export async function createPretixSidecar({ token }: { token?: string } = {}): Promise<Sidecar> {
  const { databaseUrl, database, drop } = await createMigratedDatabase()
  const keyFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-keys-'))
  const pretix = await startPretixServer()
  pretix.addEvent('acme', 'conf26', conferenceEvent)
  const arrived: Arrived[] = []
  const remote = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    arrived.push(JSON.parse(text))
    response.end()
  })
  const remotePort = await listen(remote)
  const logLines: string[] = []
  const sync = await createOutboundSync({
    databaseUrl,
    plugins: ['pretix', 'webhook'],
    pluginOptions: { pretix: { baseUrl: pretix.origin, token: token ?? pretix.token, webhookSecret } },
    keyFolder,
    egressAllow: [`127.0.0.1:${pretix.port}`, `127.0.0.1:${remotePort}`],
    workerPollIntervalMs: 50,
    logStream: { write: (line) => void logLines.push(line) },
  })
  await sync.start()
  const scope = 'organizer:acme'
  await sync.operations.setPluginActive({ plugin: 'webhook', scope, isActive: true, actor: 'test' })
  const { connectionId } = await sync.operations.ensureConnection({
    provider: 'webhook',
    name: 'Remote',
    scope,
    settings: {
      url: `http://127.0.0.1:${remotePort}/hooks`,
      signingSecret: `whsec_${Buffer.alloc(32, 5).toString('base64')}`,
    },
    mappings,
    actor: 'test',
  })
  const pages = createServer((request, response) => sync.handler(request, response))
  const origin = `http://127.0.0.1:${await listen(pages)}`
  const post: Sidecar['post'] = (path, body) =>
    fetch(`${origin}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  return {
    sync,
    pretix,
    databaseUrl,
    connectionId,
    logLines,
    arrived,
    rows: async (sql, values = []) => (await database.executeSql(sql, values)).rows,
    post,
    notify: (action, code, event = 'conf26') =>
      post(
        `/receive/pretix/${webhookSecret}`,
        JSON.stringify({
          notification_id: 1,
          organizer: 'acme',
          event,
          code,
          action: `pretix.event.${action}`,
        }),
      ),
    async close() {
      await sync.stop()
      await pretix.stop()
      for (const server of [pages, remote]) {
        server.closeAllConnections()
        server.close()
      }
      await drop()
      await rm(keyFolder, { recursive: true, force: true })
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

// A page asks the remote of a connection: it gets an answer or a sentence, in time, and never a secret.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type Connections, createConnections } from '../../../core/connections/connect.ts'
import { createCatalog } from '../../../core/registry/catalog.ts'
import { apiKeyAuth, definePlugin, OutboundSyncProvider, z } from '../../../core/sdk/index.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'

const key = 'key-0f1e2d3c4b5a6978'
let closedCount = 0

class AskedProvider extends OutboundSyncProvider<{ url: string }> {
  static override readonly identifier = 'asked'
  static override readonly auth = apiKeyAuth({ in: 'header', name: 'x-key' })
  static override readonly settings = z.object({ url: z.url() })

  get url(): string {
    return this.context.settings.url
  }

  override async syncObjectWithProperties(): Promise<null> {
    return null
  }

  override async close(): Promise<void> {
    closedCount += 1
  }
}

describe('asking the remote of a connection', () => {
  let database: Awaited<ReturnType<typeof createMigratedDatabase>>
  let parts: ReturnType<typeof connectionParts>
  let connections: Connections
  let server: Server
  let connectionId: string
  const keys: unknown[] = []
  before(async () => {
    server = createServer((request, response) => {
      keys.push(request.headers['x-key'])
      if (request.url === '/ok') response.end('"yes"')
      if (request.url === '/refused') response.writeHead(403).end(`no such key ${key}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    database = await createMigratedDatabase()
    const configured = [{ id: 'k1', key: randomBytes(32) }]
    const dataKeys = createDataKeys({
      database: database.database,
      masterKeys: createMasterKeys(configured),
      configured,
    })
    parts = connectionParts({ database: database.database, dataKeys })
    const plugin = definePlugin({ name: 'asked', version: '1.0.0', compatibility: '*', providers: [AskedProvider] })
    connections = createConnections({
      database: database.database,
      catalog: createCatalog({
        plugins: [{ specifier: 'asked', name: 'asked', plugin, status: 'ready', error: null }],
      }),
      dataKeys,
      ...parts,
      createQueue: async () => undefined,
      cancelJobs: async () => undefined,
      wakeUp() {},
    })
    // It listens on a port, so its address is no pipe's name.
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settings = { url, apiKey: key }
    ;({ connectionId } = await connections.ensure({
      ...{ provider: 'asked', name: 'Asked', scope: '', settings, actor: 'test' },
    }))
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await parts.http.close()
    await database.drop()
  })

  const ask = (path: string, limitMs = 10_000) =>
    connections.ask({
      connectionId,
      limitMs,
      async ask({ provider, http, signal }) {
        assert.ok(provider instanceof AskedProvider)
        return (await http.request({ url: provider.url + path, signal })).json()
      },
    })

  it('signs the call and closes the provider', async () => {
    closedCount = 0
    assert.deepEqual(await ask('/ok'), { isAnswered: true, answer: 'yes' })
    assert.deepEqual([keys.at(-1), closedCount], [key, 1])
  })

  it('tells what went wrong, without secrets', async () => {
    const refused = await ask('/refused')
    assert.ok(!refused.isAnswered)
    assert.match(refused.message, /403/)
    assert.doesNotMatch(refused.message, new RegExp(key))
    const thrown = await connections.ask({
      connectionId,
      limitMs: 10_000,
      ask: async () => assert.fail(`the key is ${key}`),
    })
    assert.ok(!thrown.isAnswered)
    assert.match(thrown.message, /^the key is (?!key-)/)
  })

  it('does not wait for ever, and stops the call', async () => {
    const hanging = await ask('/hanging', 200)
    assert.deepEqual(hanging, { isAnswered: false, message: 'The remote did not answer within 0.2 seconds.' })
    let reason: unknown
    const deaf = await connections.ask({
      connectionId,
      limitMs: 50,
      ask: ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
          })
        }),
    })
    assert.equal(deaf.isAnswered, false)
    assert.match(String(reason), /did not answer within/)
  })

  it('refuses a connection that does not exist', async () => {
    const question = { connectionId: 'nowhere', limitMs: 50, ask: async () => null }
    await assert.rejects(connections.ask(question), /does not exist/)
  })
})

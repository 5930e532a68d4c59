import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import pg from 'pg'
import { createConnectionClient } from '../../core/connections/connection-client.ts'
import { createKnownSecrets } from '../../core/connections/known-secrets.ts'
import { createPassingMemory } from '../../core/connections/passing-memory.ts'
import { createEgressGuard } from '../../core/http/egress-guard.ts'
import { createHttpClient } from '../../core/http/http-client.ts'
import { isErrorKind, isPlugin, type PluginContext, secretSettings } from '../../core/sdk/index.ts'
import { startBatchRemote } from '../support/batch-remote.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, until } from '../support/instance.ts'
import { importReadmeExample } from '../support/readme-example.ts'
import { refuseTcp } from '../support/refuse-tcp.ts'
import { syncArgs } from '../support/sync-args.ts'
import { createTestDatabase } from '../support/test-database.ts'

describe('the plugin in plugins/README.md', () => {
  it('loads, creates a subscriber, updates it, and leaves a wrong key to the status table', async () => {
    const example = await importReadmeExample(0)
    assert.ok(typeof example === 'object' && example !== null)
    const plugin: unknown = Reflect.get(example, 'default')
    assert.ok(isPlugin(plugin))
    const [Provider] = plugin.providers
    assert.ok(Provider)
    const { auth } = Provider
    assert.deepEqual(secretSettings(auth?.fields ?? null), ['apiKey'])

    const subscribers = new Map<string, string>()
    const server = createServer(async (request, response) => {
      if (request.headers.authorization !== 'Bearer right') return void response.writeHead(401).end()
      const { url = '' } = request
      if (request.method === 'PUT') {
        let body = ''
        for await (const chunk of request) body += chunk
        subscribers.set(url, body)
      }
      response.writeHead(subscribers.has(url) ? 200 : 404).end(subscribers.get(url))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const address = server.address()
    assert.ok(typeof address === 'object' && address)
    const sender = createHttpClient({
      egressGuard: createEgressGuard({ allow: ['127.0.0.1/32'] }),
      userAgent: 'outbound-sync-test',
    })
    const sync = (apiKey: string, name: string) => {
      const settings = { baseUrl: `http://127.0.0.1:${address.port}` }
      const http = createConnectionClient({
        connection: { auth, authValues: { apiKey }, settings, secrets: createKnownSecrets([apiKey]) },
        http: sender,
        memory: createPassingMemory(),
      })
      const provider = new Provider({
        connection: { id: 'c', name: 'c', scope: '' },
        settings,
        mappings: [],
        http,
        connectTcp: refuseTcp,
        log: { debug() {}, info() {}, warn() {}, error() {} },
      })
      return provider.syncObjectWithProperties(
        syncArgs({
          http,
          externalObjectType: 'subscriber',
          externalIdField: 'email',
          idValue: 'ada@example.org',
          properties: [['name', name, 'overwrite']],
        }),
      )
    }
    try {
      assert.equal(Reflect.get((await sync('right', 'Ada')) ?? {}, 'action'), 'created')
      assert.equal(Reflect.get((await sync('right', 'Ada L.')) ?? {}, 'action'), 'updated')
      assert.deepEqual(
        [...subscribers.values()].map((body) => JSON.parse(body)),
        [{ name: 'Ada L.', email: 'ada@example.org' }],
      )
      await assert.rejects(sync('wrong', 'Ada'), (error) => isErrorKind(error, 'AuthenticationError'))
    } finally {
      await sender.close()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe('the plugin of a remote that answers later in plugins/README.md', () => {
  it('submits orders in one call, and each goes on with what the remote answers for it', async () => {
    const example = await importReadmeExample(1)
    const plugin: unknown = Reflect.get(Object(example), 'default')
    assert.ok(isPlugin(plugin))
    const remote = await startBatchRemote()
    const instance = await createInstance({ plugins: [plugin], egressAllow: [`127.0.0.1:${remote.port}`] })
    try {
      const settings = { baseUrl: remote.baseUrl }
      const connection = { provider: 'market', name: 'Market', scope, settings, actor: 'test' }
      const { connectionId } = await instance.sync.operations.ensureConnection(connection)
      await instance.rows(`update outbound_sync.connection set state = 'disabled' where id <> $1`, [connectionId])
      remote.refuse = ({ id }) => (id === 'B2' ? 'Sold out' : null)
      for (const id of ['1', '2', '3']) await instance.placeOrder(id)
      await instance.sync.worker.start()
      await until(async () => {
        const rows = await instance.rows(`select 1 from outbound_sync.sync_job where state = 'submitted'`)
        return rows.length === 3
      })
      assert.deepEqual(
        remote.batches.map(({ objects }) => objects.map(({ id }) => id)),
        [['B1', 'B2', 'B3']],
      )
      // The minute is over.
      await instance.rows('update outbound_sync.batch_request set check_at = now()')
      await until(async () => {
        const rows = await instance.rows(`select 1 from outbound_sync.sync_job where state <> 'needs_attention'`)
        return rows.length === 0
      })
      assert.deepEqual([...remote.objects.keys()], ['deal/B1', 'deal/B3'])
      assert.deepEqual(await instance.rows('select source_id, reason, message from outbound_sync.sync_job'), [
        { source_id: '2', reason: 'permanent', message: 'Sold out' },
      ])
    } finally {
      await instance.close()
      await remote.close()
    }
  })
})

describe('the source model in plugins/README.md', () => {
  it('loads, pages and counts the orders of its tables, with positions that their fields can be read of', async () => {
    const plugin: unknown = Reflect.get(Object(await importReadmeExample(3)), 'default')
    assert.ok(isPlugin(plugin))
    const { databaseUrl, drop } = await createTestDatabase()
    const pool = new pg.Pool({ connectionString: databaseUrl })
    try {
      await pool.query(`create schema shop;
        create table shop.orders (id int primary key, code text, email text);
        create table shop.position (id int primary key, order_id int, attendee_name text, attendee_email text);
        insert into shop.orders values (1, 'A1', 'ada@customers.example'), (2, 'A2', 'bob@customers.example');
        insert into shop.position values (11, 1, 'Ada', 'ada@home.example'), (12, 1, 'Cleo', null)`)
      const executeSql = (text: string, values: readonly unknown[]) => pool.query(text, [...values])
      const [orders] = plugin.setup?.({ executeSql } as unknown as PluginContext).sourceModels ?? []
      assert.ok(orders)
      const signal = new AbortController().signal
      const [order, ...others] = await orders.load(['1', '3'], { scope, signal })
      assert.deepEqual([order?.label, others], ['A1', []])
      const fields = await orders.fields('OrderPosition', scope)
      assert.deepEqual(
        order?.nested.OrderPosition?.map(({ inputs }) => fields.map(({ getter }) => getter(inputs))),
        [
          ['A1', 'ada@customers.example', 'Ada', 'ada@home.example'],
          ['A1', 'ada@customers.example', 'Cleo', ''],
        ],
      )
      assert.deepEqual(await orders.page('1', {}, { scope, limit: 5, signal }), {
        records: [{ id: '2', scope }],
        next: null,
      })
      assert.equal(await orders.count({}, { scope, signal }), 2)
    } finally {
      await pool.end()
      await drop()
    }
  })
})

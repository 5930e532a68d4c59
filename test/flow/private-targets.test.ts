// Addresses that lead into our own network, typed into the settings of a connection: whatever their spelling, neither the
// test of the connection nor a worker that sends opens a socket, and the form says no more about one than about another.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import dns from 'node:dns'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createConnections } from '../../core/connections/connect.ts'
import { isErrorKind } from '../../core/errors.ts'
import { createCatalog } from '../../core/registry/catalog.ts'
import {
  definePlugin,
  mappingDocumentSchema,
  OutboundSyncProvider,
  oauth2Auth,
  type Plugin,
  type ProviderClass,
  type SyncObjectArgs,
  z,
} from '../../core/sdk/index.ts'
import { createMasterKeys } from '../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../core/secrets/data-keys.ts'
import { createTestInstance, sampleOrder, type TestAttempt, type TestInstance } from '../../core/testing/index.ts'
import mailman from '../../plugins/mailman/index.ts'
import { MailmanSync } from '../../plugins/mailman/provider.ts'
import sqlTable from '../../plugins/sql-table/index.ts'
import { SqlTableSync } from '../../plugins/sql-table/provider.ts'
import webhook from '../../plugins/webhook/index.ts'
import { WebhookSync } from '../../plugins/webhook/provider.ts'
import { startHttpServer } from '../core/http/local-server.ts'
import { type Canaries, startEverywhere } from '../support/canaries.ts'
import { connectionParts } from '../support/connection-parts.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { privateHosts } from '../support/private-hosts.ts'

const signingSecret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const database = { database: 'x', user: 'x', password: 'a-password', tls: 'off' }
const account = { username: 'restadmin', password: 'a-password' }

/** A provider whose tokens come from wherever its settings say, at the address itself or by the metadata of an issuer. */
function signedIn(identifier: string, address: 'issuer' | 'tokenUrl'): ProviderClass {
  const addressOf = (settings: Readonly<Record<string, unknown>>): string => String(settings.server)
  return class extends OutboundSyncProvider {
    static override readonly identifier = identifier
    static override readonly auth = oauth2Auth({ grant: 'client_credentials', [address]: addressOf })
    static override readonly settings = z.object({ server: z.string() })
    static override readonly defaultMappings = mappingDocumentSchema.parse([
      {
        ...{ key: 'deal', sourceModel: 'Order', externalObjectType: 'deal', propertyMappings: [] },
        ...{ sourceIdField: 'order_code', externalIdField: 'code' },
      },
    ])
    override async syncObjectWithProperties({ http, signal, idValue }: SyncObjectArgs) {
      await http.request({ method: 'PUT', url: 'https://api.example.com/', signal })
      return { action: 'created' as const, remoteId: idValue }
    }
    override async testConnection({ signal }: { signal: AbortSignal }) {
      await this.context.http.request({ url: 'https://api.example.com/', signal })
      return { message: 'reached' }
    }
  }
}
const TokenSync = signedIn('token-sync', 'tokenUrl')
const IssuerSync = signedIn('issuer-sync', 'issuer')
const signing = definePlugin({
  ...{ name: 'signing', version: '1.0.0', compatibility: '*', level: 'instance', providers: [TokenSync, IssuerSync] },
  taps: {
    async order_placed(event) {
      await event.enqueue(TokenSync, { triggeredBy: event.name })
      await event.enqueue(IssuerSync, { triggeredBy: event.name })
    },
  },
})
const plugins = [webhook, mailman, sqlTable, signing]
const client = { clientId: 'a-client', clientSecret: 'a-client-secret' }

function toLoaded(plugin: Plugin): Parameters<typeof createCatalog>[0]['plugins'][number] {
  return { specifier: plugin.name, name: plugin.name, plugin, status: 'ready', error: null }
}

type Callback = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void

// Of names that look public.
const names = new Map([
  ['loopback.example.com', ['127.0.0.1']],
  ['loopback6.example.com', ['::1']],
  ['mapped.example.com', ['::ffff:127.0.0.1']],
  ['metadata.example.com', ['169.254.169.254']],
  ['mixed.example.com', ['127.0.0.1', '93.184.215.14']],
  ['mixed-other-way.example.com', ['93.184.215.14', '127.0.0.1']],
])
const hosts = [...privateHosts, ...names.keys()]
const someHosts = hosts.filter((_host, index) => index % 6 === 0)
let addressesOf = (name: string): string[] | undefined => names.get(name)

/** Each way in which an address gets from a form to a socket; those of one protocol share what a worker sends with, so
 * that it need not send to all of them in each way. */
const ways: {
  sentTo: readonly string[]
  name: string
  provider: ProviderClass
  settings(host: string, port: number): Record<string, unknown>
}[] = [
  {
    sentTo: hosts,
    name: 'an address',
    provider: WebhookSync,
    settings: (host, port) => ({ url: `http://${host}:${port}/hooks`, signingSecret }),
  },
  {
    sentTo: [],
    name: 'an address with TLS',
    provider: WebhookSync,
    settings: (host, port) => ({ url: `https://${host}:${port}/`, signingSecret }),
  },
  {
    sentTo: [],
    name: 'an address with credentials',
    provider: MailmanSync,
    settings: (host, port) => ({ ...account, baseUrl: `http://${host}:${port}/3.1`, listId: 'a@lists.example.com' }),
  },
  {
    sentTo: hosts,
    name: 'the host of a database',
    provider: SqlTableSync,
    settings: (host, port) => ({ ...database, host, port }),
  },
  {
    sentTo: someHosts,
    name: 'where tokens come from',
    provider: TokenSync,
    settings: (host, port) => ({ ...client, server: `http://${host}:${port}/token` }),
  },
  {
    sentTo: someHosts,
    name: 'who issues tokens',
    provider: IssuerSync,
    settings: (host, port) => ({ ...client, server: `http://${host}:${port}/` }),
  },
]

function withoutHost(message: string): string {
  return message.replace(/^"[^"]*"/, '"…"').replace(/_ALLOW=\S+/, '_ALLOW=…')
}

describe(`${hosts.length} private targets in the settings of a connection`, () => {
  let canaries: Canaries
  const lookup = dns.lookup
  const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']
  const environment = new Map(proxyNames.map((name) => [name, process.env[name]]))
  before(async () => {
    canaries = await startEverywhere()
    for (const name of proxyNames) process.env[name] = `http://127.0.0.1:${canaries.port}`
    // As the name service does it, with all addresses.
    const answering = (...[hostname, options, callback]: [string, dns.LookupAllOptions, Callback]): void => {
      const answer = addressesOf(hostname)?.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      if (answer) callback(null, answer)
      else lookup(hostname, options, callback)
    }
    Reflect.set(dns, 'lookup', answering)
  })
  after(() => {
    Reflect.set(dns, 'lookup', lookup)
    for (const [name, value] of environment) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    canaries.close()
  })

  it('are refused in the same words by the test of the connection, without a socket', async (test) => {
    const { database, drop } = await createMigratedDatabase()
    test.after(drop)
    const configured = [{ id: 'k1', key: randomBytes(32) }]
    const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
    const parts = connectionParts({ database, dataKeys, allow: [] })
    test.after(() => parts.http.close())
    const connections = createConnections({
      ...{ database, catalog: createCatalog({ plugins: plugins.map(toLoaded) }), dataKeys, ...parts },
      ...{ createQueue: async () => {}, cancelJobs: async () => {}, wakeUp() {} },
    })
    const messages = new Set<string>()
    for (const { name, provider, settings } of ways) {
      for (const host of hosts) {
        const request = { provider: provider.identifier, settings: settings(host, canaries.port) }
        const { isOk, message } = await connections.test(request)
        assert.ok(!isOk, `${name}: ${host}`)
        assert.match(message, /only public internet addresses are allowed/, `${name}: ${host}`)
        messages.add(withoutHost(message))
      }
    }
    assert.deepEqual([messages.size, canaries.connectionCount()], [1, 0], [...messages].join('\n'))
  })

  it('are refused in the same words by the worker, without a socket', async (test) => {
    const instance = await openInstance(test, [])
    for (const { name, provider, settings, sentTo } of ways) {
      for (const host of sentTo) {
        await instance.connect({ provider, settings: settings(host, canaries.port), name: `${name}: ${host}` })
      }
    }
    const attempts = await place(instance, 1)
    assert.equal(attempts.length, ways.flatMap(({ sentTo }) => sentTo).length)
    assert.deepEqual([...new Set(attempts.map(({ outcome }) => outcome))], ['config'])
    assert.deepEqual([...new Set(attempts.map(({ message }) => withoutHost(message ?? '')))].length, 1)
    assert.equal(canaries.connectionCount(), 0)
  })

  it('are refused by the form or the worker in schemes and disguises that are no address', async (test) => {
    const { port } = canaries
    const instance = await openInstance(test, [])
    const urls = [
      'file:///etc/passwd',
      `gopher://127.0.0.1:${port}/x`,
      `ftp://127.0.0.1:${port}/`,
      'data:text/plain,x',
      'unix:/var/run/docker.sock',
      `http://crm.example.com@127.0.0.1:${port}/`,
      `http://crm.example.com:80@127.0.0.1:${port}/`,
      `http:\\\\127.0.0.1:${port}\\`,
      `http://127.0.0.1:${port}#@crm.example.com/`,
      `http://127.0.0.1:${port}?@crm.example.com/`,
    ]
    let refusedByForm = 0
    for (const url of urls) {
      const connected = instance.connect({ provider: WebhookSync, settings: { url, signingSecret }, name: url })
      await connected.catch((error: unknown) => {
        assert.ok(isErrorKind(error, 'SyncConfigError'), url)
        refusedByForm += 1
      })
    }
    const attempts = await place(instance, 1)
    assert.equal(attempts.length + refusedByForm, urls.length)
    assert.deepEqual([...new Set(attempts.map(({ outcome }) => outcome))], ['config'])
    assert.ok(refusedByForm >= 5, 'the form takes http and https only')
    assert.equal(canaries.connectionCount(), 0)
  })

  it('are not reached from an address that may be called, by redirect or by a name that changes its mind', async (test) => {
    const redirecting = await startHttpServer(test, (_request, response) => {
      response.writeHead(302, { location: `http://[::1]:${canaries.port}/`, connection: 'close' }).end()
    })
    const instance = await openInstance(test, ['127.0.0.1/32'])
    const url = `http://rebind.example.com:${redirecting.port}/`
    // What is allowed comes first, as a name does that is judged before it turns.
    let askedCount = 0
    const usual = addressesOf
    addressesOf = (name) => {
      if (name !== 'rebind.example.com') return usual(name)
      askedCount += 1
      return [askedCount === 1 ? '127.0.0.1' : '::1']
    }
    test.after(() => {
      addressesOf = usual
    })
    await instance.connect({ provider: WebhookSync, settings: { url, signingSecret }, name: 'redirect' })
    const [first] = await place(instance, 1)
    assert.equal(first?.outcome, 'permanent')
    assert.match(first?.message ?? '', /redirects are not followed/)
    const [second] = await place(instance, 2)
    assert.equal(second?.outcome, 'config')
    assert.deepEqual([askedCount, redirecting.connectionCount(), canaries.connectionCount()], [2, 1, 0])
  })
})

async function openInstance(test: Pick<TestContext, 'after'>, egressAllow: string[]): Promise<TestInstance> {
  const databaseUrl = process.env.TEST_DATABASE_URL
  const instance = await createTestInstance({
    plugins,
    config: { egressAllow },
    ...(databaseUrl ? { databaseUrl } : {}),
  })
  test.after(() => instance.close())
  return instance
}

async function place(instance: TestInstance, number: number): Promise<TestAttempt[]> {
  const id = String(number)
  instance.records.put('Order', sampleOrder(number))
  await instance.signal('order_placed', id)
  await instance.drain({ limitMs: 120_000 })
  return instance.attempts({ id })
}

// Addresses that lead into our own network, typed into the settings of a connection: whatever their spelling, neither the
// test of the connection nor a worker that sends opens a socket, and the form says no more about one than about another.
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import { isErrorKind } from '../../core/errors.ts'
import { createConnectTcp } from '../../core/http/connect-tcp.ts'
import { createEgressGuard } from '../../core/http/egress-guard.ts'
import { createHttpClient } from '../../core/http/http-client.ts'
import type { ProviderClass } from '../../core/sdk/provider.ts'
import { createTestInstance, sampleOrder, type TestAttempt, type TestInstance } from '../../core/testing/index.ts'
import mailman from '../../plugins/mailman/index.ts'
import { MailmanSync } from '../../plugins/mailman/provider.ts'
import sqlTable from '../../plugins/sql-table/index.ts'
import { SqlTableSync } from '../../plugins/sql-table/provider.ts'
import webhook from '../../plugins/webhook/index.ts'
import { WebhookSync } from '../../plugins/webhook/provider.ts'
import { failureOf } from '../core/http/expect-failure.ts'
import { startHttpServer } from '../core/http/local-server.ts'
import { privateHosts } from '../support/private-hosts.ts'

const signingSecret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const database = { database: 'x', user: 'x', password: 'a-password', tls: 'off' }
const account = { username: 'restadmin', password: 'a-password' }

/** Each way in which an address gets from a form to a socket; those of one protocol share what a worker sends with. */
const ways: {
  isSent: boolean
  name: string
  provider: ProviderClass
  settings(host: string, port: number): Record<string, unknown>
}[] = [
  {
    isSent: true,
    name: 'an address',
    provider: WebhookSync,
    settings: (host, port) => ({ url: `http://${host}:${port}/hooks`, signingSecret }),
  },
  {
    isSent: false,
    name: 'an address with TLS',
    provider: WebhookSync,
    settings: (host, port) => ({ url: `https://${host}:${port}/`, signingSecret }),
  },
  {
    isSent: false,
    name: 'an address with credentials',
    provider: MailmanSync,
    settings: (host, port) => ({ ...account, baseUrl: `http://${host}:${port}/3.1`, listId: 'a@lists.example.com' }),
  },
  {
    isSent: true,
    name: 'the host of a database',
    provider: SqlTableSync,
    settings: (host, port) => ({ ...database, host, port }),
  },
]

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
let addressesOf = (name: string): string[] | undefined => names.get(name)

interface Canaries {
  port: number
  connectionCount(): number
}

/** On every IPv4 address of this machine, which 127.0.0.1 is one of, and on ::1, at the same port. */
async function startEverywhere(): Promise<Canaries & { close(): void }> {
  let count = 0
  const [ipv4, ipv6] = [0, 1].map(() =>
    createServer((socket) => {
      count += 1
      socket.on('error', () => undefined).destroy()
    }),
  )
  assert.ok(ipv4 && ipv6)
  await new Promise<void>((resolve) => ipv4.listen(0, '0.0.0.0', resolve))
  const { port } = ipv4.address() as AddressInfo
  await new Promise<void>((resolve, reject) => ipv6.once('error', reject).listen(port, '::1', resolve))
  const close = (): void => {
    ipv4.close()
    ipv6.close()
  }
  return { port, connectionCount: () => count, close }
}

function withoutHost(message: string): string {
  return message.replace(/^"[^"]*"/, '"…"')
}

describe(`${hosts.length} private targets in the settings of a connection`, () => {
  let canaries: Awaited<ReturnType<typeof startEverywhere>>
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
    const egressGuard = createEgressGuard({ allow: [] })
    const http = createHttpClient({ egressGuard, userAgent: 'test' })
    test.after(() => http.close())
    const messages = new Set<string>()
    for (const { name, provider: Provider, settings } of ways) {
      for (const host of hosts) {
        const parsed = Provider.settings?.safeParse(settings(host, canaries.port))
        assert.ok(parsed?.success, `${name}: ${host} is a matter of the guard and not of the form`)
        const provider = new Provider({
          ...{ connection: { id: 'c', name: 'c', scope: '' }, settings: parsed.data, mappings: [] },
          ...{ http, connectTcp: createConnectTcp({ egressGuard }) },
          log: { debug() {}, info() {}, warn() {}, error() {} },
        })
        const signal = AbortSignal.timeout(10_000)
        const error = await failureOf(provider.testConnection?.({ signal }) ?? Promise.resolve())
        assert.ok(isErrorKind(error, 'SyncConfigError'), `${name}: ${host}: ${error.message}`)
        assert.equal(Reflect.get(error, 'code'), 'egress_refused', `${name}: ${host}`)
        messages.add(withoutHost(error.message))
        await provider.close()
      }
    }
    assert.deepEqual([messages.size, canaries.connectionCount()], [1, 0], [...messages].join('\n'))
  })

  it('are refused in the same words by the worker, without a socket', async (test) => {
    const instance = await openInstance(test, [])
    const sent = ways.filter(({ isSent }) => isSent)
    for (const { name, provider, settings } of sent) {
      for (const host of hosts) {
        await instance.connect({ provider, settings: settings(host, canaries.port), name: `${name}: ${host}` })
      }
    }
    const attempts = await place(instance, 1)
    assert.equal(attempts.length, sent.length * hosts.length)
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
    plugins: [webhook, mailman, sqlTable],
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

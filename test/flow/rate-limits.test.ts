// A remote that answers 429 with every kind of Retry-After: the whole account stops at once, nothing is called before its
// time, no attempt is used, and everything arrives. A real HTTP server, two connections of one account and one of another.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { z } from 'zod'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { createScriptedPlugin } from '../support/scripted-provider.ts'

const orderCount = 30

describe('a rate limit', () => {
  let server: Server
  let instance: Instance
  let origin = ''
  /** What the remote answers to the next calls of account "a"; 200 when it is null. */
  let refuse: ((response: ServerResponse) => void) | null = null
  let calls: { account: string; at: number; answeredAt: number; status: number }[] = []
  const { plugin, script } = createScriptedPlugin({
    settings: z.object({ account: z.string() }),
    accountSettings: ['account'],
  })
  const connections: Record<string, string> = {}

  before(async () => {
    server = createServer(async (request, response) => {
      const account = request.url?.split('/')[1] ?? ''
      const call = { account, at: performance.now(), answeredAt: 0, status: 0 }
      calls.push(call)
      await request.resume()
      if (account === 'a' && refuse) refuse(response)
      else response.end('{}')
      call.status = response.statusCode
      call.answeredAt = performance.now()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // A server on a port has no pipe's name.
    const { port } = server.address() as AddressInfo
    origin = `http://127.0.0.1:${port}`
    instance = await createInstance({ orderCount, plugins: [plugin], egressAllow: [`127.0.0.1:${port}`] })
    const { operations } = instance.sync
    await operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    for (const [name, account] of [
      ['first', 'a'],
      ['second', 'a'],
      ['other', 'b'],
    ] as const) {
      const connection = { provider: 'scripted', name, scope, settings: { account }, actor: 'test' }
      connections[name] = (await operations.ensureConnection(connection)).connectionId
    }
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where provider = 'fixture'`)
    script.onSync = async (args) => {
      const account = accountOf.get(args.idempotencyKey.split('_')[0] ?? '') ?? 'a'
      await args.http.request({ url: `${origin}/${account}/${args.idValue}`, method: 'PUT', json: {} })
      return { action: 'created', remoteId: args.idValue }
    }
    await instance.sync.worker.start()
  })
  after(async () => {
    await instance.close()
    server.close()
  })
  // The scripted provider is not told for which connection it calls; its jobs tell.
  const accountOf = new Map<string, string>()

  beforeEach(async () => {
    refuse = null
    calls = []
    accountOf.clear()
    await instance.rows('delete from outbound_sync.sync_job')
    await instance.rows('delete from outbound_sync.sync_link')
    await instance.rows('delete from outbound_sync.attempt')
    await instance.rows('delete from outbound_sync.account_gate')
  })

  const place = (count: number) =>
    instance.inTransaction(async (transaction, client) => {
      const subjects = Array.from({ length: count }, (_, index) => ({ model: 'Order', id: String(index + 1) }))
      await instance.sync.signals.order_placed.promise({ scope, subjects, transaction })
      const { rows } = await client.query('select id, connection_id from outbound_sync.sync_job')
      for (const row of rows) accountOf.set(String(row.id), row.connection_id === connections.other ? 'b' : 'a')
    })
  const ofAccount = (account: string) => calls.filter((call) => call.account === account)
  const gate = async () => {
    const [row] = await instance.rows(
      `select extract(epoch from limited_until - now())::float8 as seconds, limited_reason as reason
       from outbound_sync.account_gate where limited_until > now()`,
    )
    return row
  }
  const isInFlight = async () =>
    (await instance.rows(`select 1 from outbound_sync.sync_job where state = 'in_flight'`)).length > 0
  const outcomes = async () =>
    Object.fromEntries(
      (
        await instance.rows(
          'select outcome, count(*)::int, max(failed_attempts)::int as failed from outbound_sync.attempt group by outcome',
        )
      ).map((row) => [row.outcome, row]),
    )

  const httpDate = (ms: number) => new Date(ms).toUTCString()
  const forms: [string, (response: ServerResponse) => void][] = [
    ['seconds', (response) => response.writeHead(429, { 'retry-after': '2' }).end()],
    [
      'a date of a remote whose clock is an hour slow',
      (response) => {
        const remoteNow = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
        response.writeHead(429, { date: httpDate(remoteNow), 'retry-after': httpDate(remoteNow + 2000) }).end()
      },
    ],
    ['seconds with 503', (response) => response.writeHead(503, { 'retry-after': '2' }).end()],
  ]
  for (const [form, answer] of forms) {
    it(`told as ${form} is waited for by all connections of the account, and by no other`, async () => {
      refuse = answer
      await place(orderCount)
      await until(async () => (await gate()) !== undefined)
      refuse = null
      const limitedAt = Math.min(
        ...ofAccount('a')
          .filter(({ status }) => status !== 200)
          .map((call) => call.answeredAt),
      )
      await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0)

      // The three other calls of the account may be on their way while the worker, in this same process, has not read the
      // first answer yet.
      const later = ofAccount('a').filter((call) => call.at > limitedAt + 5)
      const early = later.filter((call) => call.at < limitedAt + 2000)
      assert.ok(early.length <= 3 && early.every((call) => call.at < limitedAt + 1000), JSON.stringify(early))
      const inTime = later.filter((call) => !early.includes(call))
      const firstLater = Math.min(...inTime.map((call) => call.at)) - limitedAt
      assert.ok(firstLater >= 2000, `called again after ${firstLater} ms`)
      const otherEnd = Math.max(...ofAccount('b').map((call) => call.answeredAt))
      assert.ok(otherEnd < limitedAt + 2000, 'another account waited too')

      const ended = await outcomes()
      assert.equal(ended.succeeded?.count, orderCount * 3)
      assert.equal(ended.succeeded?.failed, 0)
      assert.equal(ended.held, undefined)
      // One for each call that was answered so: what was merely held is no try.
      assert.equal(ended.rate_limited?.count, ofAccount('a').filter(({ status }) => status !== 200).length)
    })
  }

  it('is never waited for longer than a day, and a wait that cannot be read is our own', async () => {
    for (const [retryAfter, least, most] of [
      ['315360000', 86_000, 86_400],
      ['-5', 29, 33],
      ['in a while', 29, 33],
    ] as const) {
      await instance.rows('delete from outbound_sync.sync_job')
      await instance.rows('delete from outbound_sync.account_gate')
      refuse = (response) => response.writeHead(429, { 'retry-after': retryAfter }).end()
      await place(1)
      await until(async () => (await gate()) !== undefined && !(await isInFlight()))
      const { seconds } = (await gate()) ?? {}
      assert.ok(Number(seconds) >= least && Number(seconds) <= most, `${retryAfter}: ${seconds} s`)
    }
  })

  it('does not stop a provider that swallows it from being stopped', async () => {
    refuse = (response) => response.writeHead(429, { 'retry-after': '600' }).end()
    const careful = script.onSync
    script.onSync = async (args) => {
      try {
        return await careful(args)
      } catch {
        return { action: 'created', remoteId: args.idValue }
      }
    }
    try {
      await place(1)
      await until(async () => Number((await gate())?.seconds) > 500)
    } finally {
      script.onSync = careful
    }
  })

  it('is told to a person, who may try all the same', async () => {
    refuse = (response) => response.writeHead(429, { 'retry-after': '600' }).end()
    await place(1)
    await until(async () => (await gate()) !== undefined && !(await isInFlight()))
    refuse = null
    await instance.sync.operations.tryConnectionNow({ connectionId: connections.second ?? '', actor: 'Ann' })
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0)
  })
})

// The pages inside a shop on each framework, below a path of the shop, over real HTTP: once with nothing in front of us and
// once behind the shop's own body parser, which has read every form before we see it.
import assert from 'node:assert/strict'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { OutboundSync } from '../../core/index.ts'
import { definePlugin } from '../../core/sdk/plugin.ts'
import type { User } from '../../core/sdk/user.ts'
import { createInstance, type Instance } from '../support/instance.ts'
import * as express from './express-host.ts'
import * as fastify from './fastify-host.ts'
import * as http from './http-host.ts'
import * as koa from './koa-host.ts'

const basePath = '/shop/outbound-sync'

interface Framework {
  name: string
  identify(request: IncomingMessage): User | null
  start(sync: Pick<OutboundSync, 'handler'>, options: { parsesForms: boolean }): Promise<Server>
  /** What a browser in which Ann has signed in at the shop sends along. */
  signedIn: Record<string, string>
}

const cookie = { cookie: 'theme=dark; shop_session=session-of-ann' }
const frameworks: readonly Framework[] = [
  {
    name: 'node:http',
    identify: http.identify,
    start: http.startHttpShop,
    signedIn: { 'x-shop-session': 'session-of-ann' },
  },
  { name: 'Express', identify: express.identify, start: express.startExpressShop, signedIn: cookie },
  {
    name: 'Fastify',
    identify: fastify.identify,
    start: fastify.startFastifyShop,
    signedIn: { authorization: 'Bearer session-of-ann' },
  },
  { name: 'Koa', identify: koa.identify, start: koa.startKoaShop, signedIn: cookie },
]

/** Keeps what its page was sent. */
const forms: object[] = []
const notes = definePlugin({
  name: 'notes',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  setup: () => ({
    pages: [
      {
        method: 'POST',
        path: '/new',
        handle: async ({ form, url }) => {
          forms.push({ ...form })
          return { redirectTo: url('/queue') }
        },
      },
    ],
  }),
})

const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }

for (const framework of frameworks) {
  describe(framework.name, () => {
    let instance: Instance
    before(async () => {
      instance = await createInstance({ basePath, identify: framework.identify, plugins: [notes] })
    })
    after(() => instance.close())
    for (const parsesForms of [false, true]) {
      const name = parsesForms ? 'behind the shop’s own body parser' : 'with nothing in front of us'
      describe(name, () => testMount(framework, { parsesForms, instanceOf: () => instance }))
    }
  })
}

function testMount(
  { start, signedIn }: Framework,
  { parsesForms, instanceOf }: { parsesForms: boolean; instanceOf(): Instance },
): void {
  let instance: Instance
  let server: Server
  let origin: string
  before(async () => {
    instance = instanceOf()
    server = await start(instance.sync, { parsesForms })
    // The server listens on a port, so its address is no pipe's name.
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const request = (path: string, init: RequestInit = {}) =>
    fetch(origin + path, { redirect: 'manual', signal: AbortSignal.timeout(5_000), ...init })
  const get = (path: string) => request(path, { headers: signedIn })
  const post = (path: string, fields: readonly (readonly [string, string])[], headers = form) =>
    request(`${basePath}${path}`, {
      method: 'POST',
      headers: { ...signedIn, ...headers },
      body: new URLSearchParams(fields.map(([key, value]): [string, string] => [key, value])).toString(),
    })
  const gate = async () => {
    const [connection] = await instance.rows('select gate from outbound_sync.connection')
    return connection?.gate
  }

  for (const path of [basePath, `${basePath}/`]) {
    it(`${path} is the overview, with links below it and style sheets that load`, async () => {
      const page = await get(path)
      const html = await page.text()
      assert.equal(page.status, 200)
      assert.match(html, /<title>Overview/)
      const links = [...html.matchAll(/ (?:href|action|src)="([^"#]+)"/g)].map(([, href = '']) => href)
      assert.ok(links.includes(`${basePath}/connections/${instance.connectionId}`), links.join(' '))
      for (const href of links) assert.ok(href === basePath || href.startsWith(`${basePath}/`), href)
      const sheets = links.filter((href) => href.endsWith('.css'))
      assert.ok(sheets.length >= 2, links.join(' '))
      for (const sheet of sheets) {
        const answer = await get(sheet)
        assert.equal(answer.status, 200)
        assert.match(answer.headers.get('content-type') ?? '', /^text\/css/)
        assert.match(await answer.text(), /\{/)
      }
    })
  }

  it('a form with a field is carried out, and one without', async () => {
    const page = `/connections/${instance.connectionId}`
    const paused = await post(`${page}/pause`, [['for', '1h']])
    assert.deepEqual([paused.status, paused.headers.get('location')], [303, basePath + page])
    assert.equal(await gate(), 'paused')
    assert.match(await (await get(basePath + page)).text(), /Resume<\/button>/)
    const resumed = await post(`${page}/resume`, [])
    assert.deepEqual([resumed.status, resumed.headers.get('location')], [303, basePath + page])
    assert.equal(await gate(), 'open')
  })

  it('every field of a form arrives as it was sent', async () => {
    const jobs = Array.from({ length: 120 }, (_, index) => String(index))
    const fields = [
      ['note', 'ä & = ? €'],
      ['filter.state', 'paid'],
      ['filter.from', ''],
      ...jobs.map((id) => ['job', id] as const),
    ] as const
    const answer = await post('/notes/new', fields)
    assert.equal(answer.headers.get('location'), `${basePath}/queue`)
    assert.deepEqual(forms.at(-1), { note: 'ä & = ? €', 'filter.state': 'paid', 'filter.from': '', job: jobs })
  })

  // A shop's own parser has a limit of its own.
  if (!parsesForms) {
    it('a form of more than 64 KB is refused before it is read', async () => {
      const answer = await post('/notes/new', [['note', 'x'.repeat(3_000_000)]])
      assert.equal(answer.status, 413)
      assert.match(await answer.text(), /That was too much at once/)
    })
  }

  it('a form from another site is refused', async () => {
    const path = `/connections/${instance.connectionId}/pause`
    const answer = await post(path, [['for', '']], { ...form, 'sec-fetch-site': 'cross-site' })
    assert.equal(answer.status, 403)
    assert.equal(await gate(), 'open')
  })

  it('a page is shown to nobody the shop does not know', async () => {
    for (const headers of [
      {},
      { cookie: 'shop_session=forged', 'x-shop-session': 'forged', authorization: 'Bearer x' },
    ]) {
      const answer = await request(basePath, { headers })
      assert.equal(answer.status, 403)
      assert.doesNotMatch(await answer.text(), /connections/)
    }
  })

  it('an unknown page below the mount is told by us, one outside of it by the shop', async () => {
    const ours = await get(`${basePath}/nowhere`)
    assert.deepEqual([ours.status, /There is no such page/.test(await ours.text())], [404, true])
    const shop = await get('/shop')
    assert.deepEqual([shop.status, await shop.text()], [200, 'The shop'])
    for (const path of ['/', '/shop/outbound-synchro', '/outbound-sync']) {
      const answer = await get(path)
      assert.deepEqual([answer.status, await answer.text()], [404, 'The shop has no such page'], path)
    }
  })
}

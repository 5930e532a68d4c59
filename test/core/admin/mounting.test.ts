// The admin room inside other servers and under other paths, with plugins' pages in it, and its error pages.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, administrator, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createBrowse, createSignedInBrowse, textOf } from './browse.ts'

async function listen(listener: RequestListener): Promise<{ origin: string; close(): void }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The server listens on a port, so its address is no pipe's name.
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('mounted in a host', () => {
  let fixture: AdminFixture
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    await fixture.admin.ensureAdministrator(administrator)
  })
  after(() => fixture.close())

  const hosts: Record<string, RequestListener> = {
    'that hands on the whole address': (request, response) => void fixture.admin.handler(request, response),
    // As Express does where it mounts something.
    'that cuts off the path and keeps the original': (request, response) => {
      Reflect.set(request, 'originalUrl', request.url)
      request.url = (request.url ?? '').slice('/sub/path'.length) || '/'
      void fixture.admin.handler(request, response)
    },
    // As koa-mount does, or a proxy in front.
    'that cuts off the path and forgets it': (request, response) => {
      request.url = (request.url ?? '').slice('/sub/path'.length) || '/'
      void fixture.admin.handler(request, response)
    },
  }
  for (const [name, listener] of Object.entries(hosts)) {
    it(`serves pages, style sheets and forms in one ${name}`, async () => {
      const host = await listen(listener)
      try {
        const browser = createBrowse({ origin: `${host.origin}/sub/path`, basePath: '/sub/path' })
        const asked = await browser.get('/plugins/crm?x=1')
        assert.equal(asked.location, '/sub/path/sign-in?returnTo=%2Fsub%2Fpath%2Fplugins%2Fcrm%3Fx%3D1')
        assert.equal((await browser.signIn()).location, '/sub/path/')
        const page = await browser.get('/plugins/crm')
        assert.equal(page.status, 200)
        assert.match(page.text, /href="\/sub\/path\/plugins" aria-current="page"/)
        for (const [, href = ''] of page.text.matchAll(/(?:href|action|src)="([^"#]+)"/g))
          assert.match(href, /^\/sub\/path(\/|$)/)
        const [, css = ''] = /href="\/sub\/path(\/assets\/admin[^"]+)"/.exec(page.text) ?? []
        assert.equal((await browser.get(css)).status, 200)
        assert.equal((await browser.get('')).status, 200)
      } finally {
        host.close()
      }
    })
  }

  it('takes the fields of a form that the host has parsed already', async () => {
    const host = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      if (request.method === 'POST')
        Reflect.set(request, 'body', Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())))
      await fixture.admin.handler(request, response)
    })
    try {
      const browser = createBrowse({ origin: `${host.origin}/sub/path`, basePath: '/sub/path' })
      assert.equal((await browser.signIn()).status, 303)
      assert.equal((await browser.get('/queue')).status, 200)
      await browser.post('/shop/orders/K1001', { note: 'hello' })
      assert.equal(fixture.pageLog.forms.at(-1)?.note, 'hello')
    } finally {
      host.close()
    }
  })

  it('believes a proxy about the host only when told to', async () => {
    const trusting = await createAdminFixture({ trustProxy: true, isSecure: true })
    const forwarded = {
      origin: 'https://shop.example',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'https',
    }
    try {
      await trusting.admin.ensureAdministrator(administrator)
      assert.equal((await createBrowse(trusting).post('/sign-in', administrator, forwarded)).status, 303)
      assert.equal((await createBrowse(fixture).post('/sign-in', administrator, forwarded)).status, 403)
      const headers = (await createBrowse(trusting).get('/sign-in')).headers
      assert.equal(headers.get('strict-transport-security'), 'max-age=31536000')
    } finally {
      await trusting.close()
    }
  })

  it('warns that sessions end with the process when there is no key to sign cookies', async () => {
    const keyless = await createAdminFixture({ cookieKeys: [] })
    try {
      await keyless.admin.ensureAdministrator(administrator)
      const browser = createBrowse(keyless)
      await browser.signIn()
      assert.equal((await browser.get('/')).status, 200)
      assert.match(keyless.logged.map(({ message }) => message).join(), /people are signed out when this process ends/)
    } finally {
      await keyless.close()
    }
  })
})

describe('the pages of a plugin', () => {
  let fixture: AdminFixture
  let browser: Browse
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    browser = await createSignedInBrowse(fixture)
  })
  after(() => fixture.close())

  it('stand below its name, in our layout and in the navigation', async () => {
    const page = await browser.get('/shop/orders')
    assert.equal(page.status, 200)
    assert.match(page.text, /<title>Shop orders · outbound-sync<\/title>/)
    assert.match(page.text, /<a href="\/sub\/path\/shop\/orders" aria-current="page">Shop orders<\/a>/)
    assert.match(page.text, /<a href="\/sub\/path\/shop\/orders\/K1003">K1003<\/a>/)
  })

  it('use their own views and ours', async () => {
    assert.match(textOf((await browser.get('/shop/orders/K1001')).text), /Order K1001 Status: pending Note Change/)
  })

  it('get the fields of their forms and lead on with a notice', async () => {
    const page = await browser.submit('/shop/orders/K1001', { note: 'a', 'b.c': 'd' })
    assert.match(textOf(page.text), /^The order is changed\. Order K1001/)
    assert.deepEqual({ ...fixture.pageLog.forms.at(-1) }, { note: 'a', 'b.c': 'd' })
  })

  it('say themselves what they do not have', async () => {
    const page = await browser.get('/shop/orders/K9999')
    assert.equal(page.status, 404)
    assert.match(textOf(page.text), /There is no such page There is no order with this code\./)
  })

  it('that fail are told by name in the log, and show nothing of the fault', async () => {
    const page = await browser.get('/shop/failing')
    assert.equal(page.status, 500)
    assert.doesNotMatch(page.text, /a fault of the plugin/)
    const [, reference = ''] = /Reference: <code>([^<]+)</.exec(page.text) ?? []
    const entry = fixture.logged.find(({ data }) => Reflect.get(data, 'requestId') === reference)
    assert.match(
      String(Reflect.get(entry?.data ?? {}, 'error')),
      /A page of the plugin "shop" failed: a fault of the plugin/,
    )
  })

  it('lead nowhere else', async () => {
    assert.equal((await browser.get('/shop')).status, 404)
    assert.equal((await browser.get('/crm/orders')).status, 404)
  })
})

describe('the error pages', () => {
  it('show in the layout what happened, what to do and a reference', async () => {
    const fixture = await createAdminFixture()
    try {
      await fixture.admin.ensureAdministrator(administrator)
      const browser = createBrowse(fixture)
      await browser.signIn()
      const page = await browser.get('/nowhere')
      assert.equal(page.status, 404)
      assert.match(
        textOf(page.text),
        /Error 404 There is no such page It may have been deleted, or the address is mistyped\. Check the address, or begin at the overview\. Reference: [0-9a-f-]{36} Go to the overview/,
      )
      assert.match(page.text, /<nav aria-label="Main">/)
      assert.match(page.text, new RegExp(page.headers.get('x-request-id') ?? 'no reference'))
    } finally {
      await fixture.close()
    }
  })

  it('say 503 while the database cannot be reached, and healthz goes on', async () => {
    const fixture = await createAdminFixture()
    await fixture.admin.ensureAdministrator(administrator)
    const browser = createBrowse(fixture)
    await browser.signIn()
    const name = new URL(fixture.database.databaseUrl).pathname.slice(1)
    const other = await createAdminFixture()
    try {
      await other.sql(`alter database ${name} allow_connections false`)
      await other.sql('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
      const page = await browser.get('/queue')
      assert.equal(page.status, 503)
      assert.match(textOf(page.text), /The database cannot be reached The pages need it/)
      assert.equal((await browser.get('/healthz')).status, 200)
      await other.sql(`alter database ${name} allow_connections true`)
      assert.equal((await browser.get('/queue')).status, 200)
    } finally {
      await other.sql(`alter database ${name} allow_connections true`)
      await other.close()
      await fixture.close()
    }
  })

  it('say 409 when a row is held by somebody else for too long', async () => {
    const fixture = await createAdminFixture()
    await fixture.admin.ensureAdministrator(administrator)
    const browser = createBrowse(fixture)
    await browser.signIn()
    try {
      const connection = await fixture.addConnection()
      const [job] = await fixture.sql(
        `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id) values ($1, 'organizer:acme', 'Order', '1') returning id::text`,
        [connection],
      )
      await fixture.database.transaction(async (session) => {
        await session.executeSql('select 1 from outbound_sync.sync_job for update')
        const answer = await browser.post(`/jobs/${job?.id}/retry`)
        assert.equal(answer.status, 409)
        assert.match(textOf(answer.text), /Somebody was faster/)
      })
      assert.equal((await browser.post(`/jobs/${job?.id}/retry`)).status, 303)
    } finally {
      await fixture.close()
    }
  })
})

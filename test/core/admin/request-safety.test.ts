// Scenario 19 of the reliability contract, and hostile input: only forms of our own origin change anything, looking changes
// nothing, and nothing that comes in makes an error of the server.
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, administrator, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { insertSample, type SampleIds } from './sample-rows.ts'

describe('requests that could change something', () => {
  let fixture: AdminFixture
  let browser: Browse
  let ids: SampleIds
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    ids = await insertSample(fixture)
    browser = await createSignedInBrowse(fixture)
  })
  after(() => fixture.close())

  // Everything that a page could change; sessions aside, which the sign-in tests look at.
  const content = async (): Promise<string> => {
    const tables = [
      'sync_job',
      'connection',
      'plugin_activation',
      'sync_run',
      'run_entry',
      'audit_entry',
      'attempt',
      'user_account',
      'sign_in_attempt',
    ]
    const parts = await Promise.all(
      tables.map((table) =>
        fixture.sql(
          `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from outbound_sync.${table} t`,
        ),
      ),
    )
    return JSON.stringify(parts)
  }

  const unsafeRoutes = (): [path: string, fields: Record<string, string>][] => [
    ['/sign-in', administrator],
    ['/sign-out', {}],
    ['/sync-now', { connection: ids.sales, model: 'Order', id: '20' }],
    [`/jobs/${ids.jobIds.exceeded}/retry`, {}],
    [`/jobs/${ids.jobIds.exceeded}/cancel`, {}],
    ['/jobs/selected', { action: 'cancel', job: String(ids.jobIds.exceeded) }],
    ['/plugins/crm/switch', { scope: 'organizer:acme', to: 'off' }],
    ['/backfills', { connection: ids.sales, model: 'Order' }],
    [`/backfills/${ids.runningRun}/pause`, {}],
    [`/backfills/${ids.pausedRun}/resume`, {}],
    [`/backfills/${ids.runningRun}/stop`, {}],
    ['/shop/orders/K1001', { note: 'x' }],
  ]

  const origins: Record<string, Record<string, string>> = {
    'from another site': { 'sec-fetch-site': 'cross-site' },
    'from another subdomain': { 'sec-fetch-site': 'same-site' },
    'typed in by hand': { 'sec-fetch-site': 'none' },
    'of an old browser with a foreign Origin': { origin: 'https://evil.example' },
    'of an old browser with the Origin null': { origin: 'null' },
    'of an old browser without an Origin': {},
    'as text/plain from another site': { 'content-type': 'text/plain', origin: 'https://evil.example' },
    'with the method overridden': { 'x-http-method-override': 'GET', 'sec-fetch-site': 'cross-site' },
    'with a forged host': {
      origin: 'https://evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    },
  }
  for (const [name, headers] of Object.entries(origins)) {
    it(`are refused when they come ${name}`, async () => {
      const beforehand = await content()
      for (const [path, fields] of unsafeRoutes()) {
        const answer = await browser.post(path, fields, headers)
        assert.equal(answer.status, 403, path)
        assert.match(textOf(answer.text), /sent from another site/)
      }
      assert.equal(await content(), beforehand)
      assert.equal(fixture.pageLog.forms.length, 0)
      assert.equal((await browser.get('/')).status, 200, 'still signed in')
    })
  }

  it('are refused for other methods than POST too', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${fixture.origin}/jobs/1/retry`, {
        method,
        headers: { 'sec-fetch-site': 'cross-site' },
      })
      assert.equal(response.status, 403, method)
    }
  })

  it('are taken from an old browser that sends our own Origin', async () => {
    const { origin } = new URL(fixture.origin)
    const answer = await browser.post('/jobs/999999/retry', {}, { origin })
    assert.equal(answer.status, 303)
  })

  it('are not opened as links', async () => {
    const beforehand = await content()
    for (const [path] of unsafeRoutes()) {
      if (['/sign-in', '/backfills', '/shop/orders/K1001', '/plugins/crm/switch'].includes(path)) continue
      const answer = await browser.get(path)
      assert.equal(answer.status, 405, path)
      assert.match(answer.headers.get('allow') ?? '', /POST/)
    }
    assert.equal(await content(), beforehand)
  })

  it('are the only ones: looking at every page changes no row', async () => {
    const beforehand = await content()
    const seen = new Set<string>()
    const open = ['/']
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path) || seen.size > 150) continue
      seen.add(path)
      const answer = await browser.get(path)
      assert.ok(answer.status < 500 || path === '/shop/failing', `${path} ${answer.status}`)
      await fetch(fixture.origin + path, {
        method: 'HEAD',
        redirect: 'manual',
        headers: { cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; ') },
      })
      for (const [, href = ''] of answer.text.matchAll(/<a [^>]*href="([^"]+)"/g)) {
        const link = href.replaceAll('&amp;', '&')
        if (link.startsWith('/sub/path/')) open.push(link.slice('/sub/path'.length))
        else assert.match(link, /^(#|https:\/\/crm\.example\.com\/|\/sub\/path\/?$)/, `${path} links to ${link}`)
      }
    }
    assert.ok(seen.size > 40, `${seen.size}`)
    assert.equal(await content(), beforehand)
  })

  it('are limited in size', async () => {
    const answer = await browser.post('/jobs/selected', { action: 'retry', note: 'x'.repeat(70_000) })
    assert.equal(answer.status, 413)
    assert.match(textOf(answer.text), /too much at once.*Reference/)
  })

  it('are limited in size without a length and compressed too', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(fixture.origin)
      const request = httpRequest(
        {
          hostname,
          port,
          method: 'POST',
          path: '/sub/path/jobs/selected',
          headers: {
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/x-www-form-urlencoded',
            'transfer-encoding': 'chunked',
          },
        },
        (response) => resolve(response.statusCode ?? 0),
      )
      request.on('error', reject)
      for (let n = 0; n < 20; n++) request.write('x'.repeat(8000))
      request.end()
    })
    assert.equal(status, 413)
  })

  for (const [name, fields] of [
    [
      'prototype names',
      [
        ['__proto__', 'x'],
        ['constructor.prototype.x', 'y'],
        ['action', 'retry'],
      ],
    ],
    [
      'nested names',
      [
        ['a[b][c]', 'x'],
        ['a.b.c', 'y'],
        ['action', 'retry'],
      ],
    ],
    ['thousands of fields', Array.from({ length: 3000 }, (_, index) => [`f${index}`, 'x'] as const)],
    [
      'NUL characters',
      [
        ['action', 'retry'],
        ['job', '1\0'],
        ['returnTo', '/\0'],
      ],
    ],
    [
      'ids that are none',
      [
        ['action', 'retry'],
        ['job', '1; drop table x'],
        ['job', '-1'],
        ['job', '9'.repeat(40)],
      ],
    ],
  ] as const) {
    it(`answer ${name} without an error of the server`, async () => {
      const answer = await browser.post('/jobs/selected', fields)
      assert.ok(answer.status < 500, `${answer.status}`)
      assert.equal(Reflect.get({}, 'x'), undefined)
    })
  }

  for (const path of [
    '/connections/%00',
    '/connections/not-an-id',
    "/connections/' or 1=1 --",
    '/backfills/%2e%2e%2f',
    '/subjects?model=%00&id=%00',
    '/subjects?model=Order&id=%27%3B%20drop%20table%20x',
    '/subjects?model=__proto__&id=constructor',
    '/queue?before=9999999999999999999999&connection=x&state=__proto__&q=%00',
    '/queue?q=%27%20or%201%3D1',
    '/plugins/__proto__',
    '/plugins/%2e%2e',
    '/plugins/crm/switch?scope=%00&to=on',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e%2flayout.ejs',
    '/backfills/new?connection=x&model=__proto__&scope=%00',
    '/%',
    '/queue?q=%E0%A4%A',
    `/queue?q=${'a'.repeat(5000)}`,
  ]) {
    it(`answer the address ${path.slice(0, 60)} without an error of the server`, async () => {
      const answer = await browser.get(path)
      assert.ok(answer.status < 500, `${answer.status} ${textOf(answer.text)}`)
    })
  }
})

// What every answer carries: headers that forbid scripts, frames and caches; style sheets and probes.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, administrator, createAdminFixture } from './admin-fixture.ts'
import { createBrowse } from './browse.ts'

describe('every answer', () => {
  let fixture: AdminFixture
  before(async () => {
    fixture = await createAdminFixture()
    await fixture.admin.ensureAdministrator(administrator)
  })
  after(() => fixture.close())

  it('forbids scripts, frames, foreign forms and caches', async () => {
    const browser = createBrowse(fixture)
    await browser.signIn()
    for (const path of ['/', '/sign-in', '/nowhere', '/queue']) {
      const { headers } = await browser.get(path)
      assert.equal(
        headers.get('content-security-policy'),
        "default-src 'none';style-src 'self';img-src 'self' data:;form-action 'self';frame-ancestors 'none';base-uri 'none'",
      )
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'same-origin')
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.equal(headers.get('strict-transport-security'), null)
      assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
      assert.equal(headers.get('x-powered-by'), null)
    }
  })

  it('serves style sheets for ever under their hash, compressed', async () => {
    const browser = createBrowse(fixture)
    const { text } = await browser.get('/sign-in')
    const hrefs = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href ?? '')
    assert.equal(hrefs.length, 3)
    let size = Buffer.byteLength(text)
    for (const href of hrefs) {
      const response = await fetch(new URL(href, fixture.origin), { headers: { 'accept-encoding': 'gzip' } })
      assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(response.headers.get('content-encoding'), 'gzip')
      assert.match(response.headers.get('content-type') ?? '', /^text\/css/)
      size += Number(response.headers.get('content-length'))
    }
    assert.ok(size < 120_000, `the first page weighs ${size} bytes`)
  })

  it('loads nothing from elsewhere', async () => {
    const { text } = await createBrowse(fixture).get('/sign-in')
    for (const [, url = ''] of text.matchAll(/(?:src|href)="([^"]+)"/g)) assert.match(url, /^(\/|#)/)
  })
})

describe('the probes', () => {
  it('answer without a sign-in, in plain text', async () => {
    let isReady = false
    const fixture = await createAdminFixture({
      basePath: '/sub/path',
      readiness: async () =>
        isReady ? { isReady, problem: null } : { isReady, problem: 'The database does not answer.' },
    })
    const browser = createBrowse(fixture)
    try {
      const health = await browser.get('/healthz')
      assert.deepEqual([health.status, health.text], [200, 'ok\n'])
      const waiting = await browser.get('/readyz')
      assert.deepEqual([waiting.status, waiting.text], [503, 'not ready: The database does not answer.\n'])
      isReady = true
      const ready = await browser.get('/readyz')
      assert.deepEqual([ready.status, ready.text], [200, 'ready\n'])
      const metrics = await browser.get('/metrics')
      assert.match(metrics.text, /^# HELP outbound_sync_jobs/)
      assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    } finally {
      await fixture.close()
    }
  })
})

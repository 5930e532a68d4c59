// Sync problems at the three scopes, and retry and cancel of all that match: as an administrator, as people of one
// organizer and of one event, and as somebody who may only look.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Permission, User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { createBrowse, textOf } from './browse.ts'
import { eventScope, otherScope } from './fixture-plugins.ts'
import { insertActivation, insertJob } from './insert-rows.ts'

const within = (scope: string, outer: string) => outer === '' || scope === outer || scope.startsWith(`${outer}/`)
const user = (id: string, rights: readonly (readonly [Permission, string])[]): User => ({
  id,
  name: id,
  can: (permission, scope) => rights.some(([granted, outer]) => granted === permission && within(scope, outer)),
})
const secondEvent = 'organizer:acme/event:conf27'
const users: Record<string, User> = {
  all: user('all', [
    ['view', ''],
    ['operate', ''],
  ]),
  organizer: user('organizer', [
    ['view', 'organizer:acme'],
    ['operate', 'organizer:acme'],
  ]),
  mixed: user('mixed', [
    ['view', 'organizer:acme'],
    ['operate', eventScope],
  ]),
  looker: user('looker', [['view', 'organizer:acme']]),
  rival: user('rival', [
    ['view', 'organizer:rival'],
    ['operate', 'organizer:rival'],
  ]),
}

describe('retry and cancel of all that match', () => {
  let fixture: AdminFixture
  let sales: string
  let news: string
  before(async () => {
    fixture = await createAdminFixture({
      basePath: '/sub/path',
      identify: (request) => users[String(request.headers['x-test-user'])] ?? null,
    })
    sales = await fixture.addConnection({ name: 'Sales CRM', scope: '' })
    news = await fixture.addConnection({ name: 'Newsletter', scope: 'organizer:acme' })
    await insertActivation(fixture, { scope: '' })
  })
  after(() => fixture.close())
  beforeEach(async () => {
    await fixture.sql('truncate outbound_sync.sync_job, outbound_sync.attempt, outbound_sync.sync_run cascade')
    const failed = { state: 'needs_attention', reason: 'permanent', message: 'bad e-mail' }
    await insertJob(fixture, { connection: sales, order: '1', ...failed })
    await insertJob(fixture, { connection: sales, order: '2', ...failed, reason: 'config' })
    await insertJob(fixture, { connection: news, order: '3', ...failed })
    await insertJob(fixture, { connection: sales, order: '4', ...failed, scope: secondEvent })
    await insertJob(fixture, { connection: sales, order: '36', ...failed, scope: otherScope })
    await insertJob(fixture, { connection: sales, order: '5' })
  })

  function as(name: string) {
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
    return {
      get: (path: string) => browser.get(path, headers),
      post: (path: string, fields: Record<string, string> = {}) => browser.post(path, fields, headers),
    }
  }
  /** Opens the page that names the number, presses its button and waits for the run. */
  async function doAll(name: string, query: Record<string, string>) {
    const asked = await as(name).get(`/queue/all?${new URLSearchParams(query)}`)
    const fields = Object.fromEntries(
      [...asked.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, field, value]) => [
        String(field),
        String(value),
      ]),
    )
    const answer = await as(name).post('/queue/all', { ...fields, action: query.action ?? '' })
    assert.equal(answer.status, 303, textOf(answer.text))
    await fixture.tick()
    const path = answer.location?.slice('/sub/path'.length) ?? ''
    return { asked: textOf(asked.text), path, report: textOf((await as(name).get(path)).text) }
  }
  const waiting = async (): Promise<unknown[]> =>
    (await fixture.sql(`select source_id from outbound_sync.sync_job where force order by source_id::int`)).map(
      (row) => row.source_id,
    )
  const ordersOf = (text: string): string[] => [...new Set(text.match(/Order K\d+/g) ?? [])].sort()

  describe('the queue of a scope', () => {
    for (const [name, scope, orders] of [
      ['all', '', ['K1000', 'K1001', 'K1002', 'K1003', 'K1004', 'K1035']],
      ['all', 'organizer:acme', ['K1000', 'K1001', 'K1002', 'K1003', 'K1004']],
      ['all', secondEvent, ['K1003']],
      ['all', 'organizer:ac', []],
      ['mixed', '', ['K1000', 'K1001', 'K1002', 'K1003', 'K1004']],
      ['rival', '', ['K1035']],
      ['rival', 'organizer:acme', []],
      ['rival', eventScope, []],
    ] as const) {
      it(`shows ${name} ${orders.length} lines of "${scope}"`, async () => {
        const { text, status } = await as(name).get(`/queue?scope=${encodeURIComponent(scope)}`)
        assert.equal(status, 200)
        assert.deepEqual(
          ordersOf(textOf(text)),
          orders.map((code) => `Order ${code}`),
        )
      })
    }

    it('leads to the wider ones, keeps the other filters, and narrows by reason', async () => {
      const { text } = await as('all').get(
        `/queue?${new URLSearchParams({ scope: eventScope, state: 'needs_attention', reason: 'config' })}`,
      )
      assert.deepEqual(ordersOf(textOf(text)), ['Order K1001'])
      assert.match(textOf(text), /everywhere › organizer acme › event conf26/)
      assert.match(
        text,
        /href="\/sub\/path\/queue\?state=needs_attention&amp;reason=config&amp;scope=organizer%3Aacme"/,
      )
      assert.match(text, /<option value="config" selected>/)
    })

    it('offers no scope that the reader may not see', async () => {
      assert.doesNotMatch((await as('rival').get('/queue')).text, /organizer:acme|conf26|conf27/)
      assert.match((await as('rival').get('/queue')).text, /<option value="organizer:rival\/event:fair26">/)
    })

    it('does not say of a connection that is gone that it means all', async () => {
      const gone = '/queue?connection=6b0dfb42-1d54-4a37-9b1d-9f5a1e3c2a10'
      assert.match(textOf((await as('all').get(gone)).text), /No line fits/)
    })
  })

  it('names the number and the filter, then does it in the background and reports', async () => {
    const { asked, report, path } = await doAll('all', { action: 'retry', state: 'needs_attention' })
    assert.match(asked, /Retry all that match\? 5 lines match Needs attention · to any connection · everywhere/)
    assert.match(asked, /What fails or comes in later is not touched.* Retry 5 lines/)
    assert.match(report, /Retry of 5 lines .*Finished .*5 of 5 looked at, 100 %/)
    assert.match(report, /Retried, with a full set of tries 5 Being sent at that moment, left alone 0/)
    assert.deepEqual(await waiting(), ['1', '2', '3', '4', '36'])
    const list = await as('all').get('/runs')
    assert.match(textOf(list.text), /Retry: 5 lines everywhere All Finished/)
    assert.match(list.text, new RegExp(`href="/sub/path${path}"`))
  })

  it('cancels with the reason that was given', async () => {
    const asked = await as('all').get('/queue/all?action=cancel&state=needs_attention&reason=config')
    assert.match(textOf(asked.text), /Cancel all that match\? 1 line matches Needs attention · Settings to correct/)
    const [, upTo = ''] = /name="upTo" value="(\d+)"/.exec(asked.text) ?? []
    const fields = { action: 'cancel', state: 'needs_attention', reason: 'config', upTo, note: 'closed <b>account</b>' }
    const answer = await as('all').post('/queue/all', fields)
    await fixture.tick()
    const report = await as('all').get(answer.location?.slice('/sub/path'.length) ?? '')
    assert.match(textOf(report.text), /Cancel of 1 line .*closed <b>account<\/b>.*Canceled 1/)
    assert.doesNotMatch(report.text, /<b>account/)
    assert.deepEqual(await fixture.sql('select source_id, message from outbound_sync.attempt'), [
      { source_id: '2', message: 'Canceled by all: closed <b>account</b>' },
    ])
  })

  it('is for the lines of scopes in which the person may operate, and says which are left', async () => {
    const { asked, report } = await doAll('mixed', { action: 'retry', state: 'needs_attention' })
    assert.match(asked, /3 lines match .*1 more line matches and you may not change it: left as it is/)
    assert.match(
      report,
      /Retried, with a full set of tries 3 .*1 more line matched, which mixed may see and not change\. It was left alone/,
    )
    assert.deepEqual(await waiting(), ['1', '2', '3'])
  })

  it('is not for who may only look, nor for what may not be seen', async () => {
    const asked = await as('looker').get('/queue/all?action=cancel')
    assert.match(textOf(asked.text), /No line matches .*5 lines match that you may see, but not retry or cancel/)
    const refused = await as('looker').post('/queue/all', { action: 'cancel', upTo: '99999' })
    assert.equal(refused.status, 403)
    assert.doesNotMatch(textOf((await as('looker').get('/queue')).text), /Cancel all/)
    const { report } = await doAll('rival', { action: 'cancel' })
    assert.match(report, /Cancel of 1 line/)
    assert.deepEqual(await fixture.sql('select source_id from outbound_sync.attempt'), [{ source_id: '36' }])
    const foreign = await as('rival').post('/queue/all', { action: 'cancel', scope: 'organizer:acme', upTo: '99999' })
    assert.equal(foreign.status, 403)
    assert.equal((await fixture.sql('select id from outbound_sync.sync_run')).length, 1)
  })

  it('is seen and moved by who asked and by who may see all of it, and does not exist for others', async () => {
    const asked = await as('mixed').get('/queue/all?action=retry')
    const [, upTo = ''] = /name="upTo" value="(\d+)"/.exec(asked.text) ?? []
    const answer = await as('mixed').post('/queue/all', { action: 'retry', upTo })
    const path = answer.location?.slice('/sub/path'.length) ?? ''
    for (const [name, status] of [
      ['mixed', 200],
      ['all', 200],
      ['organizer', 404],
      ['rival', 404],
    ] as const) {
      assert.equal((await as(name).get(path)).status, status, name)
    }
    assert.doesNotMatch(textOf((await as('rival').get('/runs')).text), /Retry:/)
    assert.match(textOf((await as('mixed').get('/runs')).text), /Retry: 4 lines/)
    assert.equal((await as('rival').post(`${path}/stop`)).status, 404)
    assert.equal((await as('mixed').post(`${path}/pause`)).status, 303)
    // Its right was taken away meanwhile.
    const mixed = users.mixed
    users.mixed = user('mixed', [['view', 'organizer:acme']])
    assert.equal((await as('mixed').post(`${path}/resume`)).status, 403)
    if (mixed) users.mixed = mixed
    assert.equal((await as('mixed').post(`${path}/resume`)).status, 303)
    assert.equal((await as('mixed').post(`${path}/stop`)).status, 303)
    assert.match(textOf((await as('mixed').get(path)).text), /Stopped by mixed\..*Not looked at 4/)
  })

  it('does nothing with what came in after the page was opened, and tells when nothing is left', async () => {
    const asked = await as('all').get('/queue/all?action=cancel&state=needs_attention&scope=organizer:rival')
    const [, upTo = ''] = /name="upTo" value="(\d+)"/.exec(asked.text) ?? []
    await fixture.sql(`delete from outbound_sync.sync_job where source_id = '36'`)
    await insertJob(fixture, {
      ...{ connection: sales, order: '37', scope: otherScope, state: 'needs_attention', reason: 'config' },
    })
    const fields = { action: 'cancel', state: 'needs_attention', scope: 'organizer:rival', upTo }
    const answer = await as('all').post('/queue/all', fields)
    await fixture.tick()
    const report = await as('all').get(answer.location?.slice('/sub/path'.length) ?? '')
    assert.match(textOf(report.text), /Cancel of 0 lines/)
    assert.equal((await fixture.sql(`select id from outbound_sync.sync_job where source_id = '37'`)).length, 1)
  })

  it('refuses a form that is none of ours', async () => {
    const forms: Record<string, string>[] = [
      { action: 'delete', upTo: '1' },
      { action: 'cancel' },
      { action: 'cancel', upTo: 'x' },
    ]
    for (const fields of forms) {
      assert.equal((await as('all').post('/queue/all', fields)).status, 422)
    }
    assert.equal((await as('all').get('/queue/all')).status, 422)
    assert.equal((await as('all').get('/runs/6b0dfb42-1d54-4a37-9b1d-9f5a1e3c2a10')).status, 404)
    assert.equal((await as('all').get('/runs/x')).status, 404)
  })

  it('tells of ticked lines what became of them, in one statement', async () => {
    const rows = await fixture.sql('select id::text from outbound_sync.sync_job order by id')
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': 'mixed', 'sec-fetch-site': 'same-origin' }
    const ticked = rows.map(({ id }) => ['job', String(id)] as const)
    await browser.post('/jobs/selected', [['action', 'retry'], ...ticked, ['job', '987654321']], headers)
    const { text } = await browser.get('/queue', headers)
    assert.match(
      textOf(text),
      /^4 will be tried again as soon as possible; 2 had finished in the meantime; 1 you may not change\./,
    )
  })

  it('opens its page at once over 100,000 lines', async (t) => {
    await fixture.sql(
      `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id, state, reason)
       select $1, $2, 'Order', 'n' || n, 'needs_attention', 'permanent' from generate_series(1, 100000) n`,
      [sales, eventScope],
    )
    await fixture.sql('analyze outbound_sync.sync_job')
    const began = performance.now()
    const { text } = await as('all').get('/queue/all?action=retry&state=needs_attention')
    const tookMs = performance.now() - began
    t.diagnostic(`${Math.round(tookMs)} ms`)
    assert.match(textOf(text), /100,000 lines match .*There are more than 100,000\. The newest 100,000 are taken now/)
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
  })
})

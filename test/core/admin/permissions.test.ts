// A host's own users, each with permissions for a scope: what is foreign does not exist, what may be seen but not done is
// refused in words, and lists hold only what may be seen.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Permission, User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createBrowse, textOf } from './browse.ts'
import { eventScope, otherScope } from './fixture-plugins.ts'
import { insertRun } from './insert-rows.ts'
import { insertSample, type SampleIds } from './sample-rows.ts'

const within = (scope: string, outer: string) => outer === '' || scope === outer || scope.startsWith(`${outer}/`)
const user = (id: string, outer: string, permissions: readonly Permission[]): User => ({
  id,
  name: id,
  can: (permission, scope) => permissions.includes(permission) && within(scope, outer),
})
const users: Record<string, User> = {
  all: user('all', '', ['view', 'operate', 'configure', 'administer', 'see_payloads']),
  viewer: user('viewer', 'organizer:acme', ['view']),
  operator: user('operator', 'organizer:acme', ['view', 'operate', 'see_payloads']),
  organizer: user('organizer', 'organizer:acme', ['view', 'operate', 'configure', 'see_payloads']),
  eventOnly: user('eventOnly', eventScope, ['view', 'operate']),
  rival: user('rival', 'organizer:rival', ['view', 'operate', 'configure', 'administer', 'see_payloads']),
  nothing: user('nothing', 'organizer:none', ['view']),
}

describe('the pages for users of a host', () => {
  let fixture: AdminFixture
  let ids: SampleIds
  let foreignRun: string
  before(async () => {
    fixture = await createAdminFixture({
      basePath: '/sub/path',
      identify: (request) => users[String(request.headers['x-test-user'])] ?? null,
    })
    ids = await insertSample(fixture)
    foreignRun = await insertRun(fixture, { connection: ids.sales, state: 'running', totalCount: 5, scope: otherScope })
  })
  after(() => fixture.close())

  function as(name: string): Pick<Browse, 'get' | 'post'> & { cookies: Map<string, string> } {
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
    return {
      cookies: browser.cookies,
      get: (path) => browser.get(path, headers),
      post: (path, fields) => browser.post(path, fields, headers),
    }
  }

  it('are closed to who is not signed in at the host, and there is no sign-in of ours', async () => {
    const answer = await createBrowse(fixture).get('/queue')
    assert.equal(answer.status, 403)
    assert.match(textOf(answer.text), /You are not signed in/)
    assert.doesNotMatch(answer.text, /<nav aria-label="Main"/)
    assert.equal((await as('all').get('/sign-in')).status, 404)
    assert.doesNotMatch((await as('all').get('/')).text, /Sign out/)
  })

  it('hold in lists only what may be seen', async () => {
    const queue = textOf((await as('viewer').get('/queue')).text)
    assert.match(queue, /Order K1001/)
    assert.doesNotMatch(queue, /K1035/)
    const rivals = textOf((await as('rival').get('/queue')).text)
    assert.match(rivals, /K1035/)
    assert.doesNotMatch(rivals, /K1001|K1000/)
    const connections = textOf((await as('rival').get('/connections')).text)
    assert.match(connections, /Rival CRM/)
    assert.doesNotMatch(connections, /Sales CRM/)
    assert.doesNotMatch(textOf((await as('rival').get('/backfills')).text), /Sales CRM.*conf26/)
    assert.doesNotMatch(textOf((await as('rival').get('/queue?q=K1001')).text), /K1001 /)
  })

  it('say to who may see nothing that it is so and whom to ask, in place of empty lists', async () => {
    for (const path of ['/', '/queue', '/connections', '/runs', '/first-steps']) {
      const answer = await as('nothing').get(path)
      assert.equal(answer.status, 403, path)
      assert.match(
        textOf(answer.text),
        /You may see nothing of what is here You are signed in as nothing, .*Whoever gives out/,
      )
      assert.doesNotMatch(answer.text, /Nothing is connected yet|queue is empty|No run was started/)
      assert.equal((await as('eventOnly').get(path)).status, 200, path)
    }
    assert.equal((await as('nothing').get('/connections/new')).status, 200)
    assert.match(textOf((await as('nothing').get('/plugins')).text), /Switched on nowhere that you may see/)
  })

  it('let a user of one event see its lines, though the connection belongs to the organizer', async () => {
    const { text } = await as('eventOnly').get('/queue')
    assert.match(textOf(text), /Order K1001 to Sales CRM/)
    assert.match(text, /<option value="[^"]+" >Sales CRM<\/option>/)
    assert.equal((await as('eventOnly').get(`/connections/${ids.sales}`)).status, 404)
  })

  it('answer 404 for every id of a foreign scope', async () => {
    const browser = as('rival')
    const seen = [
      await browser.get('/subjects?model=Order&id=1'),
      await browser.get(`/connections/${ids.sales}`),
      await browser.get(`/backfills/${ids.runningRun}`),
      await browser.get(`/backfills/new?connection=${ids.sales}&model=Order&count=yes`),
      await browser.get('/plugins/crm/switch?scope=organizer:acme&to=off'),
      await browser.get('/shop/orders/K1001'),
      await browser.post('/sync-now', { connection: ids.sales, model: 'Order', id: '20' }),
      await browser.post(`/jobs/${ids.jobIds.exceeded}/retry`),
      await browser.post(`/jobs/${ids.jobIds.exceeded}/cancel`),
      await browser.post('/plugins/crm/switch', { scope: 'organizer:acme', to: 'off' }),
      await browser.post(`/backfills/${ids.runningRun}/stop`),
      await browser.post('/shop/orders/K1001', { note: 'x' }),
      await as('operator').get(`/backfills/${foreignRun}`),
      await as('operator').get('/shop/orders/K1035'),
    ]
    // A connection that may not be seen is no choice of the form.
    assert.deepEqual(
      seen.map(({ status }) => status),
      [404, 404, 404, 200, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404],
    )
    const [form] = await Promise.all([browser.get(`/backfills/new?connection=${ids.sales}&model=Order&count=yes`)])
    assert.doesNotMatch(textOf(form.text), /Sales CRM/)
    const [job] = await fixture.sql('select state from outbound_sync.sync_job where id = $1', [ids.jobIds.exceeded])
    assert.equal(job?.state, 'needs_attention')
  })

  it('do not send a record of a foreign scope to an own connection', async () => {
    const own = await fixture.sql(`select id from outbound_sync.connection where name = 'Rival CRM'`)
    const answer = await as('rival').post('/sync-now', { connection: String(own[0]?.id), model: 'Order', id: '20' })
    assert.equal(answer.status, 404)
    const outside = await as('organizer').post('/sync-now', {
      connection: String(own[0]?.id),
      model: 'Order',
      id: '20',
    })
    assert.equal(outside.status, 404, 'nor to a connection that does not serve its scope')
  })

  it('refuse in words what may be seen but not done', async () => {
    const browser = as('viewer')
    for (const [path, fields] of [
      [`/jobs/${ids.jobIds.exceeded}/retry`, {}],
      [`/jobs/${ids.jobIds.exceeded}/cancel`, {}],
      ['/sync-now', { connection: ids.sales, model: 'Order', id: '20' }],
      [`/backfills/${ids.runningRun}/pause`, {}],
      ['/backfills', { connection: ids.sales, model: 'Order' }],
      ['/shop/orders/K1001', {}],
    ] as const) {
      const answer = await browser.post(path, fields)
      assert.equal(answer.status, 403, path)
      assert.match(textOf(answer.text), /You may look at this, but not retry, cancel or send anything here/)
    }
    const switching = await as('operator').post('/plugins/crm/switch', { scope: 'organizer:acme', to: 'off' })
    assert.equal(switching.status, 403)
    assert.match(textOf(switching.text), /but not change its settings/)
  })

  it('show no buttons to who may not press them', async () => {
    const viewer = as('viewer')
    for (const path of ['/queue', '/subjects?model=Order&id=1', `/backfills/${ids.runningRun}`, '/plugins/crm']) {
      assert.doesNotMatch((await viewer.get(path)).text, /method="post"/, path)
    }
    assert.doesNotMatch((await viewer.get(`/connections/${ids.sales}`)).text, /New backfill/)
    assert.match((await as('operator').get('/queue')).text, /method="post"/)
  })

  it('show what was sent only to who may read it', async () => {
    const hidden = textOf((await as('viewer').get('/subjects?model=Order&id=1')).text)
    assert.doesNotMatch(hidden, /anna@example\.com|129\.5/)
    assert.match(hidden, /shown only to people who may read it/)
    assert.match(textOf((await as('operator').get('/subjects?model=Order&id=1')).text), /129\.5/)
  })

  it('act on the ticked lines that the person may change, and pass over the others', async () => {
    const answer = await as('eventOnly').post('/jobs/selected', [
      ['action', 'retry'],
      ['job', String(ids.jobIds.permanent)],
      ['job', String(ids.jobIds.foreign)],
      ['job', String(ids.jobIds.inFlight)],
      ['job', '987654321'],
    ])
    assert.equal(answer.status, 303)
    const rows = await fixture.sql(
      'select id::text, state from outbound_sync.sync_job where id = any($1::bigint[]) order by id',
      [[ids.jobIds.permanent, ids.jobIds.foreign]],
    )
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['waiting', 'waiting'],
    )
    const [foreign] = await fixture.sql('select force from outbound_sync.sync_job where id = $1', [ids.jobIds.foreign])
    assert.equal(foreign?.force, false)
  })

  it('switch a plugin on where the person may configure, and nowhere else', async () => {
    const browser = as('organizer')
    const switched = await browser.post('/plugins/crm/switch', { scope: 'organizer:acme/event:new27', to: 'on' })
    assert.equal(switched.status, 303)
    const everywhere = await browser.post('/plugins/crm/switch', { scope: '', to: 'on' })
    assert.equal(everywhere.status, 404)
    const rows = await fixture.sql(
      `select scope, changed_by from outbound_sync.plugin_activation where scope like '%new27' or scope = ''`,
    )
    assert.deepEqual(rows, [{ scope: 'organizer:acme/event:new27', changed_by: 'organizer' }])
  })
})

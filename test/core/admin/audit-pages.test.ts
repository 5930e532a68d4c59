import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Permission, User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createBrowse, textOf } from './browse.ts'
import { eventScope, mappingDocument } from './fixture-plugins.ts'
import { insertActivation, insertJob, insertObject } from './insert-rows.ts'

const user = (id: string, permissions: readonly Permission[], outer: string): User => ({
  id,
  name: id,
  can: (permission, scope) =>
    permissions.includes(permission) && (outer === '' || scope === outer || scope.startsWith(`${outer}/`)),
})
const users: Record<string, User> = {
  operator: user('operator', ['view', 'operate'], ''),
  viewer: user('viewer', ['view'], ''),
  rival: user('rival', ['view', 'operate'], 'organizer:rival'),
}

describe('an audit', () => {
  let fixture: AdminFixture
  let connection: string
  before(async () => {
    fixture = await createAdminFixture({
      basePath: '/sub/path',
      identify: (request) => users[String(request.headers['x-test-user'])] ?? null,
    })
    connection = await fixture.addConnection({ name: 'Sales CRM' })
    await fixture.sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
       values ($1, 1, $2, 'test', now())`,
      [connection, JSON.stringify(mappingDocument)],
    )
    await insertActivation(fixture)
  })
  after(() => fixture.close())
  beforeEach(() =>
    fixture.sql(
      'truncate outbound_sync.sync_job, outbound_sync.sync_run, outbound_sync.sync_link, outbound_sync.external_object cascade',
    ),
  )

  const as = (name: string): Pick<Browse, 'get' | 'post'> => {
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
    return {
      get: (path) => browser.get(path, headers),
      post: (path, fields) => browser.post(path, fields, headers),
    }
  }
  async function audit(): Promise<string> {
    const answer = await as('operator').post('/audits', { connection, model: 'Order' })
    assert.equal(answer.status, 303)
    await fixture.tick()
    return answer.location?.slice('/sub/path'.length) ?? ''
  }

  it('is begun at the connection, and its report says what is known and what to do', async () => {
    const page = await as('operator').get(`/connections/${connection}`)
    assert.match(textOf(page.text), /Has everything arrived\? Nobody has looked yet.* Look through the Orders/)
    for (let order = 1; order <= 30; order += 1) {
      await insertObject(fixture, { connection, order: String(order), idValue: `K${order}` })
    }
    await insertJob(fixture, { connection, order: '31', state: 'needs_attention', reason: 'permanent', message: 'bad' })
    await insertJob(fixture, { connection, order: '32' })
    const path = await audit()
    const report = await as('operator').get(path)
    const text = textOf(report.text)
    assert.match(text, /Audit of Orders at Sales CRM · organizer acme · started just now by operator/)
    assert.match(text, /What it found Found gaps 3 of 34 have not arrived/)
    assert.match(
      text,
      /2 of them are not in the queue\. .* Send 2 records 1 record needs attention: see it in the queue/,
    )
    assert.match(text, /Never arrived Nothing of it is at Sales CRM.* 2 Out of date .* 0 Needs attention .* 1 /)
    assert.match(text, /Which ones All Never arrived \(2\) Needs attention \(1\)/)
    assert.match(text, /Order K1030 Needs attention bad organizer acme › event conf26/)
    assert.match(report.text, /href="\/sub\/path\/subjects\?model=Order&amp;id=33"/)
    const only = textOf((await as('operator').get(`${path}?finding=never_synced`)).text)
    assert.match(only, /Order K1032 .*Order K1033/)
    assert.doesNotMatch(only, /Order K1030/)
    assert.match(
      textOf((await as('operator').get('/runs')).text),
      /Audit: 34 Orders .*Found gaps 3 records have not arrived/,
    )
  })

  it('stands on the overview and at its connection until something is done', async () => {
    const path = await audit()
    const home = await as('viewer').get('/')
    assert.match(
      textOf(home.text),
      /34 records have not arrived\..*Records that have not arrived 34 of 34 Orders Found gaps should be up to date at Sales CRM/,
    )
    assert.match(home.text, new RegExp(`href="/sub/path${path}"`))
    assert.match(
      textOf((await as('viewer').get(`/connections/${connection}`)).text),
      /Orders Found gaps 34 of 34 had not arrived when looked at just now/,
    )
    assert.doesNotMatch(textOf((await as('rival').get('/')).text), /not arrived/)
    const sent = await as('operator').post(`${path}/send`)
    const backfill = sent.location?.slice('/sub/path'.length) ?? ''
    assert.match(backfill, /^\/backfills\//)
    const page = textOf((await as('operator').get(backfill)).text)
    assert.match(
      page,
      /Backfill of Orders to Sales CRM · organizer acme · what an audit found missing · started just now by operator · the audit/,
    )
    assert.doesNotMatch(textOf((await as('viewer').get('/')).text), /not arrived/)
    await fixture.tick()
    const jobs = await fixture.sql(
      'select scope, priority, count(*)::int as count from outbound_sync.sync_job group by 1, 2',
    )
    assert.deepEqual(jobs, [{ scope: eventScope, priority: 0, count: 10 }])
    const again = await as('operator').post(`${path}/send`)
    assert.equal(again.location, `/sub/path${path}`)
    assert.match(
      textOf((await as('operator').get(path)).text),
      /What was missing was put into the queue: see that backfill/,
    )
  })

  it('says when everything has arrived', async () => {
    for (let order = 1; order <= 34; order += 1) {
      await insertObject(fixture, { connection, order: String(order), idValue: `K${order}` })
    }
    const path = await audit()
    const text = textOf((await as('viewer').get(path)).text)
    assert.match(
      text,
      /Complete Every record has arrived or is on its way, as far as we can know\. 34 records looked at/,
    )
    assert.doesNotMatch(text, /Which ones|What to do/)
    assert.match(textOf((await as('viewer').get('/')).text), /Everything runs|need/)
    assert.match(
      textOf((await as('viewer').get(`/connections/${connection}`)).text),
      /Orders Complete all 34 had arrived/,
    )
  })

  it('is not for who may only look, and does not exist for who may not see it', async () => {
    const path = await audit()
    const page = await as('viewer').get(path)
    assert.doesNotMatch(textOf(page.text), /Send \d+ records/)
    assert.equal((await as('viewer').post(`${path}/send`)).status, 403)
    assert.equal((await as('viewer').post('/audits', { connection, model: 'Order' })).status, 403)
    assert.equal((await as('viewer').post(`${path}/stop`)).status, 403)
    for (const request of [as('rival').get(path), as('rival').post(`${path}/send`)]) {
      assert.equal((await request).status, 404)
    }
    assert.equal((await as('rival').post('/audits', { connection, model: 'Order' })).status, 404)
    assert.equal((await as('operator').post('/audits', { connection, model: 'Nope' })).status, 422)
    assert.equal((await as('operator').get('/audits/x')).status, 404)
    assert.equal((await as('operator').get(path.replace('audits', 'backfills'))).status, 404)
    assert.equal((await as('operator').get(path.replace('audits', 'runs'))).location, `/sub/path${path}`)
  })

  it('tells kindly when a button came too late', async () => {
    const path = await audit()
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': 'operator', 'sec-fetch-site': 'same-origin' }
    await browser.post(`${path}/pause`, {}, headers)
    assert.match(textOf((await browser.get(path, headers)).text), /It was too late to pause it/)
    await fixture.sql(`update outbound_sync.connection set state = 'disabled' where id = $1`, [connection])
    await browser.post('/audits', { connection, model: 'Order' }, headers)
    assert.match(
      textOf((await browser.get(`/connections/${connection}`, headers)).text),
      /cannot start: it is disabled/,
    )
    await fixture.sql(`update outbound_sync.connection set state = 'active' where id = $1`, [connection])
  })
})

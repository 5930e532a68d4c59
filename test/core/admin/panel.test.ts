import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { readActionCode, withActionCode } from '../../../core/admin/action-notices.ts'
import type { User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { eventScope, mappingDocument } from './fixture-plugins.ts'
import { insertActivation, insertAttempt, insertJob, insertObject } from './insert-rows.ts'

const everything: User = { id: 'u1', name: 'Anna', can: () => true }
const looker: User = { id: 'u2', name: 'Ben', can: (permission) => permission === 'view' }
const stranger: User = { id: 'u3', name: 'Cleo', can: () => false }
const text = (html: string) => textOf(`<main>${html}</main>`)

describe('the panel', () => {
  let fixture: AdminFixture
  let browser: Browse
  let connection: string
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    browser = await createSignedInBrowse(fixture)
    connection = await fixture.addConnection({ name: 'Sales CRM' })
    await fixture.addConnection({ name: 'Rival CRM', scope: 'organizer:rival' })
    await fixture.addConnection({ name: 'Switched off CRM', state: 'disabled' })
    await insertActivation(fixture)
  })
  after(() => fixture.close())
  beforeEach(async () => {
    for (const table of ['sync_job', 'attempt', 'attempt_object', 'sync_link', 'external_object', 'mapping_version']) {
      await fixture.sql(`delete from outbound_sync.${table}`)
    }
  })

  const panel = (id: string, user = everything, returnTo = '/orders/17?tab=2') =>
    fixture.admin.panel({ subject: { model: 'Order', id }, user, returnTo })

  it('shows each connection that would take the record, with "Sync now" while nothing is open', async () => {
    const html = await panel('1')
    assert.equal(
      text(html),
      'Data transfer Sales CRM Not sent Nothing of it was sent to Sales CRM yet. No data transmitted yet. Sync now : Sales CRM History and details',
    )
    assert.match(html, /<form method="post" action="\/sub\/path\/sync-now">/)
    assert.match(html, /name="returnTo" value="\/orders\/17\?tab=2"/)
  })

  it('has no script, no style of its own and only prefixed classes', async () => {
    await insertJob(fixture, {
      connection,
      order: '1',
      state: 'needs_attention',
      reason: 'config',
      message: '<b>x</b>',
    })
    await insertObject(fixture, { connection, order: '1', idValue: 'K1000', href: 'https://crm.example.com/1' })
    const html = await panel('1')
    assert.doesNotMatch(html, /<script|<style|style=|<link|<b>/)
    const classes = [...html.matchAll(/class="([^"]*)"/g)].flatMap(([, names = '']) => names.split(' '))
    assert.ok(classes.length > 10)
    assert.ok(
      classes.every((name) => name === 'os-sign' || name.startsWith('os-panel')),
      classes.join(' '),
    )
  })

  it('says the state, the reason, the next try and what to do, with the objects and their links', async () => {
    await insertJob(fixture, {
      connection,
      order: '1',
      failedAttempts: 2,
      message: 'read ECONNRESET',
      dueInMinutes: 11,
    })
    await insertObject(fixture, {
      connection,
      order: '1',
      idValue: 'K1000',
      href: 'https://crm.example.com/deals/17',
      displayName: 'Deal K1000',
    })
    await insertObject(fixture, { connection, order: '1', idValue: 'bad', href: 'javascript:alert(1)' })
    const html = await panel('1')
    assert.match(
      text(html),
      /Trying again Next try in 1\d minutes Try 2 of 5 failed\. “read ECONNRESET” Retry now : Sales CRM Cancel : Sales CRM Deal K1000 sent 12 minutes ago deal with code bad sent/,
    )
    assert.match(html, /<a href="https:\/\/crm\.example\.com\/deals\/17" rel="noopener noreferrer">Deal K1000<\/a>/)
    assert.doesNotMatch(html, /javascript:|Sync now/)
  })

  it('says how the last try ended when nothing is open', async () => {
    await insertAttempt(fixture, {
      connection,
      order: '1',
      outcome: 'skipped',
      message: 'The order is a test order.',
      minutesAgo: 3,
    })
    assert.match(
      text(await panel('1')),
      /Sales CRM Skipped The order is a test order\. No data transmitted yet\. Sync now/,
    )
  })

  it('leaves out connections of other scopes, of other models and of plugins that are switched off here', async () => {
    assert.match(text(await panel('36')), /No connection that is switched on here takes this Order/)
    await fixture.sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at) values ($1, 1, $2::jsonb, 'x', now())`,
      [connection, JSON.stringify([{ ...mappingDocument[0], sourceModel: 'Customer', propertyMappings: [] }])],
    )
    assert.match(text(await panel('1')), /No connection that is switched on here/)
    await insertObject(fixture, { connection, order: '1', idValue: 'K1000' })
    const known = text(await panel('1'))
    assert.match(known, /Sales CRM/, 'what was sent before is shown all the same')
    assert.doesNotMatch(known, /Sync now/)
  })

  it('shows no buttons to who may only look, and nothing at all to a stranger', async () => {
    await insertJob(fixture, {
      connection,
      order: '1',
      state: 'needs_attention',
      reason: 'exceeded',
      failedAttempts: 5,
    })
    const html = await panel('1', looker)
    assert.match(text(html), /Gave up for now/)
    assert.doesNotMatch(html, /<form|<button/)
    assert.equal(await panel('1', stranger), '')
    assert.equal(
      await fixture.admin.panel({
        subject: { model: 'Order', id: '1' },
        user: stranger,
        returnTo: '/',
        format: 'json',
      }),
      'null',
    )
    assert.equal(await panel('no-such-order'), '')
  })

  it('is still there for a record that the host no longer has, from its history', async () => {
    await insertAttempt(fixture, {
      connection,
      order: 'gone-1',
      outcome: 'gone',
      message: 'The record was deleted.',
      minutesAgo: 3,
    })
    assert.match(text(await panel('gone-1')), /Record is gone The record was deleted/)
    assert.equal(await panel('gone-1', stranger), '')
  })

  it('is JSON for hosts that draw it themselves', async () => {
    const id = await insertJob(fixture, { connection, order: '1', failedAttempts: 1, message: 'x', dueInMinutes: 5 })
    const json = JSON.parse(
      await fixture.admin.panel({
        subject: { model: 'Order', id: '1' },
        user: everything,
        returnTo: '/',
        format: 'json',
      }),
    )
    assert.deepEqual(json.subject, { model: 'Order', id: '1', label: 'K1000', modelLabel: 'Order' })
    const [status] = json.connections[0].statuses
    assert.equal(json.connections[0].name, 'Sales CRM')
    assert.deepEqual(
      {
        jobId: status.jobId,
        label: status.label,
        tries: status.tries,
        canRetry: status.canRetry,
        canCancel: status.canCancel,
      },
      { jobId: id, label: 'Trying again', tries: '1 of 5', canRetry: true, canCancel: true },
    )
    assert.ok(new Date(status.due.at) > new Date())
  })

  it("puts a retry through and comes back to the host's page, which says what happened", async () => {
    const id = await insertJob(fixture, { connection, order: '1', state: 'needs_attention', reason: 'config' })
    const answer = await browser.post(`/jobs/${id}/retry`, { from: 'panel', returnTo: '/orders/17?tab=2' })
    assert.equal(answer.status, 303)
    assert.equal(answer.location, '/orders/17?tab=2&os_notice=retried')
    const html = await panel('1', everything, answer.location ?? '')
    assert.match(text(html), /Data transfer It will be tried again as soon as possible\./)
    assert.match(html, /name="returnTo" value="\/orders\/17\?tab=2"/)
  })

  it('tells each race in its own words', async () => {
    const id = await insertJob(fixture, { connection, order: '1', state: 'in_flight' })
    const told = async (path: string) => {
      const answer = await browser.post(path, { from: 'panel', returnTo: '/orders/17' })
      return readActionCode(answer.location ?? '').notice?.text
    }
    assert.match((await told(`/jobs/${id}/retry`)) ?? '', /being sent right now, so there is no need/)
    assert.match((await told(`/jobs/${id}/cancel`)) ?? '', /too late to cancel/)
    assert.match((await told('/jobs/98765432/cancel')) ?? '', /finished in the meantime/)
  })

  it('puts a record into the queue, forced, and says so', async () => {
    const answer = await browser.post('/sync-now', {
      from: 'panel',
      returnTo: '/orders/17',
      connection,
      model: 'Order',
      id: '1',
    })
    assert.equal(answer.location, '/orders/17?os_notice=sync_queued')
    const [job] = await fixture.sql('select scope, force, triggers from outbound_sync.sync_job')
    assert.deepEqual([job?.scope, job?.force], [eventScope, true])
    assert.match(JSON.stringify(job?.triggers), /"name": ?"sync_now"/)
  })

  for (const [name, fields] of [
    [
      'a connection that does not exist',
      { connection: '6b0dfb42-1d54-4a37-9b1d-9f5a1e3c2a10', model: 'Order', id: '1' },
    ],
    ['something that is no connection', { connection: 'x', model: 'Order', id: '1' }],
    ['a record that does not exist', { connection: '', model: 'Order', id: 'nope' }],
    ['a model that does not exist', { connection: '', model: 'Nope', id: '1' }],
  ] as const) {
    it(`answers 404 for ${name}`, async () => {
      const answer = await browser.post('/sync-now', { ...fields, connection: fields.connection || connection })
      assert.equal(answer.status, 404)
      assert.deepEqual(await fixture.sql('select 1 from outbound_sync.sync_job'), [])
    })
  }
})

describe('the sentence in the address', () => {
  it('goes on and comes off a path without touching the rest', () => {
    const path = withActionCode('/orders/17?a=1&b=%20x#top', 'vanished')
    assert.equal(path, '/orders/17?a=1&b=+x&os_notice=vanished#top')
    const read = readActionCode(path)
    assert.match(read.notice?.text ?? '', /finished in the meantime/)
    assert.equal(read.path, '/orders/17?a=1&b=+x#top')
  })

  it('is one of ours or none: an address cannot make us say anything else', () => {
    assert.equal(readActionCode('/x?os_notice=You+have+been+hacked').notice, null)
    assert.equal(readActionCode('/x?os_notice=constructor').notice, null)
    assert.equal(readActionCode('/x').notice, null)
  })
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { eventScope } from './fixture-plugins.ts'
import { insertActivation, insertEntries, insertRun } from './insert-rows.ts'

describe('a backfill', () => {
  let fixture: AdminFixture
  let browser: Browse
  let connection: string
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    browser = await createSignedInBrowse(fixture)
    connection = await fixture.addConnection({ name: 'Sales CRM' })
    await insertActivation(fixture)
  })
  after(() => fixture.close())
  beforeEach(() => fixture.sql('delete from outbound_sync.sync_run'))

  const form = (query: Record<string, string>) =>
    browser.get(`/backfills/new?${new URLSearchParams({ connection, model: 'Order', ...query })}`)

  it('is begun by choosing connection and records', async () => {
    const { text: html } = await browser.get('/backfills/new')
    assert.match(textOf(html), /Step 1 of 3: where to, and what Connection Sales CRM Records Orders Go on/)
    assert.match(
      textOf((await form({})).text),
      /Step 2 of 3: narrow it down Orders to Sales CRM .*Scope .*Order code Placed on or after Status Any Paid Pending Count/,
    )
  })

  it('counts before it starts, and says what will happen', async () => {
    const { text: html, status } = await form({ 'filter.status': 'paid', count: 'yes' })
    assert.equal(status, 200)
    assert.match(textOf(html), /Step 3 of 3: start 9 Orders fit organizer acme · Status: Paid/)
    assert.match(textOf(html), /When more than two fail, it stops there/)
    assert.match(textOf((await form({ count: 'yes' })).text), /34 Orders fit .*The first ten are sent as a trial/)
    assert.match(textOf((await form({ 'filter.code': 'K1003', count: 'yes' })).text), /1 Order fits/)
    const none = await form({ 'filter.code': 'K9999', count: 'yes' })
    assert.match(textOf(none.text), /No Order fits/)
    assert.doesNotMatch(none.text, /Start the backfill/)
    assert.deepEqual(await fixture.sql('select 1 from outbound_sync.sync_run'), [], 'counting starts nothing')
  })

  it('warns where the plugin is switched off', async () => {
    assert.doesNotMatch(textOf((await form({ count: 'yes' })).text), /switched off there/)
    await fixture.sql(
      `insert into outbound_sync.plugin_activation (plugin, scope, is_active, changed_by) values ('crm', $1, false, 'x')`,
      [eventScope],
    )
    assert.match(
      textOf((await form({ scope: eventScope, count: 'yes' })).text),
      /The plugin is switched off there, so nothing is sent/,
    )
    await fixture.sql('delete from outbound_sync.plugin_activation where not is_active')
  })

  it('is started with the filter that was counted, and shows its page', async () => {
    const page = await browser.submit('/backfills', {
      connection,
      model: 'Order',
      scope: eventScope,
      'filter.status': 'paid',
    })
    assert.match(
      textOf(page.text),
      /The backfill is started\. .*Backfill of Orders to Sales CRM .*event conf26 · Status: Paid · started just now by admin@example\.com/,
    )
    const [run] = await fixture.sql('select source_model, scope, filter, mode, actor from outbound_sync.sync_run')
    assert.deepEqual(run, {
      source_model: 'Order',
      scope: eventScope,
      filter: { status: 'paid' },
      mode: 'backfill',
      actor: 'admin@example.com',
    })
  })

  for (const [name, query, expected] of [
    ['a day that is none', { 'filter.from': '2026-02-31' }, /“2026-02-31” is no date/],
    ['a choice that is none', { 'filter.status': 'lost' }, /Status: choose one of the list/],
    ['a text that is too long', { 'filter.code': 'x'.repeat(201) }, /at most 200 characters/],
    ['a scope outside of the connection', { scope: 'organizer:rival' }, /Enter organizer:acme or a scope below it/],
  ] as const) {
    it(`refuses ${name}, beside the field and above the form`, async () => {
      const shown = await form({ ...query, count: 'yes' })
      assert.equal(shown.status, 422)
      assert.match(shown.text, /<title>Error: New backfill/)
      assert.equal(textOf(shown.text).match(new RegExp(expected, 'g'))?.length, 2)
      assert.doesNotMatch(shown.text, /Start the backfill/)
      const started = await browser.post('/backfills', { connection, model: 'Order', ...query })
      assert.equal(started.status, 422)
      assert.deepEqual(await fixture.sql('select 1 from outbound_sync.sync_run'), [])
    })
  }

  it('of an unknown connection or model shows the choice again', async () => {
    for (const fields of [
      { connection: 'x', model: 'Order' },
      { connection, model: 'Nope' },
    ]) {
      const answer = await browser.post('/backfills', fields)
      assert.match(textOf(answer.text), /Step 1 of 3/)
    }
  })

  it('shows how far it is, in figures and as a bar with a label, and asks again by itself', async () => {
    const id = await insertRun(fixture, { connection, state: 'running', totalCount: 830, minutesAgo: 4 })
    await insertEntries(fixture, { run: id, from: 1, to: 310, outcome: 'succeeded' })
    await insertEntries(fixture, { run: id, from: 311, to: 350, outcome: 'nothing_to_do' })
    const page = await browser.get(`/backfills/${id}`)
    const text = textOf(page.text)
    assert.match(
      text,
      /Sending It goes on in the background; new changes are sent before it\. 350 of 830 done, 42 % running for 4 min, about \d min left/,
    )
    assert.match(text, /Sent 310 Already up to date 40 Skipped 0 Failed 0/)
    assert.match(text, /Created 620 Updated 0 Already up to date 80/)
    assert.match(page.text, /<label for="progress">/)
    assert.match(page.text, /<progress id="progress" [^>]*max="830" value="350">/)
    assert.equal(page.headers.get('refresh'), '3')
    assert.doesNotMatch(page.text, /http-equiv/)
    const still = await browser.get(`/backfills/${id}?live=no`)
    assert.equal(still.headers.get('refresh'), null)
    assert.match(textOf(still.text), /Ask again or let the page do it/)
  })

  it('says why it stopped, and what failed', async () => {
    const reason = 'Stopped after the first 10, because 3 failed, for example Order 8: <b>bad</b>.'
    const id = await insertRun(fixture, { connection, state: 'stopped', totalCount: 830, isEnded: true, reason })
    await insertEntries(fixture, { run: id, from: 1, to: 7, outcome: 'succeeded' })
    await insertEntries(fixture, { run: id, from: 8, to: 10, outcome: 'permanent', message: 'bad e-mail' })
    const page = await browser.get(`/backfills/${id}`)
    assert.match(
      textOf(page.text),
      /Stopped Stopped after the first 10, because 3 failed, for example Order 8: <b>bad<\/b>\./,
    )
    assert.match(textOf(page.text), /What failed .*Order K1007 Refused bad e-mail/)
    assert.equal(page.headers.get('refresh'), null)
    assert.doesNotMatch(page.text, /<b>bad/)
    assert.doesNotMatch(page.text, /\/pause"|\/resume"|\/stop"/)
  })

  it('is paused, resumed and stopped by buttons, each told', async () => {
    const id = await insertRun(fixture, { connection, state: 'running', totalCount: 830 })
    assert.match(
      textOf((await browser.submit(`/backfills/${id}/pause`)).text),
      /The backfill is paused\..*Paused .*Resume Stop/,
    )
    assert.match(textOf((await browser.submit(`/backfills/${id}/resume`)).text), /The backfill goes on\./)
    assert.match(
      textOf((await browser.submit(`/backfills/${id}/stop`)).text),
      /The backfill is stopped\. What was sent stays\./,
    )
    const [run] = await fixture.sql('select state from outbound_sync.sync_run')
    assert.equal(run?.state, 'stopped')
  })

  it('tells kindly when a button came too late', async () => {
    const id = await insertRun(fixture, { connection, state: 'finished', totalCount: 10, isEnded: true })
    for (const act of ['pause', 'resume', 'stop']) {
      const page = await browser.submit(`/backfills/${id}/${act}`)
      assert.match(
        textOf(page.text),
        new RegExp(`It was too late to ${act} it: it had ended or changed in the meantime`),
      )
    }
  })

  it('stands in the list, newest first, with its reason', async () => {
    await insertRun(fixture, { connection, state: 'finished', totalCount: 34, isEnded: true, minutesAgo: 60 })
    await insertRun(fixture, {
      connection,
      state: 'failed',
      totalCount: 7,
      minutesAgo: 2,
      reason: 'The shop did not answer.',
    })
    const text = textOf((await browser.get('/runs')).text)
    assert.match(
      text,
      /Backfill: 7 Orders .*Interrupted The shop did not answer\. .*Backfill: 34 Orders .*Finished 1 hour/,
    )
    const [finished] = await fixture.sql(`select id from outbound_sync.sync_run where state = 'finished'`)
    await insertEntries(fixture, { run: String(finished?.id), from: 1, to: 1, outcome: 'config', message: 'x' })
    assert.match(textOf((await browser.get('/runs')).text), /Finished, not all sent/)
    assert.match(textOf((await browser.get(`/runs?connection=${connection}`)).text), /Show those of all connections/)
    const old = await browser.get(`/backfills?connection=${connection}`)
    assert.deepEqual([old.status, old.location], [303, `/sub/path/runs?connection=${connection}`], 'an old bookmark')
    assert.equal((await browser.get('/backfills/6b0dfb42-1d54-4a37-9b1d-9f5a1e3c2a10')).status, 404)
  })

  it('pages its list by key', async () => {
    for (let n = 0; n < 33; n++)
      await insertRun(fixture, { connection, state: 'finished', totalCount: n + 1, isEnded: true, minutesAgo: n + 1 })
    const first = await browser.get('/runs')
    assert.equal(first.text.match(/<th scope="row"/g)?.length, 30)
    const [, older = ''] = /href="\/sub\/path([^"]+before=\d+)"/.exec(first.text) ?? []
    const second = await browser.get(older)
    assert.match(textOf(second.text), /31 Orders .*32 Orders .*33 Orders/)
    assert.equal(second.text.match(/<th scope="row"/g)?.length, 3)
  })
})

// Connections and plugins: what they are set to, how they are doing, and the switches.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { definePlugin } from '../../../core/sdk/plugin.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { eventScope, mappingDocument } from './fixture-plugins.ts'
import { insertActivation, insertAttempt, insertJob, insertObject } from './insert-rows.ts'

let fixture: AdminFixture
let browser: Browse
before(async () => {
  fixture = await createAdminFixture({
    basePath: '/sub/path',
    plugins: [
      definePlugin({
        name: 'organizers-only',
        displayName: 'Organizers only',
        version: '1.0.0',
        compatibility: '*',
        level: 'organizer',
      }),
    ],
  })
  browser = await createSignedInBrowse(fixture)
})
after(() => fixture.close())
beforeEach(async () => {
  for (const table of ['connection', 'plugin_activation', 'attempt', 'audit_entry'])
    await fixture.sql(`delete from outbound_sync.${table}`)
})

describe('the overview', () => {
  it('says in words whether somebody is needed, with what needs him first', async () => {
    const calm = await fixture.addConnection({ name: 'A calm one', lastSuccessAt: new Date() })
    const troubled = await fixture.addConnection({ name: 'B troubled one' })
    await fixture.addConnection({ name: 'C reconnect', gate: 'reconnect', gateReason: 'invalid_grant' })
    await insertJob(fixture, { connection: troubled, order: '1', state: 'needs_attention', reason: 'config' })
    await insertAttempt(fixture, { connection: calm, order: '2', outcome: 'succeeded', minutesAgo: 1 })
    // Nothing would tell otherwise that changes are not even taken in.
    assert.match(
      textOf((await browser.get('/')).text),
      /Overview All 3 connections need you.*A calm one Plugin off .*Switch it on/,
    )
    await insertActivation(fixture, { scope: eventScope })
    const text = textOf((await browser.get('/')).text)
    assert.match(text, /Overview 2 of 3 connections need you, and 2 plugins are out of use\./)
    assert.match(text, /B troubled one.*C reconnect.*A calm one/)
    assert.match(text, /1 record could not be sent to B troubled one/)
    assert.match(text, /C reconnect no longer accepts our credentials\. “invalid_grant”/)
    assert.match(text, /A calm one Up to date .*Everything that was to be sent has arrived\..*the last try went well/)
  })

  it('links each number to the lines it counts', async () => {
    const open = await fixture.addConnection({ name: 'Open' })
    const held = await fixture.addConnection({ name: 'Held', gate: 'paused' })
    await insertJob(fixture, { connection: open, order: '1' })
    await insertJob(fixture, { connection: open, order: '1' })
    await insertJob(fixture, { connection: open, order: '2', failedAttempts: 1, dueInMinutes: 3 })
    for (const order of ['3', '4', '5']) await insertJob(fixture, { connection: held, order })
    const { text: html } = await browser.get('/')
    for (const [, href = '', figure = ''] of html.matchAll(/href="\/sub\/path(\/queue\?[^"]+)">(?:<strong>)?(\d+)/g)) {
      const list = (await browser.get(href.replaceAll('&amp;', '&'))).text
      const lines = [...list.matchAll(/<th scope="row"/g)].length
      assert.equal(lines, Number(figure), href)
    }
    assert.match(textOf(html), /1 trying again 1 waiting 3 held/)
  })

  it('sends a new shop to its first steps, and ticks off what is done', async () => {
    const empty = textOf((await browser.get('/')).text)
    assert.match(empty, /First steps: 1 of 4 done/)
    assert.match(empty, /Nothing is connected yet\. When a connection exists/)
    const connection = await fixture.addConnection({ name: 'Sales CRM' })
    await insertActivation(fixture)
    const steps = await browser.get('/first-steps')
    assert.match(
      textOf(steps.text),
      /Connect an account Done .*Switch the plugin on where it is to work Done .*Send what is there already To do/,
    )
    assert.match(steps.text, new RegExp(`href="/sub/path/connections/${connection}">Begin at Sales CRM`))
    await insertObject(fixture, { connection, order: '1', idValue: 'K1000' })
    assert.doesNotMatch(textOf((await browser.get('/')).text), /First steps/)
  })
})

describe('a connection', () => {
  it('is paused, resumed and tried by its buttons, each offered where it fits', async () => {
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    const buttons = async () => {
      const { text } = await browser.get(`/connections/${id}`)
      return [...text.matchAll(/<button[^>]*>(Pause|Resume|Try now)</g)].map(([, label]) => label)
    }
    assert.deepEqual(await buttons(), ['Pause'])
    const paused = await browser.submit(`/connections/${id}/pause`, { for: '1h' })
    assert.match(textOf(paused.text), /Sending is paused\. What comes in waits\..*It goes on in (59 minutes|1 hour)/)
    assert.deepEqual(await buttons(), ['Resume'])
    const [row] = await fixture.sql(
      `select gate, extract(epoch from gate_until - now())::int > 3500 as is_long from outbound_sync.connection where id = $1`,
      [id],
    )
    assert.deepEqual(row, { gate: 'paused', is_long: true })
    await browser.submit(`/connections/${id}/resume`)
    assert.deepEqual(await buttons(), ['Pause'])
    const late = await browser.submit(`/connections/${id}/resume`)
    assert.match(textOf(late.text), /Cannot resume the connection .Sales CRM.: it is not paused/)

    await fixture.sql(
      `insert into outbound_sync.account_gate (account_key, breaker_probe_at, breaker_reason)
       values ($1, now() + interval '20 seconds', 'crm.example refused the connection')`,
      [id],
    )
    assert.deepEqual(await buttons(), ['Try now', 'Pause'])
    assert.match(
      textOf((await browser.get(`/connections/${id}`)).text),
      /Failing .*failed too often in a row.*“crm\.example refused the connection”.*It is tried again/,
    )
    await browser.submit(`/connections/${id}/try-now`)
    assert.deepEqual(await buttons(), ['Pause'])
    assert.equal((await browser.post(`/connections/${id}/pause`, { for: 'ever' })).status, 422)
    assert.equal((await browser.post('/connections/none/pause')).status, 404)
  })

  it('offers what helps where credentials were refused', async () => {
    const id = await fixture.addConnection({ name: 'Refused', gate: 'reconnect' })
    const { text } = await browser.get(`/connections/${id}`)
    assert.match(
      text,
      new RegExp(`btn-primary btn-sm" href="/sub/path/connections/${id}/settings">Enter new credentials<`),
    )
    assert.match(text, /btn-outline-secondary btn-sm" type="submit">Try now</)
    await fixture.sql(`update outbound_sync.connection set gate = 'open'`)
    assert.doesNotMatch((await browser.get(`/connections/${id}`)).text, /Enter new credentials/)
  })

  it('shows its settings with their names, and a secret only as stored', async () => {
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    const { text: html } = await browser.get(`/connections/${id}`)
    assert.match(
      textOf(html),
      /Address of the CRM https:\/\/crm\.example\.com Account name Acme Token stored encrypted, never shown/,
    )
    assert.doesNotMatch(html, /sealed-canary/)
  })

  it('does not show a secret that lies among the settings by mistake', async () => {
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    await fixture.sql(`update outbound_sync.connection set settings = settings || '{"token": "open-canary"}'`)
    assert.doesNotMatch((await browser.get(`/connections/${id}`)).text, /open-canary/)
  })

  it('says its mapping in words, with the labels of both sides', async () => {
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    await fixture.sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at) values
       ($1, 1, '[]', 'Anna', now() - interval '9 days'), ($1, 2, $2::jsonb, 'Ben', now() - interval '3 days')`,
      [id, JSON.stringify(mappingDocument)],
    )
    await fixture.sql(
      `insert into outbound_sync.mapping_draft (connection_id, document, revision, author) values ($1, '[]', 1, 'Cleo')`,
      [id],
    )
    const text = textOf((await browser.get(`/connections/${id}`)).text)
    assert.match(text, /Version 2, published 3 days ago by Ben\. There is a draft that is not published yet\./)
    assert.match(
      text,
      /Order to Deal 3 properties Each Order creates or updates one Deal\. It is recognised by Deal code, which holds Order code/,
    )
    assert.match(text, /Only when E-mail is not empty and Total is greater than “0”\./)
    assert.match(text, /Amount Total, as a number, rounded to 2 decimal places always/)
    assert.match(text, /Contact e-mail E-mail, in small letters where it is empty/)
    assert.match(text, /Line items a list with one entry for each Order position always .*number Ticket number always/)
    assert.match(text, /title the text “\{product\} for \{attendee_name\}”, filled in/)
  })

  it('shows its last tries and leads to a backfill', async () => {
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    await insertAttempt(fixture, {
      connection: id,
      order: '1',
      outcome: 'permanent',
      message: 'bad e-mail',
      minutesAgo: 2,
      objects: [{ action: 'failed', idValue: 'x' }],
    })
    const { text: html } = await browser.get(`/connections/${id}`)
    assert.match(textOf(html), /Order K1000 Refused bad e-mail 1 2 minutes ago/)
    assert.match(html, new RegExp(`href="/sub/path/backfills/new\\?connection=${id}"`))
  })

  it('of a plugin that is not loaded says so, and what to do', async () => {
    const id = await fixture.addConnection({ name: 'Archive', provider: 'archive', providerVersion: '0.4.0' })
    const text = textOf((await browser.get(`/connections/${id}`)).text)
    assert.match(
      text,
      /Plugin missing No loaded plugin brings archive 0\.4\.0\. What is to be sent waits\. Load the plugin again/,
    )
    assert.match(text, /URL https:\/\/crm\.example\.com/)
  })

  it('that is deleted or was never there is a 404', async () => {
    const id = await fixture.addConnection({ name: 'Gone', state: 'deleted' })
    for (const path of [`/connections/${id}`, '/connections/6b0dfb42-1d54-4a37-9b1d-9f5a1e3c2a10', '/connections/x']) {
      assert.equal((await browser.get(path)).status, 404)
    }
  })
})

describe('the plugins', () => {
  it('are listed with version, state and where they are on; those out of use with the reason', async () => {
    await fixture.sql(
      `insert into outbound_sync.plugin_activation (plugin, scope, is_active, changed_by) values ('crm', 'organizer:acme', true, 'x'), ('crm', 'organizer:off', false, 'x')`,
    )
    const text = textOf((await browser.get('/plugins')).text)
    assert.match(
      text,
      /Example CRM Works crm 1\.2\.0 Sends orders to the example CRM\. Sends to Example CRM 1\.2\.0\. Switched on for organizer acme\./,
    )
    assert.match(
      text,
      /Old ERP Not compatible old-erp 3\.0\.0 The plugin "old-erp" 3\.0\.0 works with outbound-sync \^99\.0\.0/,
    )
    assert.match(text, /that-is-not-there Broken .*could not be loaded/)
    assert.match(text, /Example shop Works shop 1\.0\.0 The host of these tests\. It is always on\./)
  })

  it('show the last error of their taps', async () => {
    fixture.catalog.reportTapError('crm', 'order_paid', new Error('Cannot read <b>x</b>'))
    const { text: html } = await browser.get('/plugins/crm')
    assert.match(
      textOf(html),
      /Works, with an error .*The last error, just now , at the signal order_paid: Cannot read <b>x<\/b>/,
    )
    assert.doesNotMatch(html, /<b>x/)
  })

  it('say what a switch will do before it is thrown, and throw it by a form', async () => {
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    await insertJob(fixture, { connection: id, order: '1', scope: eventScope })
    await insertJob(fixture, { connection: id, order: '2', scope: eventScope })
    await insertJob(fixture, { connection: id, order: '3', scope: 'organizer:other' })
    const off = await browser.get('/plugins/crm/switch?scope=organizer:acme&to=off')
    assert.match(textOf(off.text), /Switch Example CRM off for organizer acme\?/)
    assert.match(
      textOf(off.text),
      /2 records waiting there are held, and go on when it is switched on again\. Nothing is deleted\./,
    )
    const on = await browser.get('/plugins/crm/switch?scope=organizer:acme/event:new&to=on')
    assert.match(
      textOf(on.text),
      /Changes made there from now on are sent to Sales CRM\. Nothing is held there.*a backfill does that/,
    )
    const page = await browser.submit('/plugins/crm/switch', { scope: 'organizer:acme', to: 'on' })
    assert.match(textOf(page.text), /Example CRM is switched on for organizer acme\..*organizer acme On Switch off/)
    const [audit] = await fixture.sql('select actor, action, scope from outbound_sync.audit_entry')
    assert.deepEqual(audit, { actor: 'admin@example.com', action: 'plugin.switched_on', scope: 'organizer:acme' })
  })

  it('can be switched everywhere, named so', async () => {
    const page = await browser.get('/plugins/crm/switch?scope=&to=on')
    assert.match(textOf(page.text), /Switch Example CRM on everywhere\?/)
  })

  for (const [name, path, expected] of [
    ['is no path', '/plugins/crm/switch?scope=a%20b&to=on', /Enter the path of a scope/],
    ['has empty parts', '/plugins/crm/switch?scope=organizer:a//b&to=on', /Enter the path of a scope/],
    [
      'is an event of a plugin for organizers',
      '/plugins/organizers-only/switch?scope=organizer:a/event:b&to=on',
      /everything below inherits\. Enter organizer:a\./,
    ],
    ['belongs to a plugin that is always on', '/plugins/shop/switch?scope=organizer:a&to=off', /cannot be switched/],
  ] as const) {
    it(`say what is wrong with a scope that ${name}, and keep what was typed`, async () => {
      const answer = await browser.get(path)
      assert.equal(answer.status, 422)
      assert.match(answer.text, /<title>Error: /)
      assert.match(textOf(answer.text), expected)
      if (path.includes('a%20b')) assert.match(answer.text, /value="a b"/)
    })
  }

  it('refuse a switch that their level does not allow, also when the page was passed over', async () => {
    const answer = await browser.post('/plugins/organizers-only/switch', { scope: 'organizer:a/event:b', to: 'on' })
    assert.equal(answer.status, 422)
    assert.match(textOf(answer.text), /switched for a whole, .* Switch it for "organizer:a"\./)
    for (const fields of [
      { scope: 'organizer:a', to: 'sideways' },
      { scope: 'a b', to: 'on' },
    ]) {
      assert.equal((await browser.post('/plugins/crm/switch', fields)).status, 422)
    }
    assert.equal((await browser.post('/plugins/old-erp/switch', { scope: 'organizer:a', to: 'on' })).status, 422)
    assert.equal((await browser.post('/plugins/nothing/switch', { scope: 'organizer:a', to: 'on' })).status, 404)
    assert.deepEqual(await fixture.sql('select 1 from outbound_sync.plugin_activation'), [])
  })
})

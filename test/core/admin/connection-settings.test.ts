// Settings and credentials of a connection that sends: changed, moved to another version, switched off, deleted.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { textOf } from './browse.ts'
import { type ConnectionsFixture, createConnectionsFixture } from './connections-fixture.ts'
import { insertJob } from './insert-rows.ts'

describe('the settings of a connection', () => {
  let fixture: ConnectionsFixture
  before(async () => {
    fixture = await createConnectionsFixture()
  })
  after(() => fixture.close())

  /** Through the pages, so that its credentials are sealed. */
  async function connect(name: string): Promise<string> {
    const user = fixture.as('organizer')
    const begun = await user.post('/connections', { provider: 'mail 1.0.0', scope: 'organizer:acme' })
    const [, id = ''] = /connections\/([^/]+)\//.exec(begun.location ?? '') ?? []
    await user.post(`/connections/${id}/settings`, {
      name,
      'settings.baseUrl': fixture.remote,
      'settings.token': 'right',
    })
    await user.post(`/connections/${id}/mapping`, { begin: 'proposed' })
    assert.equal((await fixture.stateOf(id))?.state, 'active')
    return id
  }

  it('show no secret, keep one that is left empty, and take a new one', async () => {
    const id = await connect('Rotating')
    const page = await fixture.as('organizer').get(`/connections/${id}/settings`)
    assert.match(textOf(page.text), /Stored encrypted and never shown\. Leave it empty to keep it/)
    assert.doesNotMatch(page.text, /right"|v1\./)
    const fields = { name: 'Renamed', 'settings.baseUrl': fixture.remote, 'settings.token': '' }
    const kept = await fixture.as('organizer').post(`/connections/${id}/settings`, fields)
    assert.equal(kept.status, 303)
    assert.equal((await fixture.stateOf(id))?.name, 'Renamed')
    assert.match((await fixture.as('organizer').post(`/connections/${id}/test`)).text, /It works/)
    await fixture.as('organizer').post(`/connections/${id}/settings`, { ...fields, 'settings.token': 'wrong' })
    assert.match((await fixture.as('organizer').post(`/connections/${id}/test`)).text, /It does not work/)
  })

  it('ask for a stored secret again when somebody of the scope leads the connection elsewhere', async (test) => {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers['x-token'])
      response.end('Eve')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    test.after(() => server.close())
    const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const id = await connect('Led elsewhere')
    const fields = { name: 'Led elsewhere', 'settings.baseUrl': elsewhere, 'settings.token': '' }
    const refused = await fixture.as('organizer').post(`/connections/${id}/settings`, fields)
    assert.equal(refused.status, 422)
    assert.match(textOf(refused.text), /There is a problem You changed “Address”, so enter “Token” again/)
    // At the field, which the summary leads to.
    assert.match(refused.text, /href="#f-settings\.token"[\s\S]*id="f-settings\.token-problem"[^>]*>[^Y]*You changed/)
    assert.match(refused.text, new RegExp(`value="${elsewhere}"`))
    assert.doesNotMatch(refused.text, /Leave it empty to keep it/)
    await fixture.as('organizer').post(`/connections/${id}/test`)
    assert.deepEqual(seen, [])
    const own = { ...fields, 'settings.token': 'mine' }
    assert.equal((await fixture.as('organizer').post(`/connections/${id}/settings`, own)).status, 303)
    await fixture.as('organizer').post(`/connections/${id}/test`)
    assert.deepEqual(seen, ['mine'])
    const back = { ...fields, 'settings.baseUrl': fixture.remote }
    assert.equal((await fixture.as('all').post(`/connections/${id}/settings`, back)).status, 303)
  })

  it('take a secret variable from nobody of the scope, and in an address from nobody', async () => {
    const id = await connect('Of an environment')
    const path = '/environments/mail/1.0.0/live'
    await fixture.as('all').post(path, { name: 'TOKEN', value: 'right', secret: 'yes' })
    const fields = { name: 'Of an environment', 'settings.baseUrl': fixture.remote, 'settings.token': '{{env.TOKEN}}' }
    const early = await fixture.as('organizer').post(`/connections/${id}/settings`, { ...fields, environment: 'live' })
    assert.equal(early.status, 422)
    assert.match(textOf(early.text), /Enter the credential itself: a variable may be put in its place only by those/)
    assert.equal((await fixture.stateOf(id))?.environment, null)
    const chosen = await fixture.as('all').post(`/connections/${id}/settings`, { ...fields, environment: 'live' })
    assert.equal(chosen.status, 303)
    assert.match((await fixture.as('organizer').post(`/connections/${id}/test`)).text, /It works/)
    const address = { ...fields, 'settings.baseUrl': `${fixture.remote}/?{{env.TOKEN}}`, 'settings.token': 'own' }
    for (const user of ['organizer', 'all']) {
      const answer = await fixture.as(user).post(`/connections/${id}/settings`, address)
      assert.equal(answer.status, 422)
      assert.match(textOf(answer.text), /refers to the variable .TOKEN., which is secret.*credentials only/)
    }
  })

  it('say who entered each credential and when, and when the remote last took them', async () => {
    const id = await connect('Rotated')
    const settings = async () => textOf((await fixture.as('organizer').get(`/connections/${id}/settings`)).text)
    assert.match(
      await settings(),
      /Stored credentials Token entered by organizer just now Last taken by the remote never/,
    )
    await fixture.sql(`update outbound_sync.audit_entry set at = now() - interval '3 days' where target = $1`, [
      `connection:${id}`,
    ])
    const fields = { name: 'Rotated', 'settings.baseUrl': fixture.remote, 'settings.token': '' }
    await fixture.as('all').post(`/connections/${id}/settings`, { ...fields, name: 'Renamed since' })
    await fixture.sql(
      `update outbound_sync.connection set last_success_at = now() - interval '2 hours' where id = $1`,
      [id],
    )
    assert.match(await settings(), /Token entered by organizer 3 days ago Last taken by the remote 2 hours ago/)
    await fixture.as('all').post(`/connections/${id}/settings`, { ...fields, 'settings.token': 'other' })
    assert.match(await settings(), /Token entered by all just now/)
    await fixture.sql('delete from outbound_sync.audit_entry where target = $1', [`connection:${id}`])
    assert.match(await settings(), /Token not written down by whom/)
  })

  it('open a connection again whose credentials were refused', async () => {
    const id = await connect('Refused')
    await fixture.sql(`update outbound_sync.connection set gate = 'reconnect' where id = $1`, [id])
    const fields = { name: 'Refused', 'settings.baseUrl': fixture.remote, 'settings.token': 'right' }
    await fixture.as('organizer').post(`/connections/${id}/settings`, fields)
    assert.equal((await fixture.stateOf(id))?.gate, 'open')
  })

  it('of another version are filled in and move the connection to it', async () => {
    const id = await connect('Moving')
    const user = fixture.as('organizer')
    assert.match((await user.get(`/connections/${id}/settings`)).text, /Move to version 2\.0\.0/)
    assert.match(
      textOf((await user.get(`/connections/${id}/settings?version=2.0.0`)).text),
      /These are the settings of version 2\.0\.0.*Region.*Save and move to 2\.0\.0/,
    )
    const fields = { name: 'Moving', version: '2.0.0', 'settings.baseUrl': fixture.remote, 'settings.token': '' }
    const missing = await user.post(`/connections/${id}/settings`, fields)
    assert.match(textOf(missing.text), /Choose the region/)
    assert.equal((await user.post(`/connections/${id}/settings`, { ...fields, 'settings.region': 'us' })).status, 303)
    assert.equal((await fixture.stateOf(id))?.provider_version, '2.0.0')
    assert.equal((await user.get(`/connections/${id}/settings?version=9.9.9`)).status, 404)
  })

  it('are of a connection that can be switched off and on', async () => {
    const id = await connect('Switched')
    await fixture.as('organizer').post(`/connections/${id}/disable`)
    assert.equal((await fixture.stateOf(id))?.state, 'disabled')
    // From a page that was left open.
    assert.equal((await fixture.as('organizer').post(`/connections/${id}/disable`)).status, 303)
    await fixture.as('organizer').post(`/connections/${id}/enable`)
    assert.equal((await fixture.stateOf(id))?.state, 'active')
    assert.equal((await fixture.as('organizer').post(`/connections/${id}/discard`)).status, 409)
  })

  it('are gone with a connection whose name was typed, and what waited is canceled', async () => {
    const id = await connect('Doomed')
    await insertJob(fixture, { connection: id, order: '31' })
    const page = textOf((await fixture.as('organizer').get(`/connections/${id}/delete`)).text)
    assert.match(page, /What still waits is canceled: 1 job .*kept for 30 days/)
    const wrong = await fixture.as('organizer').post(`/connections/${id}/delete`, { name: 'doomed' })
    assert.equal(wrong.status, 422)
    assert.match(textOf(wrong.text), /Enter the name of the connection as it stands here: Doomed/)
    assert.equal((await fixture.stateOf(id))?.state, 'active')
    const done = await fixture.as('organizer').post(`/connections/${id}/delete`, { name: 'Doomed' })
    assert.equal(done.status, 303)
    const row = await fixture.stateOf(id)
    assert.deepEqual([row?.state, row?.credentials], ['deleted', {}])
    assert.deepEqual(await fixture.sql('select 1 from outbound_sync.sync_job where connection_id = $1', [id]), [])
    for (const path of ['', '/settings', '/test', '/delete']) {
      assert.equal((await fixture.as('organizer').get(`/connections/${id}${path}`)).status, 404, path)
    }
  })

  it('stand in a list that can be narrowed to a status', async () => {
    await connect('Calm')
    await fixture.addConnection({ name: 'Paused CRM', gate: 'paused' })
    const list = textOf((await fixture.as('organizer').get('/connections')).text)
    assert.match(list, /All \d+ .*Paused 1/)
    const paused = textOf((await fixture.as('organizer').get('/connections?status=paused')).text)
    assert.match(paused, /Paused CRM/)
    assert.doesNotMatch(paused, /Calm/)
    assert.match(
      textOf((await fixture.as('organizer').get('/connections?status=x')).text),
      /No connection stands like that/,
    )
  })
})

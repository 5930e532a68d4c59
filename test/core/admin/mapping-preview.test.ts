// The page that shows what a mapping makes of a real record: nothing is sent by looking, the remote is asked on demand, and
// nobody sees more than he may.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createMappings } from '../../../core/connections/mappings.ts'
import type { Permission, User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { createBrowse, textOf } from './browse.ts'
import { eventScope, otherScope } from './fixture-plugins.ts'
import { type ParcelHost, startParcelHost } from './parcel-plugin.ts'

const user = (id: string, outer: string, permissions: readonly Permission[]): User => ({
  id,
  name: id,
  can: (permission, scope) => permissions.includes(permission) && `${scope}/`.startsWith(`${outer}/`),
})
const users: Record<string, User> = {
  owner: user('owner', 'organizer:acme', ['view', 'operate', 'configure', 'see_payloads']),
  viewer: user('viewer', 'organizer:acme', ['view']),
  rival: user('rival', 'organizer:rival', ['view', 'operate', 'configure', 'see_payloads']),
  everyone: { id: 'everyone', name: 'everyone', can: () => true },
}
const hostile = `<img src=x onerror="alert('1')">\u202etxt\u0000`

describe('the preview of a mapping', () => {
  let host: ParcelHost
  let fixture: AdminFixture
  let connectionId: string
  before(async () => {
    host = await startParcelHost()
    fixture = await createAdminFixture({
      basePath: '/sub',
      plugins: [host.plugin],
      identify: (request) => users[String(request.headers['x-test-user'])] ?? null,
    })
    connectionId = await host.connect(fixture)
  })
  after(async () => {
    await fixture.close()
    host.stop()
  })
  beforeEach(() => {
    host.asked.length = 0
    host.remote.clear()
    const parcel = { scope: eventScope, note: 'fragile', state: 'sent', weight: '1.50' }
    host.parcels.clear()
    host.parcels.set('1', { ...parcel, code: 'P1' })
    host.parcels.set('2', { ...parcel, code: 'P2', weight: 'heavy' })
    host.parcels.set('3', { ...parcel, code: 'P3', state: 'lost' })
    host.parcels.set('4', { ...parcel, code: 'P4', note: hostile })
    host.parcels.set('5', { ...parcel, code: 'P5', scope: otherScope })
  })

  const path = (query: Record<string, string> = {}, id = connectionId) =>
    `/connections/${id}/mappings/preview?${new URLSearchParams(query)}`
  const as = (name: string) => {
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
    return {
      get: (address: string) => browser.get(address, headers),
      post: (address: string, fields: Record<string, string>) => browser.post(address, fields, headers),
    }
  }
  const look = async (query: Record<string, string>, name = 'owner') => {
    const { status, text } = await as(name).get(path(query))
    return { status, html: text, text: textOf(text) }
  }
  const known = (model: string, id: string) =>
    fixture.sql(
      `with object as (
         insert into outbound_sync.external_object (connection_id, object_type, id_field, id_value, remote_id, sent_values)
         values ($1, 'parcel', 'number', 'P1', 'r-1', '{"note": "old", "state": "> ON ITS WAY", "kilos": "1.50"}') returning id)
       insert into outbound_sync.sync_link
         (connection_id, source_model, source_id, stream, mapping_key, subject_model, subject_id, external_object_id, sent_hash, sent_epoch)
       select $1, $2, $3, '', 'parcels', $2, $3, id, 'other', 1 from object`,
      [connectionId, model, id],
    )

  it('shows where each value comes from, step by step, and sends nothing', async () => {
    const { status, html, text } = await look({ model: 'Parcel', record: '1' })
    assert.equal(status, 200)
    assert.match(text, /Nothing is sent\./)
    assert.match(text, /Would be sent/)
    assert.match(text, /Parcel of theirs: Number P1 Would be created/)
    assert.match(
      text,
      /from the record: sent translated: on its way in capitals: ON ITS WAY with “> ” before it: > ON ITS WAY/,
    )
    assert.match(text, /Weight in kilos written when it is created/)
    assert.match(text, /the id that the remote will give/)
    assert.match(text, /Parcel to label off Switched off It is not applied\./)
    for (const key of ['parcels', 'labels', 'off']) {
      assert.ok(html.includes(`<section id="${key}"`))
      assert.ok(html.includes(`/sub/connections/${connectionId}/mappings/edit?mapping=${key}"`))
    }
    assert.deepEqual(host.asked, [])
    assert.deepEqual(await fixture.sql('select id from outbound_sync.sync_job'), [])
    assert.deepEqual(await fixture.sql('select id from outbound_sync.external_object'), [])
  })

  it('is opened by what people call the record too, and says so when there is none', async () => {
    assert.match((await look({ model: 'Parcel', record: 'P1' })).text, /Preview of Parcel P1/)
    for (const record of ['P9', 'P1\u0000', '\u202e', 'x'.repeat(10_000)]) {
      const { status, text } = await look({ model: 'Parcel', record })
      assert.equal(status, 404)
      assert.match(text, /No record was found for/)
    }
    assert.equal((await look({ model: 'Nothing', record: '1' })).status, 404)
    assert.equal((await as('owner').get('/connections/nonsense/mappings/preview')).status, 404)
  })

  it('says what differs from what was last sent, and what the remote holds when it is asked', async () => {
    await known('Parcel', '1')
    host.remote.set('/parcel/P1', { remoteId: 'r-1', values: { note: 'theirs', state: null } })
    const before = await look({ model: 'Parcel', record: '1' })
    assert.match(before.text, /Would be updated from Parcel P1 Changed: Remark\./)
    assert.match(before.text, /Remark Changed Note fragile old/)
    assert.match(before.text, /Ask the remote too/)
    assert.deepEqual(host.asked, [])
    const asked = await look({ model: 'Parcel', record: '1', remote: '1' })
    assert.match(asked.text, /The remote has this Parcel of theirs\./)
    assert.match(asked.text, /Remark Changed Note fragile old theirs/)
    assert.match(asked.text, /The remote has no such label\./)
    assert.deepEqual(host.asked, ['/parcel/P1', '/label/P1'])
    await fixture.sql('delete from outbound_sync.sync_link')
    await fixture.sql('delete from outbound_sync.external_object')
  })

  it('tells what went wrong at the remote, and shows the rest all the same', async () => {
    host.remote.set('/parcel/P1', 500)
    host.remote.set('/label/P1', { remoteId: 'x', values: 'none' })
    const { status, text } = await look({ model: 'Parcel', record: '1', remote: '1' })
    assert.equal(status, 200)
    assert.match(text, /The remote could not be asked for it: .*500/)
    assert.match(text, /readObject of the provider answered with something that is no object with values/)
    assert.match(text, /ON ITS WAY/)
  })

  it('says why a record cannot be sent and which value it is, and why one is skipped', async () => {
    const failed = await look({ model: 'Parcel', record: '2' })
    assert.match(failed.text, /Cannot be sent Something in it stands in the way\./)
    assert.match(
      failed.text,
      /Weight in kilos .* Cannot write "heavy" from "Weight" \(text\) to the property "kilos" \(decimal\)/,
    )
    assert.match(failed.text, /It needs the result of the mapping "parcels", which was not sent\./)
    assert.match(failed.text, /ON ITS WAY/)
    const skipped = await look({ model: 'Parcel', record: '3' })
    assert.match(skipped.text, /P3 does not meet the condition/)
    assert.ok(!failed.html.includes('Send only this one'))
    assert.ok(failed.html.includes(`/mappings/edit?mapping=parcels">Correct the mapping</a>`))
  })

  it('shows what was last sent of an object that cannot be sent now', async () => {
    await known('Parcel', '1')
    host.parcels.set('1', { code: 'P1', scope: eventScope, note: 'fragile', state: 'sent', weight: 'much' })
    const { text } = await look({ model: 'Parcel', record: '1' })
    assert.match(text, /Parcel of theirs: Number P1 Cannot be sent/)
    assert.match(text, /Remark Note fragile old Status/)
    assert.match(text, /transform in the mapping\. 1\.50/)
    await fixture.sql('delete from outbound_sync.sync_link')
    await fixture.sql('delete from outbound_sync.external_object')
  })

  it('sends only this one, forced, and comes back', async () => {
    const { html } = await look({ model: 'Parcel', record: '1' })
    assert.match(html, /Send only this one/)
    const returnTo = /name="returnTo" value="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const fields = { connection: connectionId, model: 'Parcel', id: '1', returnTo }
    const answer = await as('owner').post('/sync-now', fields)
    assert.equal(answer.location, `/sub${path({ model: 'Parcel', record: '1' })}`)
    const jobs = await fixture.sql(
      'select connection_id, source_id, force, triggers->0->>$1 as trigger from outbound_sync.sync_job',
      ['name'],
    )
    assert.deepEqual(jobs, [{ connection_id: connectionId, source_id: '1', force: true, trigger: 'sync_now' }])
    await fixture.sql('delete from outbound_sync.sync_job')
  })

  it('shows values only to who may read what is sent, and records only to who may see them', async () => {
    const { status, html, text } = await look({ model: 'Parcel', record: '1' }, 'viewer')
    assert.equal(status, 200)
    assert.match(text, /Values are shown only to people who may read what is sent/)
    assert.doesNotMatch(html, /fragile|ON ITS WAY|1\.50|Send only this one|\/mappings\/parcels"/)
    assert.equal((await look({ model: 'Parcel', record: '1' }, 'rival')).status, 404)
    assert.equal((await look({ model: 'Parcel', record: '5' })).status, 404)
    const foreign = await look({ model: 'Parcel', record: '5' }, 'everyone')
    assert.equal(foreign.status, 404)
    assert.match(foreign.text, /This record belongs to organizer rival › event fair26/)
  })

  it('is not broken by hostile or endless values', async () => {
    const { html } = await look({ model: 'Parcel', record: '4' })
    assert.ok(!html.includes('<img src=x'))
    assert.match(html, /&lt;img src=x onerror=[^<]*\[U\+202E\]txt\[U\+0000\]/)
    host.parcels.set('6', { code: 'P6', scope: eventScope, state: 'sent', weight: '1', note: '😀'.repeat(30_000) })
    const endless = await look({ model: 'Parcel', record: '6' })
    assert.match(endless.text, /\(60,000 characters\)/)
    assert.ok(endless.html.length < 200_000)
    assert.ok(!endless.html.includes('\ufffd'))
  })

  it('offers records that failed, that were sent last, or that are there, as far as they may be seen', async () => {
    const some = await look({})
    assert.match(some.text, /Parcels Parcel P1 Parcel P2 Parcel P3 Parcel P4$/)
    assert.match((await look({ q: 'P3' })).text, /Found Parcel P3 /)
    assert.match((await look({ q: 'P5' })).text, /No record has this code or id here/)
    assert.equal((await look({ q: '\u0000' })).status, 200)
    await fixture.sql(
      `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id, state, reason)
       values ($1, $2, 'Parcel', '2', 'needs_attention', 'permanent')`,
      [connectionId, eventScope],
    )
    assert.match((await look({})).text, /Failed Parcel P2 Refused$/)
    await fixture.sql('delete from outbound_sync.sync_job')
    assert.equal((await look({}, 'rival')).status, 404)
  })

  it('previews the draft, which has to be published before it is sent, and what is in force beside it', async () => {
    const [row] = await fixture.sql('select document from outbound_sync.mapping_version where connection_id = $1', [
      connectionId,
    ])
    const draft = structuredClone(row?.document) as { propertyMappings: { externalField: string; source: object }[] }[]
    draft[0]?.propertyMappings.splice(0, 1, { externalField: 'note', source: { constant: 'from the draft' } })
    const mappings = createMappings({ database: fixture.database })
    const { revision } = await mappings.saveDraft({ connectionId, revision: null, actor: 'test', document: draft })
    const drafted = await look({ model: 'Parcel', record: '1' })
    assert.match(drafted.text, /the draft, which is not in force/)
    assert.match(drafted.text, /Remark the text “from the draft” from the draft/)
    assert.match(drafted.text, /This is the draft: to send the record as shown here, publish it first\./)
    assert.ok(!drafted.html.includes('Send only this one'))
    const inForce = await look({ model: 'Parcel', record: '1', mapping: 'published' })
    assert.match(inForce.text, /mapping version 1, which is in force/)
    assert.match(inForce.text, /Remark Note fragile/)
    assert.match(inForce.html, /Send only this one/)
    const viewed = await look({ model: 'Parcel', record: '1' }, 'viewer')
    assert.match(viewed.text, /mapping version 1, which is in force/)
    assert.doesNotMatch(viewed.text, /draft/)
    await mappings.discardDraft({ connectionId, revision, actor: 'test' })
    assert.match((await look({ model: 'Parcel', record: '1' })).text, /mapping version 1, which is in force/)
  })

  it('says what stands in the way of any preview', async () => {
    await fixture.sql(`update outbound_sync.connection set settings = '{"baseUrl": "no address"}' where id = $1`, [
      connectionId,
    ])
    const { status, text } = await look({ model: 'Parcel', record: '1' })
    assert.equal(status, 200)
    assert.match(text, /It cannot be previewed\. The settings of the connection "Parcels"/)
    await fixture.sql(
      `update outbound_sync.connection set settings = jsonb_build_object('baseUrl', $2::text) where id = $1`,
      [connectionId, host.baseUrl],
    )
    const unknown = await fixture.addConnection({ provider: 'nowhere', name: 'Nowhere' })
    const answer = await as('owner').get(path({ model: 'Parcel', record: '1' }, unknown))
    assert.match(textOf(answer.text), /No loaded plugin brings nowhere 1\.2\.0/)
  })

  it('knows a record that is gone', async () => {
    await known('Parcel', '9')
    await fixture.sql(
      `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id) values ($1, $2, 'Parcel', '9')`,
      [connectionId, eventScope],
    )
    const { status, text } = await look({ model: 'Parcel', record: '9' })
    assert.equal(status, 200)
    assert.match(text, /Record is gone The host no longer has this record\./)
  })
})

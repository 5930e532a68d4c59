// The pages of mapping tests: a record is found, looked at and kept; what the mapping makes of it is accepted; a change of
// the mapping turns the test red, and says where.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createMappings, type Mappings } from '../../../../core/connections/mappings.ts'
import { textOf } from '../browse.ts'
import { type BookingsFixture, bookingMapping, createBookingsFixture, hostileTexts } from './bookings-fixture.ts'

describe('the pages of mapping tests', () => {
  let fixture: BookingsFixture
  let mappings: Mappings
  let connectionId: string
  let path: string
  before(async () => {
    fixture = await createBookingsFixture()
    mappings = createMappings({ database: fixture.database })
  })
  after(() => fixture.close())
  beforeEach(async () => {
    connectionId = await fixture.connection(`Desk ${crypto.randomUUID()}`)
    path = `/connections/${connectionId}/mappings/tests`
  })

  const see = async (address: string, name = 'organizer') => textOf((await fixture.as(name).get(address)).text)
  async function keep(fields: Record<string, string>, name = 'organizer'): Promise<string> {
    const answer = await fixture.as(name).post(path, { model: 'Booking', record: '1', name: 'Paid booking', ...fields })
    assert.equal(answer.status, 303, textOf(answer.text))
    return answer.location ?? ''
  }
  async function accept(page: string, name = 'organizer') {
    const { text } = await fixture.as(name).get(page)
    return fixture.as(name).post(`${page}/accept`, { digest: digestOf(text) })
  }
  const digestOf = (html: string) => /name="digest" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const stored = async (page: string) =>
    (await fixture.sql('select * from outbound_sync.mapping_test where id = $1', [page.split('/').at(-1)]))[0]
  const draftOf = (change: (mapping: (typeof bookingMapping)[0]) => object) =>
    mappings.saveDraft({
      connectionId,
      document: bookingMapping.map((one) => ({ ...one, ...change(one) })),
      revision: null,
      actor: 'Ann',
    })

  it('lead from a search to what would be kept, masked', async () => {
    assert.match(await see(path), /There is no test yet.*Judged by version 1|Judged by version 1.*There is no test yet/)
    const found = await fixture.as('organizer').get(`${path}/new?q=B100`)
    assert.match(textOf(found.text), /Booking B1001 organizer acme › event conf26.*Booking B1002/)
    assert.doesNotMatch(found.text, /B1003/)
    assert.match(await see(`${path}/new?q=nobody`), /No record of what Desk .* serves is called “nobody”/)
    const preview = await see(`${path}/new?q=B100&model=Booking&record=1`)
    assert.match(
      preview,
      /What would be kept.*Code X0000 E-mail xxx@example\.org Guest Xxx Xxxxxxxx Status paid Total 12\.50/,
    )
    assert.match(
      preview,
      /Seat 2 The first one; the others are kept in the same way\. Number X0 Holder Xxxxx Xxxxxx Price 5\.00/,
    )
    assert.doesNotMatch(preview, /Ada|Grace|Keep the values/)
    const open = await see(`${path}/new?q=B100&model=Booking&record=1`, 'all')
    assert.match(open, /Guest Xxx Xxxxxxxx instead of Ada Lovelace.*Keep the values as they are Careful/)
  })

  it('keep the values masked, also in the database, unless somebody who may see them wants otherwise', async () => {
    const masked = await keep({})
    assert.doesNotMatch(JSON.stringify(await stored(masked)), /Ada|Grace|Alan|B1001|acme\.example/)
    assert.match(await see(masked), /What people wrote was masked/)
    const plain = await keep({ name: 'As it is', keep: 'yes' }, 'all')
    assert.match(JSON.stringify((await stored(plain))?.record), /Grace Hopper.*Ada Lovelace/)
    assert.match(await see(plain, 'all'), /Booking B1001.*The values are kept as they were/)
    // Who may not read what was sent does not read it here.
    assert.equal((await fixture.as('organizer').get(plain)).status, 403)
    assert.equal((await fixture.as('organizer').post(`${plain}/accept`)).status, 403)
    const list = await see(path)
    assert.match(list, /As it is.*\(not masked\)/)
    assert.doesNotMatch(list, /B1001/)
    const refused = await fixture.as('organizer').post(path, { model: 'Booking', record: '1', name: 'x', keep: 'yes' })
    assert.equal(refused.status, 403)
  })

  it('show what the mapping makes, and expect it once it was accepted', async () => {
    const page = await keep({})
    const made = await see(page)
    assert.match(made, /Nothing accepted yet.*ticket, recognised by code: X0000 guest Xxx Xxxxxxxx total 12\.50/)
    assert.match(await see(path), /Paid booking Nothing accepted yet Booking X0000 not yet/)
    assert.equal((await accept(page)).status, 303)
    const accepted = await see(page)
    assert.match(accepted, /accepted .* by organizer.*Green/)
    assert.doesNotMatch(accepted, /This is right now/)
    assert.match(await see(path), /Paid booking Green/)
  })

  it('turn red with a draft that makes something else, and green again when that is accepted', async () => {
    const page = await keep({})
    await accept(page)
    await draftOf(() => ({
      propertyMappings: [
        { externalField: 'guest', source: { field: 'email' } },
        { externalField: 'total', source: { field: 'total' }, updateMode: 'if_empty' },
      ],
    }))
    assert.match(await see(path), /Judged by the draft that Ann has changed.*Paid booking Red 3 differences/)
    assert.match(await see(`${path}?by=force`), /Judged by version 1.*Judge by the draft.*Paid booking Green/)
    const red = await see(page)
    assert.match(red, /3 differences.*Booking to Ticket X0000 guest Xxx Xxxxxxxx xxx@example\.org/)
    assert.match(red, /total 12\.50 \(overwrite\) 12\.50 \(if_empty\)/)
    assert.match(red, /seats \[\{"holder":"Xxxxx Xxxxxx","price":"5\.00"\},.* not written/)
    assert.equal((await accept(page)).status, 303)
    assert.match(await see(path), /Paid booking Green/)
    // The draft is what will be in force next.
    const { text } = await fixture.as('organizer').get(`${page}?by=force`)
    assert.match(textOf(text), /Red.*3 differences/)
    assert.doesNotMatch(text, /\/accept"/)
    const early = await fixture.as('organizer').post(`${page}/accept?by=force`, { digest: '' })
    assert.equal(early.status, 409)
  })

  it('tell of an object that is skipped', async () => {
    const page = await keep({})
    await accept(page)
    await draftOf(() => ({ when: { field: 'status', oneOf: ['open'] } }))
    assert.match(
      await see(page),
      /the object a ticket "X0000" skipped: X0000 does not meet the condition of the mapping: "Status" is one of Open/,
    )
    assert.equal((await accept(page)).status, 303)
    assert.match(await see(page), /Green/)
  })

  it('accept only what was looked at', async () => {
    const page = await keep({})
    const { text } = await fixture.as('organizer').get(page)
    await draftOf(() => ({ externalIdField: 'guest' }))
    for (const digest of [digestOf(text), '', 'x'.repeat(1000)]) {
      const answer = await fixture.as('organizer').post(`${page}/accept`, { digest })
      assert.equal(answer.status, 409)
      assert.match(textOf(answer.text), /The mapping was changed meanwhile/)
    }
    assert.equal((await stored(page))?.expectation, null)
  })

  it('accept nothing while a mapping fails, and say why it does', async () => {
    await draftOf(() => ({ propertyMappings: [{ externalField: 'total', source: { field: 'guest' } }] }))
    const page = await keep({})
    const failing = await see(page)
    assert.match(failing, /Fails .*Cannot write "Xxx Xxxxxxxx" from "Guest" \(text\) to the property "total"/)
    assert.doesNotMatch(failing, /This is right now/)
    // The digest that a failure has, whatever fails.
    const digest = createHash('sha256').update('null').digest('base64url')
    const answer = await fixture.as('organizer').post(`${page}/accept`, { digest })
    assert.equal(answer.status, 409)
    assert.match(textOf(answer.text), /A mapping fails, so there is nothing to accept/)
    assert.equal((await stored(page))?.expectation, null)
  })

  it('keep what was typed when there is a problem', async () => {
    await keep({})
    const twice = await fixture
      .as('organizer')
      .post(path, { q: 'B1', model: 'Booking', record: '1', name: ' Paid booking' })
    assert.equal(twice.status, 422)
    assert.match(twice.text, /<title>Error: New mapping test/)
    assert.match(textOf(twice.text), /There is a problem A test of this connection is called "Paid booking" already/)
    assert.match(twice.text, /value="Paid booking"[^>]*aria-invalid="true"/)
    const empty = await fixture.as('all').post(path, { model: 'Booking', record: '1', name: '', keep: 'yes' })
    assert.match(textOf(empty.text), /Enter a name/)
    assert.match(empty.text, /name="keep"[^>]*checked/)
    const unreadable = await fixture.as('organizer').get(`${path}/new?q=locked&model=Booking&record=unreadable`)
    assert.equal(unreadable.status, 422)
    assert.match(textOf(unreadable.text), /This Booking cannot be used: .*The booking is locked/)
    assert.match(unreadable.text, /value="locked"/)
  })

  it('say how many of very many nested records are kept', async () => {
    assert.match(
      await see(`${path}/new?model=Booking&record=2`),
      /Of these 500 only the first 50 are kept, so the test says nothing of the others/,
    )
    const page = await keep({ record: '2' })
    assert.match(await see(page), /Of these 500 only the first 50 are kept/)
    assert.equal((await accept(page)).status, 303)
  })

  it('take any text for text', async () => {
    assert.ok(hostileTexts.length >= 40)
    for (const [index, text] of hostileTexts.entries()) {
      const shown = await fixture
        .as('all')
        .get(`${path}/new?${new URLSearchParams({ q: text, model: 'Booking', record: `h${index}` })}`)
      assert.equal(shown.status, 200, text)
      assert.doesNotMatch(shown.text, /<script>alert|<img src=x/)
      const page = await keep(
        { name: `${index}${text}`.replaceAll('\0', '').toWellFormed().slice(0, 100), record: `h${index}`, keep: 'yes' },
        'all',
      )
      const kept = await fixture.as('all').get(page)
      assert.equal(kept.status, 200, text)
      assert.doesNotMatch(kept.text, /<script>alert|<img src=x/)
      // More than the desk takes.
      const isTooLong = text.length > 200
      assert.equal(/Fails/.test(textOf(kept.text)), isTooLong, text)
      if (isTooLong) continue
      assert.equal((await accept(page, 'all')).status, 303, text)
      assert.match(await see(page, 'all'), /Green/)
      await fixture.as('all').post(`${page}/delete`)
    }
    // What is longer is no address for Node's own server.
    for (const text of hostileTexts.filter(({ length }) => length < 1000)) {
      const query = new URLSearchParams({ q: text, model: text, record: text, version: text })
      const shown = await fixture.as('organizer').get(`${path}/new?${query}`)
      assert.ok([200, 404, 422].includes(shown.status), `${shown.status} ${text}`)
      const posted = await fixture
        .as('organizer')
        .post(path, { q: text, model: text, record: text, name: text, keep: text })
      assert.equal(posted.status, 404)
      const one = await fixture.as('organizer').get(`${path}/${encodeURIComponent(text.toWellFormed())}`)
      assert.ok([404, 400].includes(one.status), `${one.status} ${text}`)
      const record = await fixture.as('organizer').post(path, { model: 'Booking', record: text, name: 'x' })
      assert.equal(record.status, 404, text)
    }
  })

  it('are for who may change the connection and see the record', async () => {
    const page = await keep({})
    for (const address of [path, `${path}/new`, page]) {
      assert.equal((await fixture.as('operator').get(address)).status, 403)
      assert.equal((await fixture.as('rival').get(address)).status, 404)
      assert.equal((await fixture.as('nobody').get(address)).status, 403)
    }
    for (const address of [path, `${page}/accept`, `${page}/delete`]) {
      assert.equal((await fixture.as('operator').post(address)).status, 403)
      assert.equal((await fixture.as('rival').post(address)).status, 404)
    }
    // A record of another scope, and one that this person may not see.
    for (const [name, record] of [
      ['all', '3'],
      ['blind', '1'],
    ] as const) {
      assert.equal((await fixture.as(name).get(`${path}/new?model=Booking&record=${record}`)).status, 404)
      assert.equal((await fixture.as(name).post(path, { model: 'Booking', record, name: 'x' })).status, 404)
    }
    assert.doesNotMatch(await see(`${path}/new?q=B1001`, 'blind'), /Booking B1001/)
    assert.doesNotMatch(await see(`${path}/new?q=B1003`, 'all'), /Booking B1003/)
    assert.equal(
      (await fixture.sql('select 1 from outbound_sync.mapping_test where connection_id = $1', [connectionId])).length,
      1,
    )
    const other = await fixture.connection(`Other ${connectionId}`)
    const elsewhere = page.replace(connectionId, other)
    assert.equal((await fixture.as('organizer').get(elsewhere)).status, 404)
    assert.equal((await fixture.as('organizer').post(`${elsewhere}/delete`)).status, 404)
  })

  it('delete a test, and write down who did what', async () => {
    const page = await keep({})
    await accept(page)
    const answer = await fixture.as('organizer').post(`${page}/delete`)
    assert.deepEqual([answer.status, answer.location], [303, path])
    assert.equal((await fixture.as('organizer').get(page)).status, 404)
    const entries = await fixture.sql(
      'select actor, action, scope from outbound_sync.audit_entry where target = $1 order by id',
      [`connection:${connectionId}`],
    )
    assert.deepEqual(entries, [
      { actor: 'organizer', action: 'mapping_test.created', scope: 'organizer:acme' },
      { actor: 'organizer', action: 'mapping_test.accepted', scope: 'organizer:acme' },
      { actor: 'organizer', action: 'mapping_test.deleted', scope: 'organizer:acme' },
    ])
  })

  it('say so where the version of the connection is not loaded', async () => {
    const page = await keep({})
    await fixture.sql(`update outbound_sync.connection set provider_version = '0.1.0' where id = $1`, [connectionId])
    assert.match(await see(path), /The tests cannot be run: no loaded plugin brings desk 0\.1\.0.*not known/)
    assert.match(await see(page), /The tests cannot be run/)
    assert.equal((await fixture.as('organizer').post(`${page}/accept`)).status, 409)
    assert.equal((await fixture.as('organizer').get(`${path}/new`)).status, 409)
    assert.equal((await fixture.as('organizer').get(`${path}?version=7.0.0`)).status, 404)
  })
})

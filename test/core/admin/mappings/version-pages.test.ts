// The versions of a mapping in the pages: listed, told apart, and taken up again without anybody's draft being lost unasked.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { textOf } from '../browse.ts'
import { createMappedFixture, deals, fieldIn, type MappedFixture, withEmail } from './mapped-fixture.ts'

describe('the versions of a mapping', () => {
  let fixture: MappedFixture
  before(async () => {
    fixture = await createMappedFixture()
  })
  after(() => fixture.close())

  const get = (path: string, who = 'organizer') => fixture.as(who).get(path)
  const restore = (id: string, version: number | string, fields = {}, who = 'organizer') =>
    fixture.as(who).post(`/connections/${id}/mappings/versions/${version}/restore`, fields)

  it('are listed newest first, with who published them and which is in force', async () => {
    const id = await fixture.addMapped([[deals], [withEmail, { ...deals, key: 'late' }]])
    const { status, text } = await get(`/connections/${id}/mappings/versions`)
    assert.equal(status, 200)
    assert.match(textOf(text), /Version 2 In force .* Author 2 2 mappings Version 1 .* Author 1 1 mapping/)
    assert.doesNotMatch(textOf(text), /There is a draft/)
    await fixture.saveDraft(id, [deals])
    assert.match(textOf((await get(`/connections/${id}/mappings/versions`)).text), /There is a draft.*Ann changed it/)
  })

  it('go on where a page ends', async () => {
    const id = await fixture.addMapped([])
    await fixture.sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
       select $1, number, '[]', 'Ann', now() from generate_series(1, 31) number`,
      [id],
    )
    const first = await get(`/connections/${id}/mappings/versions`)
    assert.doesNotMatch(textOf(first.text), /Version 1 /)
    assert.match(first.text, /versions\?before=2"/)
    const older = textOf((await get(`/connections/${id}/mappings/versions?before=2`)).text)
    assert.match(older, /Version 1 .*Newest/)
    assert.doesNotMatch(older, /Version 2 /)
    for (const before of ['0', '-1', 'x', '99999999999999']) {
      assert.equal((await get(`/connections/${id}/mappings/versions?before=${before}`)).status, 200, before)
    }
  })

  it('are reached from the page of the mapping, with the ways in and out, by those who may change it', async () => {
    const pages = (html: string) => [...html.matchAll(/\/mappings\/(\w+)"/g)].map(([, page]) => page)
    const id = await fixture.addMapped([[deals]])
    const ways = async (path: string, who = 'organizer') => {
      const all = pages((await get(path, who)).text)
      return all.filter((page) => ['versions', 'presets', 'import', 'export', 'copy'].includes(page ?? ''))
    }
    assert.deepEqual(await ways(`/connections/${id}/mappings`), ['versions', 'presets', 'import', 'export', 'copy'])
    assert.equal((await get(`/connections/${id}/mappings`, 'operator')).status, 403)
    const empty = await fixture.addMapped([])
    assert.deepEqual([...new Set(await ways(`/connections/${empty}/mappings`))].sort(), [
      'import',
      'presets',
      'versions',
    ])
  })

  it('say what they are when nothing was published yet', async () => {
    const id = await fixture.addMapped([])
    assert.match(textOf((await get(`/connections/${id}/mappings/versions`)).text), /Nothing was published yet/)
  })

  it('are shown in words, with what differs from the one before and from the one in force', async () => {
    const id = await fixture.addMapped([[deals], [withEmail], [{ ...withEmail, isEnabled: false }]])
    const text = textOf((await get(`/connections/${id}/mappings/versions/2`)).text)
    assert.match(text, /by Author 2\. It was in force until .*, when version 3 was published/)
    assert.match(text, /Contact e-mail E-mail, in small letters always/)
    assert.match(
      text,
      /What it changed in version 1 Changed Order to Deal Added: Contact e-mail : is filled with E-mail, in small letters, written always/,
    )
    assert.match(text, /What it would change in what is in force, version 3 Changed Order to Deal It is switched on\./)
    const current = textOf((await get(`/connections/${id}/mappings/versions/3`)).text)
    assert.match(current, /It is in force\./)
    assert.doesNotMatch(current, /Make it the draft|What it would change/)
    assert.match(
      textOf((await get(`/connections/${id}/mappings/versions/1`)).text),
      /What it began with Added Order to Deal/,
    )
  })

  it('become the draft, and the audit log says so', async () => {
    const id = await fixture.addMapped([[deals], [withEmail]])
    const answer = await restore(id, 1)
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${id}/mappings`])
    const draft = await fixture.mappings.draft(id)
    assert.equal(draft?.document[0]?.propertyMappings.length, 1)
    assert.deepEqual([draft?.basedOn, draft?.author], [2, 'organizer'])
    const [entry] = await fixture.auditEntries(id)
    assert.deepEqual([entry?.actor, entry?.action], ['organizer', 'mapping.version_restored'])
    assert.equal(Object(entry?.after).version, 1)
  })

  it('replace a draft only when somebody says so who has seen whose it is', async () => {
    const id = await fixture.addMapped([[deals], [withEmail]])
    await fixture.saveDraft(id, [{ ...deals, isEnabled: false }], 'Bob')
    const asked = await restore(id, 1)
    assert.equal(asked.status, 200)
    assert.match(textOf(asked.text), /Bob changed it .* It is switched on\./)
    assert.equal((await fixture.mappings.draft(id))?.author, 'Bob')

    // Meanwhile somebody else goes on.
    await fixture.saveDraft(id, [{ ...withEmail, isEnabled: false }], 'Cy')
    const again = await restore(id, 1, { revision: fieldIn(asked.text, 'revision') ?? '' })
    assert.match(textOf(again.text), /Cy changed it/)
    assert.equal((await fixture.mappings.draft(id))?.author, 'Cy')
    assert.equal((await restore(id, 1, { revision: fieldIn(again.text, 'revision') ?? '' })).status, 303)
    assert.equal((await fixture.mappings.draft(id))?.document[0]?.isEnabled, true)
    // What Cy had is not lost for good.
    const [entry] = await fixture.auditEntries(id)
    assert.equal(Object(entry?.before).draft[0].isEnabled, false)
  })

  it('ask nothing where the draft says the same already', async () => {
    const id = await fixture.addMapped([[deals], [withEmail]])
    await fixture.saveDraft(id, [deals], 'Bob')
    assert.equal((await restore(id, 1)).status, 303)
  })

  it('are not there under another number', async () => {
    const id = await fixture.addMapped([[deals]])
    for (const number of ['2', '0', '01', 'x', '1e3', '99999999999', '%00']) {
      assert.equal((await get(`/connections/${id}/mappings/versions/${number}`)).status, 404, number)
      assert.equal((await restore(id, number)).status, 404, number)
    }
  })

  it('are for those who may configure the connection', async () => {
    const id = await fixture.addMapped([[deals], [withEmail]])
    for (const [who, status] of [
      ['rival', 404],
      ['operator', 403],
    ] as const) {
      assert.equal((await get(`/connections/${id}/mappings/versions`, who)).status, status)
      assert.equal((await get(`/connections/${id}/mappings/versions/1`, who)).status, status)
      assert.equal((await restore(id, 1, {}, who)).status, status)
    }
    assert.equal((await get('/connections/nonsense/mappings/versions')).status, 404)
    assert.equal(await fixture.mappings.draft(id), null)
  })

  it('are not there for a connection that is being made', async () => {
    const id = await fixture.addConnection({ state: 'draft', name: 'In the making' })
    const { status, text } = await get(`/connections/${id}/mappings/versions`)
    assert.equal(status, 409)
    assert.match(textOf(text), /is not switched on yet/)
  })

  it('are shown by their keys when the provider’s plugin is not loaded', async () => {
    const id = await fixture.addMapped([[deals]], { name: 'Left behind' })
    await fixture.sql(`update outbound_sync.connection set provider_version = '9.9.9' where id = $1`, [id])
    assert.match(textOf((await get(`/connections/${id}/mappings/versions/1`)).text), /Order to deal.*amount Total/)
  })
})

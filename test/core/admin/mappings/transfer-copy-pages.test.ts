// Copying a mapping to another connection: what differs there is translated where it is certain, told where it is not, and
// nobody's draft is lost unasked.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { textOf } from '../browse.ts'
import { createMappedFixture, deals, fieldIn, type MappedFixture, withEmail } from './mapped-fixture.ts'
import { conference, fair, unreadable, visitorMapping, visitorPlugin } from './visitor-plugin.ts'

describe('a mapping copied to another connection', () => {
  let fixture: MappedFixture
  before(async () => {
    fixture = await createMappedFixture({ plugins: [visitorPlugin] })
  })
  after(() => fixture.close())

  const path = (from: string, to: string | null, version = '') =>
    `/connections/${from}/mappings/copy?${new URLSearchParams({ ...(to === null ? {} : { to }), ...(version ? { version } : {}) })}`
  const look = (from: string, to: string | null, who = 'organizer') => fixture.as(who).get(path(from, to))
  const copy = (from: string, to: string, fields: Record<string, string> = {}, who = 'organizer') =>
    fixture.as(who).post(path(from, to), { mapping: 'deals', others: 'keep', ...fields })
  const draftOf = async (id: string) => (await fixture.mappings.draft(id))?.document

  it('is offered where the person may change it and it fits', async () => {
    const from = await fixture.addMapped([[deals]], { name: 'The source' })
    await fixture.addMapped([], { name: 'Same provider' })
    await fixture.addMapped([], { name: 'Other provider', provider: 'mail' })
    await fixture.addMapped([], { name: 'Foreign', scope: 'organizer:rival' })
    await fixture.addConnection({ name: 'Begun', state: 'draft' })
    await fixture.addConnection({ name: 'Unknown', providerVersion: '9.9.9' })
    const text = textOf((await look(from, null)).text)
    assert.match(text, /Same provider Example CRM for organizer acme 1 of 1 mapping .*Other provider Example Mail/)
    assert.doesNotMatch(text.replace(/^.*<h1>/, ''), /Foreign|Begun|Unknown/)
    const ticket = await fixture.addMapped([[{ ...deals, externalObjectType: 'ticket' }]])
    assert.doesNotMatch(textOf((await look(ticket, null)).text), /Other provider/)
  })

  it('is put into the draft there, beside what there is, and the audit log says where from', async () => {
    const from = await fixture.addMapped([[withEmail]])
    const to = await fixture.addMapped([[{ ...deals, key: 'own' }]])
    assert.match(textOf((await look(from, to)).text), /Order to Deal It is not there yet\./)
    const answer = await copy(from, to)
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${to}/mappings`])
    assert.deepEqual(
      (await draftOf(to))?.map(({ key, propertyMappings }) => [key, propertyMappings.length]),
      [
        ['own', 1],
        ['deals', 2],
      ],
    )
    const [entry] = await fixture.auditEntries(to)
    assert.deepEqual([entry?.actor, entry?.action], ['organizer', 'mapping.copied'])
    assert.equal(Object(entry?.after).connection, from)
    assert.equal(await draftOf(from), undefined)
  })

  it('takes over the questions and options of another event, and says what it could not', async () => {
    const from = await fixture.addMapped([[visitorMapping]], { scope: conference })
    const to = await fixture.addMapped([], { scope: fair })
    const text = textOf((await look(from, to)).text)
    assert.match(text, /Visitor: “Shoe size” is question_1 here and question_8 there\./)
    assert.match(text, /“Diet” is question_2 here and question_9 there\./)
    assert.match(
      text,
      /to be corrected there Visitor to Deal, Deal code The source field "question_3" does not exist for Visitor/,
    )
    const answer = await copy(from, to, { mapping: 'visitors' })
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${to}/mappings/fit`])
    const [mapping] = (await draftOf(to)) ?? []
    assert.deepEqual(
      mapping?.propertyMappings.map((property) => ('source' in property ? [property.source, property.valueMap] : null)),
      [
        [{ field: 'question_8' }, undefined],
        [{ field: 'question_9' }, { b1: 'v@x.example', b2: 'x@x.example' }],
        [{ field: 'question_3' }, undefined],
      ],
    )
    assert.match(textOf((await fixture.as('organizer').get(`/connections/${to}/mappings/fit`)).text), /"question_3"/)
  })

  it('says so where the host cannot name the questions', async () => {
    const from = await fixture.addMapped([[visitorMapping]], { scope: conference })
    const to = await fixture.addMapped([], { scope: unreadable })
    assert.match(textOf((await look(from, to)).text), /could not list the fields of Visitor/)
  })

  it('leaves out what another provider has not, and says what', async () => {
    const from = await fixture.addMapped([[withEmail, { ...deals, key: 'tickets', externalObjectType: 'ticket' }]])
    const to = await fixture.addMapped([], { provider: 'mail' })
    const text = textOf((await look(from, to)).text)
    assert.match(text, /Left out, .* Order to ticket Amount of Deal Contact e-mail of Deal/)
    assert.equal((await copy(from, to)).status, 303)
    assert.deepEqual(
      (await draftOf(to))?.map(({ key, propertyMappings }) => [key, propertyMappings.length]),
      [['deals', 0]],
    )
  })

  it('copies the version that is asked for', async () => {
    const from = await fixture.addMapped([[deals], [withEmail]])
    const to = await fixture.addMapped([])
    const first = path(from, to, '1')
    assert.match(textOf((await fixture.as('organizer').get(first)).text), /\(version 1\)/)
    await fixture.as('organizer').post(first, { mapping: 'deals', others: 'keep' })
    assert.equal((await draftOf(to))?.[0]?.propertyMappings.length, 1)
    assert.equal((await fixture.as('organizer').get(path(from, to, '7'))).status, 404)
  })

  it('asks before a draft there loses anything, and takes the answer', async () => {
    const from = await fixture.addMapped([[deals]])
    const to = await fixture.addMapped([])
    await fixture.saveDraft(to, [{ ...withEmail, key: 'own' }], 'Bob')
    const asked = await copy(from, to, { others: 'drop' })
    assert.match(textOf(asked.text), /Bob changed it .* Removed Order to Deal \(own\)/)
    const action = /<form method="post" action="([^"]*)"/.exec(asked.text.replace(/^[\s\S]*<main/, ''))?.[1] ?? ''
    assert.equal(action.replaceAll('&amp;', '&'), `/sub/path${path(from, to).replace(/\?.*/, '')}?to=${to}`)
    const revision = fieldIn(asked.text, 'revision') ?? ''
    assert.equal((await copy(from, to, { others: 'drop', revision })).status, 303)
    assert.deepEqual(
      (await draftOf(to))?.map(({ key }) => key),
      ['deals'],
    )
  })

  it('wants a choice', async () => {
    const from = await fixture.addMapped([[deals]])
    const to = await fixture.addMapped([])
    const answer = await copy(from, to, { mapping: 'nonsense' })
    assert.equal(answer.status, 422)
    assert.match(textOf(answer.text), /Choose at least one mapping/)
  })

  it('is for those who may configure both connections', async () => {
    const from = await fixture.addMapped([[deals]])
    const to = await fixture.addMapped([])
    const foreign = await fixture.addMapped([], { scope: 'organizer:rival' })
    const begun = await fixture.addConnection({ name: `Begun ${from}`, state: 'draft' })
    for (const [target, who, status] of [
      [to, 'rival', 404],
      [to, 'operator', 403],
      [foreign, 'organizer', 404],
      [from, 'organizer', 404],
      ['nonsense', 'organizer', 404],
      [crypto.randomUUID(), 'organizer', 404],
      [begun, 'organizer', 409],
    ] as const) {
      assert.equal((await look(from, target, who)).status, status, `${who} ${target}`)
      assert.equal((await copy(from, target, {}, who)).status, status, `${who} ${target}`)
    }
    assert.equal((await look(foreign, to)).status, 404)
    assert.equal(await draftOf(to), undefined)
  })
})

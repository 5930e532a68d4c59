// A mapping as a file, out and in again: nothing of it is lost, what is wrong is told with its place, and what does not fit
// is told and kept.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { textOf } from '../browse.ts'
import { createMappedFixture, deals, fieldIn, type MappedFixture, withEmail } from './mapped-fixture.ts'

describe('a mapping as a file', () => {
  let fixture: MappedFixture
  before(async () => {
    fixture = await createMappedFixture()
  })
  after(() => fixture.close())

  const path = (id: string, page: string) => `/connections/${id}/mappings/${page}`
  const save = (id: string, query = '', who = 'organizer') => fixture.as(who).get(path(id, `export${query}`))
  const paste = (id: string, file: string, fields = {}, who = 'organizer') =>
    fixture.as(who).post(path(id, 'import'), { file, ...fields })
  const fileOf = (mappings: unknown, changes = {}) =>
    JSON.stringify({
      format: 'outbound-sync mappings',
      formatVersion: 1,
      provider: 'crm',
      providerVersion: '1.2.0',
      mappings,
      ...changes,
    })

  it('is saved with what it was made for and nothing secret', async () => {
    const id = await fixture.addMapped([[deals], [withEmail]], { name: 'Größe & CRM' })
    const answer = await save(id)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.match(answer.headers.get('content-disposition') ?? '', /filename="gr-e-crm-mapping-version-2\.json"/)
    assert.doesNotMatch(answer.text, /canary|crm\.example\.com/)
    const file = JSON.parse(answer.text)
    assert.deepEqual(Object.keys(file), [
      'format',
      'formatVersion',
      'provider',
      'providerVersion',
      'exportedAt',
      'mappings',
    ])
    assert.deepEqual(file.mappings, (await fixture.mappings.published(id))?.document)
    assert.equal(JSON.parse((await save(id, '?version=1')).text).mappings[0].propertyMappings.length, 1)
  })

  it('is saved as a draft too, when there is one', async () => {
    const id = await fixture.addMapped([[deals]])
    assert.equal((await save(id, '?version=draft')).status, 404)
    await fixture.saveDraft(id, [])
    assert.deepEqual(JSON.parse((await save(id, '?version=draft')).text).mappings, [])
    for (const version of ['7', 'x', '-1']) assert.equal((await save(id, `?version=${version}`)).status, 404, version)
  })

  it('becomes the draft again as it was', async () => {
    const from = await fixture.addMapped([[withEmail, { ...deals, key: 'late', isEnabled: false }]])
    const to = await fixture.addMapped([[deals]])
    // With the mark that some editors begin a file with.
    const answer = await paste(to, `\uFEFF${(await save(from)).text}`)
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${to}/mappings`])
    const draft = await fixture.mappings.draft(to)
    assert.deepEqual(draft?.document, (await fixture.mappings.published(from))?.document)
    const [entry] = await fixture.auditEntries(to)
    assert.deepEqual([entry?.actor, entry?.action], ['organizer', 'mapping.imported'])
  })

  it('is refused with the place of every fault, and what was pasted stays', async () => {
    const id = await fixture.addMapped([[deals]])
    for (const [file, pattern] of [
      ['', /Paste what is in the file/],
      ['{"format": <b>', /This is no JSON/],
      ['null', /This is no file of mappings.*the file must be/],
      ['[]', /This is no file of mappings/],
      [fileOf([deals], { formatVersion: 2 }), /formatVersion must be 1/],
      [fileOf([{ ...deals, mode: 'sometimes' }]), /mappings\.0\.mode must be/],
      [fileOf([{ ...deals, propertyMappings: [{ externalField: 'x' }] }]), /mappings\.0\.propertyMappings\.0/],
      [fileOf([deals, deals]), /two mappings have the key "deals"/],
      [fileOf([{ ...deals, key: 'a\u0000b' }]), /NUL character/],
      [fileOf([{ ...deals, key: '__proto__' }]), /must not name __proto__/],
      [
        `{"format":"outbound-sync mappings","formatVersion":1,"provider":"x","providerVersion":"1","mappings":${'['.repeat(5000)}${']'.repeat(5000)}}`,
        /mappings/,
      ],
    ] as const) {
      const answer = await paste(id, file)
      assert.equal(answer.status, 422, file.slice(0, 100))
      assert.match(textOf(answer.text), pattern)
      assert.match(answer.text, /<title>Error: /)
      const kept = /<textarea[^>]*>\n([\s\S]*)<\/textarea>/.exec(answer.text)?.[1] ?? ''
      assert.equal(textOf(kept), file.replaceAll(/\s+/g, ' ').trim())
    }
    assert.equal(await fixture.mappings.draft(id), null)
  })

  it('is taken all the same where parts of it do not fit, and a page says which', async () => {
    const id = await fixture.addMapped([[deals]])
    const answer = await paste(
      id,
      fileOf(
        [
          {
            ...deals,
            when: { field: 'shoe_size', is: 'not_empty' },
            propertyMappings: [
              { externalField: 'amount', source: { field: 'nonsense' } },
              {
                externalField: 'items',
                each: {
                  nestedModel: 'OrderPosition',
                  propertyMappings: [{ externalField: 'title', source: { field: 'diet' } }],
                },
              },
            ],
          },
        ],
        { provider: 'other-crm' },
      ),
    )
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${id}/mappings/fit`])
    const page = await fixture.as('organizer').get(path(id, 'fit'))
    const text = textOf(page.text)
    assert.match(text, /Order to Deal, its condition The source field "shoe_size" does not exist for Order/)
    assert.match(text, /Order to Deal, Amount The source field "nonsense" does not exist for Order/)
    assert.match(text, /Order to Deal, Line items, title The source field "diet" does not exist for OrderPosition/)
    assert.match(text, /What it changes in what is in force, version 1/)
    assert.equal((await fixture.mappings.draft(id))?.document[0]?.propertyMappings.length, 2)
  })

  it('replaces a draft only when asked, and is not pasted twice for that', async () => {
    const id = await fixture.addMapped([[deals]])
    await fixture.saveDraft(id, [{ ...deals, isEnabled: false }], 'Bob')
    const file = fileOf([withEmail])
    const asked = await paste(id, file)
    assert.equal(asked.status, 200)
    assert.match(textOf(asked.text), /Bob changed it/)
    const posted = fieldIn(asked.text, 'file')?.replaceAll('&quot;', '"') ?? ''
    assert.equal(posted, file)
    assert.equal((await paste(id, posted, { revision: fieldIn(asked.text, 'revision') ?? '' })).status, 303)
    assert.equal((await fixture.mappings.draft(id))?.document[0]?.propertyMappings.length, 2)
  })

  it('may be large', async () => {
    const id = await fixture.addMapped([[deals]])
    const many = Array.from({ length: 400 }, (_, at) => ({ externalField: `field_${at}`, source: { constant: 'x' } }))
    const answer = await paste(id, fileOf([{ ...deals, propertyMappings: many }], { note: 'x'.repeat(100_000) }))
    assert.equal(answer.status, 303)
  })

  it('says that all of it fits when it does, and goes on to the mapping without a draft', async () => {
    const id = await fixture.addMapped([[deals]])
    const gone = await fixture.as('organizer').get(path(id, 'fit'))
    assert.deepEqual([gone.status, gone.location], [303, `/sub/path/connections/${id}/mappings`])
    await fixture.saveDraft(id, [withEmail])
    assert.match(textOf((await fixture.as('organizer').get(path(id, 'fit'))).text), /All of it fits/)
    await fixture.sql(`update outbound_sync.connection set provider_version = '9.9.9' where id = $1`, [id])
    assert.match(
      textOf((await fixture.as('organizer').get(path(id, 'fit'))).text),
      /No loaded plugin brings crm 9\.9\.9/,
    )
  })

  it('is for those who may configure the connection', async () => {
    const id = await fixture.addMapped([[deals]])
    await fixture.saveDraft(id, [withEmail])
    for (const [who, status] of [
      ['rival', 404],
      ['operator', 403],
    ] as const) {
      assert.equal((await save(id, '', who)).status, status)
      for (const page of ['import', 'fit', 'presets']) {
        assert.equal((await fixture.as(who).get(path(id, page))).status, status, page)
      }
      assert.equal((await paste(id, fileOf([deals]), {}, who)).status, status)
      assert.equal(
        (await fixture.as(who).post(path(id, 'presets'), { mapping: 'deals', others: 'keep' })).status,
        status,
      )
    }
    assert.equal((await fixture.mappings.draft(id))?.author, 'Ann')
  })
})

describe('what a provider proposes', () => {
  let fixture: MappedFixture
  before(async () => {
    fixture = await createMappedFixture()
  })
  after(() => fixture.close())

  const own = { ...deals, key: 'own', propertyMappings: [{ externalField: 'code', source: { field: 'email' } }] }
  const presets = (id: string, fields?: Record<string, string>) => {
    const path = `/connections/${id}/mappings/presets`
    return fields ? fixture.as('organizer').post(path, fields) : fixture.as('organizer').get(path)
  }
  const keysOf = async (id: string) => (await fixture.mappings.draft(id))?.document.map(({ key }) => key)

  it('is shown with how it stands to what is there', async () => {
    const id = await fixture.addMapped([[own]], { provider: 'mail' })
    assert.match(textOf((await presets(id)).text), /Order to Deal It is not there/)
    await fixture.saveDraft(id, [{ ...own, key: 'deals' }])
    assert.match(textOf((await presets(id)).text), /It is there and was changed/)
  })

  it('is put beside what is there, in the draft that the page was drawn with without a question', async () => {
    const id = await fixture.addMapped([[own]], { provider: 'mail' })
    assert.equal((await presets(id, { mapping: 'deals', others: 'keep' })).status, 303)
    assert.deepEqual(await keysOf(id), ['own', 'deals'])
    const [entry] = await fixture.auditEntries(id)
    assert.equal(entry?.action, 'mapping.begun_from_preset')

    await fixture.saveDraft(id, [own, { ...own, key: 'more' }], 'Bob')
    const seen = fieldIn((await presets(id)).text, 'seen') ?? ''
    assert.equal((await presets(id, { mapping: 'deals', others: 'keep', seen })).status, 303)
    assert.deepEqual(await keysOf(id), ['own', 'more', 'deals'])
    // The same page once more: the draft is another one by now.
    await fixture.saveDraft(id, [own], 'Cy')
    const stale = await presets(id, { mapping: 'deals', others: 'keep', seen })
    assert.match(textOf(stale.text), /Cy changed it/)
    assert.deepEqual(await keysOf(id), ['own'])
  })

  it('is put in the place of all that is there, but not of a draft without a question', async () => {
    const id = await fixture.addMapped([[own]], { provider: 'mail' })
    await fixture.saveDraft(id, [own, { ...own, key: 'more' }], 'Bob')
    const seen = fieldIn((await presets(id)).text, 'seen') ?? ''
    const fields = { mapping: 'deals', others: 'drop', seen }
    const asked = await presets(id, fields)
    assert.match(textOf(asked.text), /Bob changed it .* Removed Order to Deal \(own\)/)
    assert.equal((await presets(id, { ...fields, revision: fieldIn(asked.text, 'revision') ?? '' })).status, 303)
    assert.deepEqual(await keysOf(id), ['deals'])
  })

  it('wants a choice that the page offers', async () => {
    const id = await fixture.addMapped([[own]], { provider: 'mail' })
    for (const [fields, pattern] of [
      [{ others: 'keep' }, /Choose at least one mapping/],
      [{ mapping: 'nonsense', others: 'keep' }, /Choose at least one mapping/],
      [{ mapping: 'deals', others: 'perhaps' }, /Choose what becomes of the mappings/],
    ] as const) {
      const answer = await presets(id, fields)
      assert.equal(answer.status, 422)
      assert.match(textOf(answer.text), pattern)
    }
    assert.equal(await keysOf(id), undefined)
  })

  it('is nothing for a provider that proposes nothing', async () => {
    const id = await fixture.addMapped([[deals]])
    assert.match(textOf((await presets(id)).text), /proposes no mapping/)
  })
})

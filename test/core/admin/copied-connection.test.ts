// Going on with a connection that was copied with its scope: its mapping, in the words of the new scope, is put in force
// where all of it fits, and kept as a draft to be corrected where it does not.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createScopeCopied } from '../../../core/connections/scope-copied.ts'
import { textOf } from './browse.ts'
import { createMappedFixture, type MappedFixture } from './mappings/mapped-fixture.ts'
import { conference, fair, visitorMapping, visitorPlugin } from './mappings/visitor-plugin.ts'

const [shoes, , code] = visitorMapping.propertyMappings
const fitting = {
  ...visitorMapping,
  propertyMappings: [{ ...shoes, externalField: 'code', transforms: [{ name: 'trim' }] }],
}
const misfitting = { ...fitting, key: 'misfitting', propertyMappings: [...fitting.propertyMappings, code] }

describe('a connection that was copied with its scope', () => {
  let fixture: MappedFixture
  before(async () => {
    fixture = await createMappedFixture({ plugins: [visitorPlugin] })
  })
  after(() => fixture.close())

  /** The copy of a connection with this mapping, with its settings filled in. */
  async function copied(document: unknown): Promise<string> {
    const name = crypto.randomUUID()
    const source = await fixture.addMapped([document], { provider: 'mail', scope: conference, name })
    await fixture.sql(`update outbound_sync.connection set settings = $2 where id = $1`, [
      source,
      { baseUrl: fixture.remote, token: 'an old secret' },
    ])
    await createScopeCopied(fixture).promise({ from: conference, to: fair, transaction: 'none' })
    const [copy] = await fixture.sql(
      'select id, settings from outbound_sync.connection where scope = $1 and name = $2',
      [fair, name],
    )
    const id = String(copy?.id)
    assert.deepEqual(copy?.settings, { baseUrl: fixture.remote })
    // The address stands there already; the secret is asked for.
    const settings = await fixture.as('organizer').get(`/connections/${id}/settings`)
    assert.match(settings.text, new RegExp(fixture.remote))
    const saved = await fixture.as('organizer').post(`/connections/${id}/settings`, {
      name,
      'settings.baseUrl': fixture.remote,
      'settings.token': 'right',
    })
    assert.equal(saved.status, 303, textOf(saved.text))
    return id
  }
  const begin = (id: string, how: string) => fixture.as('organizer').post(`/connections/${id}/mapping`, { begin: how })
  const publishedOf = async (id: string) => (await fixture.mappings.published(id))?.document
  const sourcesOf = (document: Awaited<ReturnType<typeof publishedOf>>) =>
    document?.[0]?.propertyMappings.map((property) => ('source' in property ? property.source : null))

  it('begins with the mapping that it was copied with', async () => {
    const id = await copied([fitting])
    const page = textOf((await fixture.as('organizer').get(`/connections/${id}/mapping`)).text)
    assert.match(
      page,
      /With what was copied from organizer acme › event conf26: 1 mapping With what Example Mail proposes/,
    )
    assert.match(page, /Shoe size, without spaces around it/)
    const answer = await begin(id, 'copied')
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${id}`])
    assert.deepEqual(sourcesOf(await publishedOf(id)), [{ field: 'question_8' }])
    assert.equal(await fixture.mappings.draft(id), null)
  })

  it('has it as a draft to be corrected where it does not fit', async () => {
    const id = await copied([misfitting])
    const page = textOf((await fixture.as('organizer').get(`/connections/${id}/mapping`)).text)
    assert.match(page, /to be corrected before anything is sent .*"question_3" does not exist for Visitor/)
    const answer = await begin(id, 'copied')
    assert.deepEqual([answer.status, answer.location], [303, `/sub/path/connections/${id}/mappings/fit`])
    assert.equal((await fixture.stateOf(id))?.state, 'active')
    assert.equal(await publishedOf(id), undefined)
    const draft = await fixture.mappings.draft(id)
    assert.deepEqual(sourcesOf(draft?.document), [{ field: 'question_8' }, { field: 'question_3' }])
  })

  it('can begin with something else, and the copy goes', async () => {
    const id = await copied([misfitting])
    assert.equal((await begin(id, 'proposed')).status, 303)
    assert.equal((await publishedOf(id))?.[0]?.key, 'deals')
    assert.equal(await fixture.mappings.draft(id), null)
  })

  it('has no such choice when it was not copied', async () => {
    const id = await fixture.addConnection({
      provider: 'mail',
      providerVersion: '1.0.0',
      state: 'draft',
      name: 'Begun',
    })
    assert.doesNotMatch((await fixture.as('organizer').get(`/connections/${id}/mapping`)).text, /copied/)
    assert.equal((await begin(id, 'copied')).status, 422)
  })
})

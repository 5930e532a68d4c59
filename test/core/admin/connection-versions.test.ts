// The environment that a connection is in and the provider version that it is on: chosen in its settings, told on its page,
// with what to do where the version is no good any more.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DefinedProvider } from '../../../core/registry/catalog.ts'
import { unusableProvider } from '../../../core/registry/unusable-provider.ts'
import { textOf } from './browse.ts'
import { type ConnectionsFixture, createConnectionsFixture } from './connections-fixture.ts'

describe('a connection', () => {
  let fixture: ConnectionsFixture
  before(async () => {
    fixture = await createConnectionsFixture()
    await fixture.sql(
      `insert into outbound_sync.environment_variable (provider, provider_version, environment, name, value)
       values ('mail', '1.0.0', 'live', 'HOST', $1), ('mail', '1.0.0', 'test', 'HOST', $1), ('mail', '2.0.0', 'other', 'HOST', $1)`,
      [new URL(fixture.remote).host],
    )
  })
  after(() => fixture.close())

  const settings = () => ({ name: 'Newsletter', 'settings.baseUrl': fixture.remote, 'settings.token': 'right' })
  async function add(provider = 'mail', providerVersion = '1.0.0'): Promise<string> {
    return fixture.addConnection({ provider, providerVersion, name: `Mail ${crypto.randomUUID()}` })
  }
  const environmentOf = async (id: string) => (await fixture.stateOf(id))?.environment

  it('is put into an environment of its version, and taken out of it', async () => {
    const id = await add()
    const path = `/connections/${id}/settings`
    const page = await fixture.as('all').get(path)
    assert.match(textOf(page.text), /Environment .*None live test .*on the page Environments/)
    assert.doesNotMatch(page.text, /value="other"/)
    const form = { ...settings(), 'settings.baseUrl': 'http://{{env.HOST}}', name: `Mail ${id}` }
    const without = await fixture.as('all').post(path, { ...form, environment: '-' })
    assert.equal(without.status, 422)
    assert.match(textOf(without.text), /needs the variable "HOST", but the connection has no environment/)
    for (const wrong of ['other', 'nowhere', '']) {
      const answer = await fixture.as('all').post(path, { ...form, environment: wrong })
      assert.equal(answer.status, 422, wrong)
    }
    assert.equal((await fixture.as('all').post(path, { ...form, environment: 'live' })).status, 303)
    assert.equal(await environmentOf(id), 'live')
    const own = await fixture.as('all').get(`/connections/${id}`)
    assert.match(own.text, /href="\/sub\/path\/environments\/mail\/1\.0\.0\/live">live/)
    assert.match(textOf((await fixture.as('all').post(`/connections/${id}/test`)).text), /It works/)
    assert.match((await fixture.as('all').get(path)).text, /value="live" checked/)
    assert.equal((await fixture.as('all').post(path, { ...settings(), environment: '-' })).status, 303)
    assert.equal(await environmentOf(id), null)
  })

  it('stays in its environment when somebody saves who may not choose one', async () => {
    const id = await add()
    await fixture.sql(`update outbound_sync.connection set environment = 'live' where id = $1`, [id])
    const organizer = fixture.as('organizer')
    const page = await organizer.get(`/connections/${id}/settings`)
    assert.match(textOf(page.text), /Its environment is live ?\. Whoever may configure everything can choose another/)
    assert.doesNotMatch(page.text, /name="environment"/)
    const form = { ...settings(), name: 'Kept', environment: 'test' }
    assert.equal((await organizer.post(`/connections/${id}/settings`, form)).status, 303)
    assert.equal(await environmentOf(id), 'live')
    const own = await organizer.get(`/connections/${id}`)
    assert.match(textOf(own.text), /Environment live/)
    assert.doesNotMatch(own.text, /href="\/sub\/path\/environments\//)
  })

  it('says what is the matter with its version, and leads to another one', async () => {
    const found = fixture.catalog.provider('mail', '1.0.0')
    assert.ok(found)
    const { plugin } = found
    const define = (version: string, state: DefinedProvider['state'], problem: string | null): DefinedProvider => ({
      provider: unusableProvider({ identifier: 'desk', version, displayName: 'Desk', problem: '' }),
      plugin,
      state,
      problem,
    })
    fixture.catalog.setDefined([
      define(
        '1.0.0',
        'retired',
        'Version 1.0.0 of the provider "desk" was retired. Move the connection to another version.',
      ),
      define('1.1.0', 'active', 'Version 1.1.0 of the provider "desk" cannot be used: its find call is wrong'),
      define('1.2.0', 'deprecated', null),
      define('1.3.0', 'active', null),
    ])
    const see = async (version: string) => {
      const id = await add('desk', version)
      const own = await fixture.as('organizer').get(`/connections/${id}`)
      const form = await fixture.as('organizer').get(`/connections/${id}/settings`)
      const links = [own, form].map(({ text }) => [...text.matchAll(/settings\?version=([\d.]+)/g)].map(([, to]) => to))
      return { id, own: textOf(own.text), form: textOf(form.text), links }
    }
    const retired = await see('1.0.0')
    assert.match(
      retired.own,
      /Version retired Version 1\.0\.0 of the provider "desk" was retired\..*Choose another version/,
    )
    assert.match(retired.form, /was retired\. Move the connection to another version\. Move to version 1\.3\.0/)
    // Newest first, deprecated last, and none that cannot be used.
    assert.deepEqual(retired.links, [
      ['1.3.0', '1.2.0'],
      ['1.3.0', '1.2.0'],
    ])
    const broken = await see('1.1.0')
    assert.match(broken.own, /Provider broken .*its find call is wrong/)
    const deprecated = await see('1.2.0')
    assert.match(
      deprecated.own,
      /Version 1\.2\.0 of Desk is deprecated\. It goes on as before.*Move to version 1\.3\.0/,
    )
    assert.match(deprecated.form, /Version 1\.2\.0 is deprecated/)
    const good = await see('1.3.0')
    assert.deepEqual(good.links, [[], ['1.2.0']])
    assert.doesNotMatch(good.own, /deprecated|retired|broken/)
    const missing = await see('0.9.0')
    assert.match(missing.own, /Plugin missing No loaded plugin brings desk 0\.9\.0.*Move to version 1\.3\.0/)

    const path = `/connections/${retired.id}/settings`
    assert.equal((await fixture.as('organizer').get(`${path}?version=1.1.0`)).status, 409)
    const moved = await fixture.as('organizer').post(path, { name: 'Moved', version: '1.3.0' })
    assert.equal(moved.status, 303, textOf(moved.text))
    assert.equal((await fixture.stateOf(retired.id))?.provider_version, '1.3.0')
    const stays = await fixture.as('organizer').post(`/connections/${broken.id}/settings`, { name: 'Stays' })
    assert.equal(stays.status, 422)
  })
})

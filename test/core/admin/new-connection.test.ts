// A connection made on the pages, step by step: what is typed wrong, what the test says, and that nothing is taken in for it
// before the last step.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { mappingDocumentSchema } from '../../../core/sdk/mapping.ts'
import { OutboundSyncProvider } from '../../../core/sdk/provider.ts'
import { textOf } from './browse.ts'
import { type ConnectionsFixture, createConnectionsFixture } from './connections-fixture.ts'

class UntestedSync extends OutboundSyncProvider {
  static override readonly identifier: string = 'untested'
  static override readonly displayName: string = 'Example Fax'
  async syncObjectWithProperties(): Promise<null> {
    return null
  }
}

class MisspeltSync extends UntestedSync {
  static override readonly identifier = 'misspelt'
  static override readonly displayName = 'Example Telex'
  static override readonly externalObjectTypes = [
    {
      name: 'note',
      label: 'Note',
      idFields: ['code'],
      fields: [{ key: 'code', label: 'Code', type: 'text' as const }],
    },
  ]
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      ...{ key: 'note', sourceModel: 'Order', externalObjectType: 'note', sourceIdField: 'order_code' },
      ...{ externalIdField: 'code', propertyMappings: [{ externalField: 'cod', source: { constant: 'x' } }] },
    },
    {
      ...{ key: 'other', sourceModel: 'Ordr', externalObjectType: 'note', sourceIdField: 'order_code' },
      ...{ externalIdField: 'code', propertyMappings: [] },
    },
  ])
}

describe('a new connection', () => {
  let fixture: ConnectionsFixture
  before(async () => {
    fixture = await createConnectionsFixture({ providers: [UntestedSync, MisspeltSync] })
  })
  after(() => fixture.close())

  const pathOf = (location: string | null) => (location ?? '').replace('/sub/path', '')
  async function begin(scope = 'organizer:acme', provider = 'mail 2.0.0'): Promise<string> {
    const answer = await fixture.as('organizer').post('/connections', { provider, scope })
    assert.equal(answer.status, 303)
    const [, id = ''] = /^\/connections\/([^/]+)\/settings$/.exec(pathOf(answer.location)) ?? []
    assert.ok(id)
    return id
  }
  const good = () => ({
    name: 'Newsletter',
    'settings.baseUrl': fixture.remote,
    'settings.token': 'right',
    'settings.region': 'eu',
  })

  it('begins with the provider and the scope', async () => {
    const page = await fixture.as('organizer').get('/connections/new')
    const text = textOf(page.text)
    assert.match(
      text,
      /Example Mail 2\.0\.0 Sends orders to Example Mail\. Receives: Deal\. From the plugin Mail plugin/,
    )
    assert.match(text, /Example Mail 1\.0\.0 .*An older version/)
    assert.match(text, /plugins? cannot be used.*Old ERP/)
    const wrong = await fixture.as('organizer').post('/connections', { provider: 'nothing 1', scope: 'a//b' })
    assert.equal(wrong.status, 422)
    assert.match(wrong.text, /<title>Error: New connection/)
    assert.match(textOf(wrong.text), /Choose what you want to connect\. Enter the path of a scope/)
    assert.match(wrong.text, /name="scope"[^>]*value="a\/\/b"/)
  })

  it('is a draft until its last step: listed apart, without a page of its own, and nothing is taken in for it', async () => {
    const id = await begin()
    assert.equal((await fixture.stateOf(id))?.state, 'draft')
    const list = textOf((await fixture.as('organizer').get('/connections')).text)
    assert.match(list, /Not finished .*Example Mail Draft/)
    const own = await fixture.as('organizer').get(`/connections/${id}`)
    assert.deepEqual([own.status, pathOf(own.location)], [303, `/connections/${id}/settings`])
    assert.equal((await fixture.as('organizer').post(`/connections/${id}/pause`, { for: '' })).status, 404)
    assert.doesNotMatch((await fixture.as('organizer').get('/queue')).text, new RegExp(id))
    const sync = await fixture.as('organizer').post('/sync-now', { connection: id, model: 'Order', id: '1' })
    assert.ok([404, 422].includes(sync.status), String(sync.status))
    assert.equal((await fixture.sql('select 1 from outbound_sync.sync_job where connection_id = $1', [id])).length, 0)
  })

  it('is gone with a button while it is a draft', async () => {
    const id = await begin()
    const answer = await fixture.as('organizer').post(`/connections/${id}/discard`)
    assert.deepEqual([answer.status, pathOf(answer.location)], [303, '/connections'])
    assert.equal((await fixture.stateOf(id))?.state, 'deleted')
  })

  it('says what is wrong with its settings, and keeps what was typed but the secret', async () => {
    const id = await begin()
    const wrong = { ...good(), name: '', 'settings.baseUrl': 'mail.example', 'settings.token': 'pa55word' }
    const answer = await fixture.as('organizer').post(`/connections/${id}/settings`, wrong)
    assert.equal(answer.status, 422)
    assert.match(answer.text, /<title>Error: /)
    assert.match(textOf(answer.text), /There are problems Enter the name\. Address must be a web address/)
    assert.match(answer.text, /value="mail\.example"/)
    assert.match(textOf(answer.text), /What you typed is not shown again/)
    assert.doesNotMatch(answer.text, /pa55word/)
    assert.match(answer.text, /value="eu" checked/)
  })

  it('is tested: what was called, what came back, without the secret; and again until it works', async () => {
    const id = await begin()
    await fixture.as('organizer').post(`/connections/${id}/settings`, { ...good(), 'settings.token': 'wr0ng-token' })
    assert.match(
      textOf((await fixture.as('organizer').get(`/connections/${id}/test`)).text),
      /Nothing is sent or changed/,
    )
    const failed = await fixture.as('organizer').post(`/connections/${id}/test`)
    assert.match(textOf(failed.text), /It does not work .*GET http:\/\/127\.0\.0\.1:\d+\/me\S* 401/)
    assert.match(textOf(failed.text), /401 text\/html It asks to be signed in to with Basic\. .*30 seconds/)
    // The words of the page and no markup, in the message and beside the call.
    const said = /the web page “401 Unauthorized”: No token \[redacted\] here/g
    assert.equal([...textOf(failed.text).matchAll(said)].length, 2)
    assert.doesNotMatch(failed.text, /&lt;|of mail/)
    assert.match(textOf(failed.text), /Test again Go on anyway/)
    assert.doesNotMatch(failed.text, /wr0ng-token/)
    const again = { ...good(), name: 'Tested' }
    const saved = await fixture.as('organizer').post(`/connections/${id}/settings`, again)
    assert.deepEqual([saved.status, pathOf(saved.location)], [303, `/connections/${id}/test`])
    const passed = await fixture.as('organizer').post(`/connections/${id}/test`)
    assert.match(textOf(passed.text), /It works http:\S+ answered\. The account is Acme ?\. .*200 Acme \d+ ms/)
  })

  it('says of a provider without a test that nobody knows, and does not call it good', async () => {
    const id = await begin('organizer:acme', 'untested 1.0.0')
    const before = await fixture.as('organizer').get(`/connections/${id}/test`)
    assert.match(textOf(before.text), /Example Fax cannot be tested: .* shows with the first record that is sent\./)
    const answer = await fixture.as('organizer').post(`/connections/${id}/test`)
    assert.match(textOf(answer.text), /Not tested Example Fax cannot be tested: .*address and credentials may be wrong/)
    assert.doesNotMatch(answer.text, /It works|os-tone-good|os-edge-good/)
    const report = await fixture.connections.test({ connectionId: id })
    assert.deepEqual([report.isOk, report.code, report.calls], [null, null, []])
  })

  it('says why it cannot be tested before its settings are filled in', async () => {
    const answer = await fixture.as('organizer').post(`/connections/${await begin()}/test`)
    assert.equal(answer.status, 200)
    assert.match(textOf(answer.text), /It does not work .*cannot be used/)
  })

  it('is not switched on with a mapping that has a slip of the pen in it, and says so before and after', async () => {
    const id = await begin('organizer:acme/event:telex', 'misspelt 1.0.0')
    await fixture.as('organizer').post(`/connections/${id}/settings`, { name: 'Telex' })
    const page = textOf((await fixture.as('organizer').get(`/connections/${id}/mapping`)).text)
    assert.match(
      page,
      /What Example Telex proposes cannot be used here\..*"note" has no field "cod"\. Did you mean "code"\?/,
    )
    assert.match(page, /Nothing comes of a part of what is proposed.*source model "Ordr"\. Did you mean "Order"\?/)
    const answer = await fixture.as('organizer').post(`/connections/${id}/mapping`, { begin: 'proposed' })
    assert.equal(answer.status, 422)
    assert.match(textOf(answer.text), /There is a problem The mappings that Example Telex proposes cannot be used/)
    assert.equal((await fixture.stateOf(id))?.state, 'draft')
    assert.equal((await fixture.as('organizer').post(`/connections/${id}/mapping`, { begin: 'empty' })).status, 303)
    assert.equal((await fixture.stateOf(id))?.state, 'active')
  })

  it('is switched on with what the provider proposes, and its plugin with it', async () => {
    const id = await begin('organizer:acme/event:fresh')
    const early = await fixture.as('organizer').post(`/connections/${id}/mapping`, { begin: 'proposed' })
    assert.deepEqual([early.status, pathOf(early.location)], [303, `/connections/${id}/settings`])
    await fixture.as('organizer').post(`/connections/${id}/settings`, { ...good(), name: 'Fresh' })
    const page = textOf((await fixture.as('organizer').get(`/connections/${id}/mapping`)).text)
    assert.match(page, /With what Example Mail proposes: 1 mapping/)
    assert.match(page, /Mail plugin is switched on nowhere .* Switch it on for organizer acme › event fresh too/)
    const nothing = await fixture.as('organizer').post(`/connections/${id}/mapping`, {})
    assert.equal(nothing.status, 422)
    const done = await fixture.as('organizer').post(`/connections/${id}/mapping`, { begin: 'proposed', plugin: 'on' })
    assert.deepEqual([done.status, pathOf(done.location)], [303, `/connections/${id}`])
    assert.equal((await fixture.stateOf(id))?.state, 'active')
    const mappings = await fixture.sql(
      `select document from outbound_sync.mapping_version where connection_id = $1 and published_at is not null`,
      [id],
    )
    assert.equal(Object(mappings[0]?.document)[0].key, 'deals')
    const switched = await fixture.sql(`select is_active from outbound_sync.plugin_activation where plugin = 'mail'`)
    assert.deepEqual(switched, [{ is_active: true }])
    const audit = await fixture.sql('select action from outbound_sync.audit_entry where target = $1 order by id', [
      `connection:${id}`,
    ])
    assert.deepEqual(
      audit.map(({ action }) => action),
      ['connection.drafted', 'connection.changed', 'connection.created'],
    )
    const page2 = await fixture.as('organizer').get(`/connections/${id}`)
    assert.equal(page2.status, 200)
    // The last step again, from a page that was left open.
    const twice = await fixture.as('organizer').post(`/connections/${id}/mapping`, { begin: 'empty' })
    assert.deepEqual([twice.status, pathOf(twice.location)], [303, `/connections/${id}`])
  })

  it('takes a free name, and says when one that is typed is taken', async () => {
    const [first, second] = [await begin('organizer:acme/event:names'), await begin('organizer:acme/event:names')]
    assert.deepEqual(
      [(await fixture.stateOf(first))?.name, (await fixture.stateOf(second))?.name],
      ['Example Mail', 'Example Mail 2'],
    )
    const taken = await fixture
      .as('organizer')
      .post(`/connections/${second}/settings`, { ...good(), name: 'Example Mail' })
    assert.equal(taken.status, 422)
    assert.match(textOf(taken.text), /Another connection of this provider and scope is called &?"?Example Mail/)
  })

  it('is nobody’s who may not configure its scope', async () => {
    const id = await begin()
    const pages = ['settings', 'test', 'mapping', 'delete']
    for (const page of pages) {
      assert.equal((await fixture.as('operator').get(`/connections/${id}/${page}`)).status, 403, page)
      assert.equal((await fixture.as('rival').get(`/connections/${id}/${page}`)).status, 404, page)
    }
    for (const act of [...pages, 'discard', 'disable', 'enable']) {
      const fields = { ...good(), name: 'Example Mail', begin: 'empty' }
      assert.equal((await fixture.as('operator').post(`/connections/${id}/${act}`, fields)).status, 403, act)
      assert.equal((await fixture.as('rival').post(`/connections/${id}/${act}`, fields)).status, 404, act)
    }
    assert.equal((await fixture.stateOf(id))?.state, 'draft')
    const foreign = await fixture.as('rival').post('/connections', { provider: 'mail 2.0.0', scope: 'organizer:acme' })
    assert.equal(foreign.status, 403)
    assert.match(textOf(foreign.text), /You may not set up connections for “organizer:acme”/)
    assert.doesNotMatch((await fixture.as('operator').get('/connections')).text, /Not finished/)
  })

  it('answers hostile input with a page and never with a failure', async () => {
    const id = await begin()
    const hostile = ['\0', '\ud800', 'x'.repeat(5000), '<script>', '__proto__', '-1', '{"a":1}', '../..', '%00', '\r\n']
    for (const value of hostile) {
      const fields = {
        provider: value,
        scope: value,
        name: value,
        version: '',
        begin: value,
        'settings.baseUrl': value,
        'settings.token': value,
        'settings.__proto__.x': value,
        'form action': `add ${value}`,
        [value]: value,
      }
      for (const path of ['/connections', `/connections/${id}/settings`, `/connections/${id}/mapping`]) {
        const answer = await fixture.as('organizer').post(path, fields)
        assert.ok(answer.status < 500, `${path} ${JSON.stringify(value.slice(0, 20))}: ${answer.status}`)
        const { 'form action': _, ...plain } = fields
        const saved = await fixture.as('organizer').post(path, plain)
        assert.ok(saved.status < 500, `${path} ${JSON.stringify(value.slice(0, 20))}: ${saved.status}`)
      }
      const segment = encodeURIComponent(value.toWellFormed())
      for (const path of [`/connections/${segment}/settings`, `/connections/${id}/settings?version=${segment}`]) {
        const { status } = await fixture.as('organizer').get(path)
        assert.ok(status < 500, `${path}: ${status}`)
      }
    }
  })
})

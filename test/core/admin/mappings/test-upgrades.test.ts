// What another version does to mapping tests: told before a connection is moved, and on its pages when its plugin became
// another one.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runMappingTests } from '../../../../core/admin/mappings/test-runs.ts'
import { createMappingTests } from '../../../../core/connections/mapping-tests.ts'
import { mappingDocumentSchema } from '../../../../core/sdk/mapping.ts'
import { type AdminFixture, createAdminOn } from '../admin-fixture.ts'
import { textOf } from '../browse.ts'
import {
  type BookingsFixture,
  bookingMapping,
  bookingsPlugin,
  browseAs,
  createBookingsFixture,
  identify,
} from './bookings-fixture.ts'

describe('another version', () => {
  let fixture: BookingsFixture
  let stricter: AdminFixture
  before(async () => {
    fixture = await createBookingsFixture()
    stricter = await createAdminOn(fixture, {
      identify,
      plugins: [bookingsPlugin({ version: '1.3.0', isStricter: true })],
    })
  })
  after(async () => {
    await stricter.close()
    await fixture.close()
  })

  async function accepted(connectionId: string, names: readonly string[]): Promise<void> {
    const path = `/connections/${connectionId}/mappings/tests`
    const browser = fixture.as('organizer')
    for (const name of names) {
      const { location } = await browser.post(path, { model: 'Booking', record: '1', name })
      const { text } = await browser.get(location ?? '')
      const digest = /name="digest" value="([^"]+)"/.exec(text)?.[1] ?? ''
      assert.equal((await browser.post(`${location}/accept`, { digest })).status, 303)
    }
  }
  const greenVersions = (connectionId: string) =>
    fixture.sql(
      `select name, green_provider_version || ' ' || green_plugin_version as green from outbound_sync.mapping_test
       where connection_id = $1 order by name`,
      [connectionId],
    )

  it('of a provider is told of in the settings before anybody moves to it', async () => {
    const id = await fixture.connection('To move')
    const settings = async () =>
      textOf((await fixture.as('organizer').get(`/connections/${id}/settings?version=2.0.0`)).text)
    assert.doesNotMatch(await settings(), /mapping test/)
    await fixture
      .as('organizer')
      .post(`/connections/${id}/mappings/tests`, { model: 'Booking', record: '1', name: 'Open' })
    assert.doesNotMatch(await settings(), /mapping test/)
    await accepted(id, ['First', 'Second'])
    assert.match(
      await settings(),
      /With version 2\.0\.0, all 2 mapping tests are red: First, Second\. See what differs/,
    )
    const tests = `/connections/${id}/mappings/tests`
    const other = textOf((await fixture.as('organizer').get(`${tests}?version=2.0.0`)).text)
    assert.match(other, /with version 2\.0\.0 of Example Desk\. The connection is on 1\.0\.0.*First Red/)
    // Without what the new version refuses.
    await fixture.sql(
      `update outbound_sync.mapping_version set document = document #- '{0,propertyMappings,1}' where connection_id = $1`,
      [id],
    )
    await fixture.sql(
      `update outbound_sync.mapping_test set expectation = expectation #- '{0,outcome,properties,1}' where connection_id = $1`,
      [id],
    )
    assert.match(await settings(), /All 2 mapping tests are green with version 2\.0\.0\./)
    await fixture.sql('delete from outbound_sync.mapping_version where connection_id = $1', [id])
    await fixture.sql('delete from outbound_sync.mapping_test where connection_id = $1', [id])
    await fixture.publish(id)
    await accepted(id, ['First', 'Second'])
    const [row] = await fixture.sql('select id from outbound_sync.mapping_test where connection_id = $1', [id])
    const page = await fixture.as('organizer').get(`${tests}/${row?.id}?version=2.0.0`)
    assert.match(textOf(page.text), /failed: Cannot write "12\.50" from "Total"/)
    assert.doesNotMatch(page.text, /\/accept"/)
    const accept = await fixture.as('organizer').post(`${tests}/${row?.id}/accept?version=2.0.0`, { digest: '' })
    assert.equal(accept.status, 409)
    // What the connection is on is green as before.
    assert.match(textOf((await fixture.as('organizer').get(tests)).text), /First Green.*Second Green/)

    const moved = await fixture.as('organizer').post(`/connections/${id}/settings`, { name: 'Moved', version: '2.0.0' })
    assert.equal(moved.status, 303, textOf(moved.text))
    const sentence =
      /2 mapping tests are red with version 2\.0\.0 of Example Desk\. They were last green with 1\.0\.0\./
    assert.match(textOf((await fixture.as('organizer').get(`/connections/${id}`)).text), sentence)
    assert.match(textOf((await fixture.as('operator').get('/connections')).text), sentence)
  })

  it('of a plugin is told of on the pages of the connection, and green ones are not asked again', async () => {
    const id = await fixture.connection('Long names')
    await accepted(id, ['Long'])
    await fixture.sql(
      `update outbound_sync.mapping_test set record = jsonb_set(record, '{values,2}', '"Ada"') where connection_id = $1`,
      [id],
    )
    await fixture.sql(
      `update outbound_sync.mapping_test set expectation = replace(expectation::text, 'Xxx Xxxxxxxx', 'Ada')::jsonb
       where connection_id = $1`,
      [id],
    )
    await accepted(id, ['Red one'])
    const see = async (who: AdminFixture, path: string) => textOf((await browseAs(who, 'organizer').get(path)).text)
    assert.doesNotMatch(await see(fixture, `/connections/${id}`), /mapping tests? (is|are) red/)
    const sentence =
      /1 mapping test is red with version 1\.3\.0 of the plugin Bookings\. It was last green with 1\.1\.0\. See what differs/
    assert.match(await see(stricter, `/connections/${id}`), sentence)
    assert.deepEqual(await greenVersions(id), [
      { name: 'Long', green: '1.0.0 1.3.0' },
      { name: 'Red one', green: '1.0.0 1.1.0' },
    ])
    assert.match(await see(stricter, '/connections'), /1 mapping test is red with version 1\.3\.0/)
    assert.doesNotMatch(textOf((await browseAs(stricter, 'rival').get('/connections')).text), /red with/)
  })

  it('or document is judged by the same run that is asked before a mapping is published', async () => {
    const connectionId = await fixture.connection('To publish')
    await accepted(connectionId, ['One'])
    const mappingTests = createMappingTests({ database: fixture.database })
    const record = (await mappingTests.list(connectionId))[0]?.record
    assert.ok(record)
    await mappingTests.add({ connectionId, name: 'Open', record, isMasked: true, actor: 'Ann' })
    const provider = fixture.catalog.provider('desk', '1.0.0')?.provider
    assert.ok(provider)
    const run = (document: unknown) =>
      runMappingTests({ mappingTests, connectionId, document: mappingDocumentSchema.parse(document), provider })
    const short = (tests: Awaited<ReturnType<typeof run>>) =>
      tests.map(({ name, isGreen, isAccepted, differences }) => [name, isGreen, isAccepted, differences.length])
    assert.deepEqual(short(await run(bookingMapping)), [
      ['One', true, true, 0],
      ['Open', true, false, 0],
    ])
    assert.deepEqual(short(await run([])), [
      ['One', false, true, 1],
      ['Open', true, false, 0],
    ])
    const [red] = await run([])
    assert.deepEqual(red?.differences, [
      {
        mappingKey: 'tickets',
        label: 'the record',
        property: 'the object',
        expected: 'a ticket "X0000"',
        got: 'no such object',
      },
    ])
  })
})

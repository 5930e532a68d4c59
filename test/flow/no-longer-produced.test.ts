// Objects that a subject's mappings no longer produce: the mapping says what becomes of them.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ObjectMappingInput } from '../../core/sdk/mapping.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { createScriptedPlugin, dealMapping } from '../support/scripted-provider.ts'

const ticket = (key: string, more: Partial<ObjectMappingInput>): ObjectMappingInput => ({
  key,
  sourceModel: 'OrderPosition',
  externalObjectType: key,
  sourceIdField: 'id',
  externalIdField: 'id',
  propertyMappings: [{ externalField: 'item', source: { field: 'item' } }],
  ...more,
})

describe('an object that is no longer produced', () => {
  const { plugin, script } = createScriptedPlugin({
    mappings: [
      ticket('kept', {}),
      ticket('removed', { whenNoLonger: 'delete' }),
      ticket('marked', {
        whenNoLonger: { update: [{ externalField: 'status', source: { constant: 'removed' } }] },
      }),
      // All orders of the fixture are from one city, so they share one object.
      { ...dealMapping, key: 'city', sourceIdField: 'city', whenNoLonger: 'delete' },
    ],
  })
  let instance: Instance
  before(async () => {
    instance = await createInstance({ orderCount: 10, plugins: [plugin] })
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where provider = 'fixture'`)
    await instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    const connection = { provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' }
    await instance.sync.operations.ensureConnection(connection)
    await instance.sync.worker.start()
  })
  after(() => instance.close())

  const sync = async (id: string): Promise<void> => {
    const attempts = `select id from outbound_sync.attempt where source_id = $1`
    const before = (await instance.rows(attempts, [id])).length
    await instance.placeOrder(id)
    await until(async () => (await instance.rows(attempts, [id])).length > before)
  }

  it('is kept, deleted or updated as its mapping says', async () => {
    await sync('1')
    script.calls.length = 0
    await instance.rows('delete from fixture.positions where id = 3')
    await sync('1')
    assert.deepEqual(
      script.deleted.map((query) => [query.externalObjectType, query.idValue, query.known?.remoteId]),
      [['removed', '3', 'remote-3']],
    )
    assert.deepEqual(
      script.calls.map((call) => [call.mapping.externalObjectType, call.operation, call.idValue, call.properties]),
      [['marked', 'update', '3', [['status', 'removed', 'overwrite']]]],
    )
    const states = await instance.rows(
      `select object_type, state from outbound_sync.external_object where id_value = '3' order by 1`,
    )
    assert.deepEqual(states, [
      { object_type: 'kept', state: 'present' },
      { object_type: 'marked', state: 'present' },
      { object_type: 'removed', state: 'deleted' },
    ])
  })

  it('is not touched again by the next sync', async () => {
    script.calls.length = 0
    script.deleted.length = 0
    await sync('1')
    assert.deepEqual([script.calls.length, script.deleted.length], [0, 0])
  })

  it('is deleted only with its last link when several records share it', async () => {
    await sync('2')
    script.deleted.length = 0
    const shared = (): string[] =>
      script.deleted.filter((query) => query.externalObjectType === 'deal').map((query) => query.idValue)
    await instance.rows('delete from fixture.positions where order_id in (1, 2)')
    await instance.rows('delete from fixture.orders where id = 2')
    await sync('2')
    assert.deepEqual(shared(), [])
    await instance.rows('delete from fixture.orders where id = 1')
    await sync('1')
    assert.deepEqual(shared(), ['Berlin'])
    const [attempt] = await instance.rows(
      `select outcome from outbound_sync.attempt where source_id = '1' order by id desc`,
    )
    assert.equal(attempt?.outcome, 'gone')
  })

  it('is left to the record that produces it now', async () => {
    await sync('3')
    await instance.rows('update fixture.positions set order_id = 4 where id = 7')
    await sync('4')
    script.calls.length = 0
    script.deleted.length = 0
    await sync('3')
    assert.deepEqual(script.deleted, [])
    assert.deepEqual(script.calls, [])
    const links = await instance.rows(
      `select distinct subject_id from outbound_sync.sync_link where source_model = 'OrderPosition' and source_id = '7'`,
    )
    assert.deepEqual(links, [{ subject_id: '4' }])
  })
})

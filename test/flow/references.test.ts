// An object that refers to another record's object waits until that is there, and says for what.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { createScriptedPlugin, dealMapping } from '../support/scripted-provider.ts'

describe('a reference', () => {
  // The city of a fixture order serves as the id of another order.
  const { plugin, script } = createScriptedPlugin({
    mappings: [
      {
        ...dealMapping,
        propertyMappings: [
          { externalField: 'total', source: { field: 'total' } },
          { externalField: 'parent', source: { reference: 'Order', idField: 'city' } },
        ],
      },
    ],
  })
  let instance: Instance
  before(async () => {
    instance = await createInstance({ orderCount: 10, plugins: [plugin] })
    await instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    const connection = { provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' }
    await instance.sync.operations.ensureConnection(connection)
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where provider = 'fixture'`)
    await instance.rows(`update fixture.orders set city = '2' where id = 1`)
    await instance.rows(`update fixture.orders set city = '' where id = 2`)
    await instance.sync.worker.start()
  })
  after(() => instance.close())

  it('leaves the job waiting with the record it waits for, and is woken when that is synced', async () => {
    await instance.placeOrder('1')
    await until(
      async () =>
        (await instance.rows(`select 1 from outbound_sync.sync_job where source_id = '1' and waiting_for is not null`))
          .length === 1,
    )
    const [job] = await instance.rows(
      `select state, waiting_for, failed_attempts, message from outbound_sync.sync_job where source_id = '1'`,
    )
    assert.deepEqual(job, {
      state: 'waiting',
      waiting_for: { model: 'Order', id: '2' },
      failed_attempts: 0,
      message: 'Waiting for Order 2 to be synced.',
    })
    assert.equal(script.calls.length, 0)

    await instance.placeOrder('2')
    await until(() => script.calls.length === 2)
    const parent = script.calls[1]?.properties.find(([field]) => field === 'parent')
    assert.equal(parent?.[1], 'remote-B2')
  })

  it('becomes a configuration problem when it waited too long', async () => {
    await instance.rows(`update fixture.orders set city = '777' where id = 3`)
    await instance.placeOrder('3')
    const waiting = `select id from outbound_sync.sync_job where source_id = '3' and waiting_for is not null`
    await until(async () => (await instance.rows(waiting)).length === 1)
    await instance.rows(
      `update outbound_sync.sync_job set expires_at = now() - interval '1 minute', not_before = now() where source_id = '3'`,
    )
    await instance.placeOrder('3')
    const parked = `select reason, message from outbound_sync.sync_job where source_id = '3' and state = 'needs_attention'`
    await until(async () => (await instance.rows(parked)).length === 1)
    const [job] = await instance.rows(parked)
    assert.equal(job?.reason, 'config')
    assert.match(String(job?.message), /Order 777/)
  })
})

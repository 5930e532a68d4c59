// Plugins between the host and the queue: where a tap runs, what it sees, and what a bad one can and cannot break.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { definePlugin } from '../../core/sdk/plugin.ts'
import type { SignalEvent } from '../../core/sdk/signals.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { createScriptedPlugin } from '../support/scripted-provider.ts'

describe('plugins', () => {
  const { plugin, script } = createScriptedPlugin()
  const seen: SignalEvent[] = []
  const curious = definePlugin({
    name: 'curious',
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    taps: {
      order_paid: (event) => {
        seen.push(event)
      },
    },
  })
  const careless = definePlugin({
    name: 'careless',
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    taps: {
      order_placed: () => {
        throw new Error('careless as ever')
      },
    },
  })
  const future = definePlugin({ name: 'future', version: '1.0.0', compatibility: '^99.0.0' })
  let instance: Instance
  let connectionId = ''
  before(async () => {
    instance = await createInstance({
      orderCount: 20,
      plugins: [careless, curious, plugin, future, './test/fixtures/does-not-exist'],
    })
    const connection = { provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' }
    connectionId = (await instance.sync.operations.ensureConnection(connection)).connectionId
  })
  after(() => instance.close())

  const jobCount = async (id: string): Promise<number> =>
    (
      await instance.rows('select id from outbound_sync.sync_job where source_id = $1 and connection_id = $2', [
        id,
        connectionId,
      ])
    ).length

  it('that cannot be used stop neither the start nor the others, and are named in the log', () => {
    const log = instance.logLines.join('')
    assert.match(log, /does-not-exist.*could not be loaded/)
    assert.match(log, /"future".*99/)
  })

  it('run their taps only where they are active', async () => {
    await instance.placeOrder('1')
    assert.equal(await jobCount('1'), 0)
    await instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    await instance.placeOrder('1')
    assert.equal(await jobCount('1'), 1)
    assert.equal(await instance.sync.operations.isPluginActive({ plugin: 'scripted', scope: 'organizer:other' }), false)
  })

  it('never see the transaction', async () => {
    await instance.inTransaction(async (transaction) => {
      await instance.sync.signals.order_paid.promise({
        scope,
        subjects: [{ model: 'Order', id: '2' }],
        transaction,
      })
    })
    assert.equal(seen.length, 1)
    assert.deepEqual(Object.keys(seen[0] ?? {}).sort(), ['enqueue', 'name', 'scope', 'subjects'])
  })

  it('that throw in a tap are named in the log and break neither the order nor the other taps', async () => {
    await instance.placeOrder('3')
    assert.equal(await jobCount('3'), 1)
    assert.match(instance.logLines.join(''), /"plugin":"careless".*careless as ever/)
  })

  it('cannot hide a failed enqueue from the host', async () => {
    const swallowing = createScriptedPlugin({
      name: 'swallowing',
      level: 'instance',
      taps: {
        order_placed: async (event) => {
          await event
            .enqueue({ name: 'X', identifier: 'swallowing' }, { triggeredBy: 'x', stream: '\0' })
            .catch(() => {})
        },
      },
    })
    const other = await createInstance({ plugins: [swallowing.plugin] })
    try {
      const connection = { provider: 'swallowing', name: 'S', scope, settings: {}, actor: 'test' }
      await other.sync.operations.ensureConnection(connection)
      await assert.rejects(other.placeOrder('1'), /invalid byte sequence|null character/)
    } finally {
      await other.close()
    }
  })

  it('that are switched off have their work held, not lost, and it goes on with them', async () => {
    await instance.rows('delete from outbound_sync.sync_job')
    await instance.placeOrder('4')
    await instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive: false, actor: 'test' })
    await instance.sync.worker.start()
    // Another connection's work passes by it.
    await until(async () => (await instance.remote.bodies()).has('/deal/B4'))
    assert.equal(await jobCount('4'), 1)
    assert.equal(script.calls.length, 0)
    await instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    await until(() => script.calls.length === 1)
  })
})

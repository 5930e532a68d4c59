// Providers that take many objects in one call, from the claim to the ledger.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { RejectedError } from '../../core/errors.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { definePlugin } from '../../core/sdk/plugin.ts'
import { OutboundSyncProvider } from '../../core/sdk/provider.ts'
import type { ObjectAnswer, SyncObjectArgs } from '../../core/sdk/sync-object.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { accept, dealMapping } from '../support/scripted-provider.ts'

const orderCount = 100

describe('many objects in one call', () => {
  let calls: SyncObjectArgs[][] = []
  let onCall: (list: readonly SyncObjectArgs[]) => Promise<readonly ObjectAnswer[]> | readonly ObjectAnswer[]
  class ManySync extends OutboundSyncProvider {
    static override readonly identifier = 'many'
    static override readonly granularity = 'batch'
    static override readonly limits = { batchSize: 30, objectTimeoutMs: 400 }
    static override readonly defaultMappings = mappingDocumentSchema.parse([dealMapping])

    async syncObjectWithProperties(): Promise<never> {
      throw new Error('a provider of many objects is asked for many')
    }

    override async syncObjects(list: readonly SyncObjectArgs[]): Promise<readonly ObjectAnswer[]> {
      calls.push([...list])
      return onCall(list)
    }
  }
  const plugin = definePlugin({
    name: 'many',
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    providers: [ManySync],
    taps: {
      order_placed: async (event) => {
        await ManySync.enqueueOrder(event, 'order_placed')
      },
    },
  })
  let instance: Instance
  let connectionId = ''
  before(async () => {
    instance = await createInstance({ orderCount, plugins: [plugin] })
    const connection = { provider: 'many', name: 'Many', scope, settings: {}, actor: 'test' }
    connectionId = (await instance.sync.operations.ensureConnection(connection)).connectionId
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where id <> $1`, [connectionId])
    await instance.rows(`update fixture.orders set code = 'SHARED' where id in (1, 2, 3)`)
  })
  after(() => instance.close())
  beforeEach(async () => {
    await instance.sync.worker.stop()
    await instance.rows('delete from outbound_sync.sync_job')
    calls = []
    onCall = (list) => list.map(accept)
  })

  const send = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) await instance.placeOrder(id)
    await instance.sync.worker.start()
  }
  const lastOutcomes = () =>
    instance.rows(
      `select distinct on (source_id) source_id, outcome, message from outbound_sync.attempt
       where connection_id = $1 order by source_id, id desc`,
      [connectionId],
    )
  const idsOf = (list: readonly SyncObjectArgs[]): string[] => list.map(({ idValue }) => idValue)

  it('carries no object of one identity twice, and waits for nobody for ever', async () => {
    await send(Array.from({ length: orderCount }, (_, index) => String(index + 1)))
    await instance.untilIdle()
    assert.equal(calls.flat().length, orderCount)
    for (const call of calls) {
      assert.ok(call.length <= 30, `${call.length} objects`)
      assert.equal(new Set(idsOf(call)).size, call.length)
    }
    // 97 identities in calls of 30, and the one that three orders share three times.
    assert.ok(calls.length <= 12, `${calls.length} calls`)
    const [counts] = await instance.rows(
      `select (select count(*)::int from outbound_sync.external_object) as objects,
              (select count(*)::int from outbound_sync.sync_link) as links,
              (select count(*)::int from outbound_sync.sync_job) as jobs`,
    )
    assert.deepEqual(counts, { objects: orderCount - 2, links: orderCount, jobs: 0 })
  })

  it('fails an object by its error and leaves the others alone', async () => {
    await instance.rows('update fixture.orders set total = total + 1 where id in (11, 12, 13)')
    onCall = (list) => list.map((args) => (args.idValue === 'B12' ? new RejectedError('No such list') : accept(args)))
    await send(['11', '12', '13'])
    await until(
      async () =>
        (await instance.rows(`select 1 from outbound_sync.sync_job where state <> 'needs_attention'`)).length === 0,
    )
    assert.deepEqual(calls.map(idsOf), [['B11', 'B12', 'B13']])
    assert.deepEqual(await instance.rows('select source_id, reason, message from outbound_sync.sync_job'), [
      { source_id: '12', reason: 'permanent', message: 'No such list' },
    ])
  })

  it('says so when the number of results is wrong, or one of them is none, and tries once more', async () => {
    const wrong: [RegExp, typeof onCall][] = [
      [/syncObjects answered 1 results for 2 objects/, (list) => list.slice(1).map(accept)],
      [/must answer with a result/, (list) => list.map(() => ({ action: 'done' }) as unknown as ObjectAnswer)],
      [/has no checkBatch/, (list) => list.map(() => ({ kind: 'submitted', remoteBatchId: 'b', checkAt: new Date() }))],
    ]
    let order = 20
    for (const [sentence, answer] of wrong) {
      await instance.sync.worker.stop()
      onCall = answer
      const ids = [String(order++), String(order++)]
      await instance.rows('update fixture.orders set total = total + 1 where id = any($1::bigint[])', [ids])
      await send(ids)
      await until(async () => {
        const rows = (await lastOutcomes()).filter((row) => ids.includes(String(row.source_id)))
        return rows.every((row) => sentence.test(String(row.message)))
      })
    }
  })

  it('is given up after its time, and every object of it is tried again', async () => {
    await instance.rows('update fixture.orders set total = total + 1 where id in (31, 32)')
    onCall = () => new Promise(() => undefined)
    await send(['31', '32'])
    await until(async () => {
      const rows = (await lastOutcomes()).filter((row) => ['31', '32'].includes(String(row.source_id)))
      return rows.every(
        (row) => row.outcome === 'retry' && /2 objects in one call took longer/.test(String(row.message)),
      )
    })
  })
})

// One order, from the host's transaction to the remote, as core/README.md tells it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'

describe('an order placed in the host', () => {
  let instance: Instance
  before(async () => {
    instance = await createInstance({ orderCount: 600 })
    await instance.sync.worker.start()
  })
  after(() => instance.close())

  it('arrives at the remote, its positions first, changed by the mapping', async () => {
    await instance.placeOrder('1')
    await instance.untilIdle()
    const bodies = await instance.remote.bodies()
    assert.deepEqual([...bodies.keys()], ['/ticket/2', '/ticket/3', '/deal/B1'])
    assert.deepEqual(bodies.get('/deal/B1'), {
      code: 'B1',
      email: 'buyer1@customers.example',
      total: '1.5',
      city: 'Berlin',
    })
    const [attempt] = await instance.rows(
      `select outcome, source_label, failed_attempts from outbound_sync.attempt where source_id = '1'`,
    )
    assert.deepEqual(attempt, { outcome: 'succeeded', source_label: 'B1', failed_attempts: 0 })
    const objects = await instance.rows(
      `select action, object_type, remote_id is not null as has_id from outbound_sync.attempt_object order by id`,
    )
    assert.deepEqual(objects, [
      { action: 'created', object_type: 'ticket', has_id: true },
      { action: 'created', object_type: 'ticket', has_id: true },
      { action: 'created', object_type: 'deal', has_id: true },
    ])
  })

  it('tells when something last arrived', async () => {
    const [connection] = await instance.rows(
      `select last_success_at between now() - interval '1 minute' and now() as is_recent from outbound_sync.connection`,
    )
    assert.deepEqual(connection, { is_recent: true })
  })

  it('is not sent again while nothing has changed, and only what has changed otherwise', async () => {
    const { callCount } = await instance.remote.counts()
    await instance.placeOrder('1')
    await instance.untilIdle()
    assert.equal((await instance.remote.counts()).callCount, callCount)
    await instance.rows(`update fixture.orders set city = 'Köln' where id = 1`)
    await instance.placeOrder('1')
    await instance.untilIdle()
    assert.equal((await instance.remote.counts()).callCount, callCount + 1)
    const outcomes = await instance.rows(`select outcome from outbound_sync.attempt where source_id = '1' order by id`)
    assert.deepEqual(
      outcomes.map((row) => row.outcome),
      ['succeeded', 'nothing_to_do', 'succeeded'],
    )
  })

  it('is left alone by a signal that no plugin listens to', async () => {
    const { callCount } = await instance.remote.counts()
    await instance.inTransaction(async (transaction) => {
      await instance.sync.signals.order_paid.promise({
        scope,
        subjects: [{ model: 'Order', id: '1' }],
        transaction,
      })
    })
    await instance.untilIdle()
    assert.equal((await instance.remote.counts()).callCount, callCount)
  })

  it('leaves neither row nor ticket when its transaction rolls back: 400 transactions, half of them', async () => {
    await instance.sync.worker.stop()
    const ids = Array.from({ length: 400 }, (_, index) => String(index + 101))
    const committed: string[] = []
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (const [index, id] of ids.entries()) {
          if (index % 8 !== lane) continue
          const isRolledBack = index % 2 === 0
          const transaction = instance.inTransaction(async (border) => {
            await instance.sync.signals.order_placed.promise({
              scope,
              subjects: [{ model: 'Order', id }],
              transaction: border,
            })
            if (isRolledBack) throw new Error('rolled back')
          })
          if (isRolledBack) await assert.rejects(transaction, /rolled back/)
          else {
            await transaction
            committed.push(id)
          }
        }
      }),
    )
    const rows = await instance.rows('select source_id from outbound_sync.sync_job')
    assert.deepEqual(rows.map((row) => row.source_id).sort(), committed.sort())
    const [tickets] = await instance.rows(
      `select count(*)::int as count from outbound_sync_boss.job where state < 'active'`,
    )
    assert.equal(tickets?.count, committed.length)
    assert.equal(committed.length, 200)
    await instance.sync.worker.start()
    await instance.untilIdle()
  })

  it('is enqueued nowhere after the rollback of a savepoint', async () => {
    await instance.inTransaction(async (transaction, client) => {
      await client.query('savepoint attempt')
      await instance.sync.signals.order_placed.promise({
        scope,
        subjects: [{ model: 'Order', id: '599' }],
        transaction,
      })
      await client.query('rollback to savepoint attempt')
    })
    assert.deepEqual(await instance.rows(`select id from outbound_sync.sync_job where source_id = '599'`), [])
  })

  it('is refused without a transaction and without an id, before anything is written', async () => {
    const fire = (event: object) =>
      // @ts-expect-error the host forgot a part of the event
      instance.sync.signals.order_placed.promise({ scope, subjects: [{ model: 'Order', id: '5' }], ...event })
    await assert.rejects(fire({}), /without a transaction/)
    await assert.rejects(fire({ transaction: 'none', subjects: [{ model: 'Order', id: '' }] }), /flush the record/)
    await assert.rejects(
      fire({ transaction: 'none', subjects: [] }),
      /not valid\. Correct it: subjects must have at least 1 entry\./,
    )
    for (const slip of ['/acme', 'acme//x', 'acme/', 'organizer:acme ', 'organizer:acme/ event:conf26']) {
      await assert.rejects(fire({ transaction: 'none', scope: slip }), /scope: must be a path .* has an empty part/)
    }
  })

  it('can be enqueued outside a transaction by saying so', async () => {
    await instance.sync.signals.order_placed.promise({
      scope,
      subjects: [{ model: 'Order', id: '20' }],
      transaction: 'none',
    })
    await until(async () => (await instance.remote.bodies()).has('/deal/B20'))
  })

  it('does not echo to the connection its change came from', async () => {
    await instance.inTransaction(async (transaction) => {
      await instance.sync.signals.order_placed.promise({
        scope,
        subjects: [{ model: 'Order', id: '21' }],
        origin: instance.connectionId,
        transaction,
      })
    })
    assert.deepEqual(await instance.rows(`select id from outbound_sync.sync_job where source_id = '21'`), [])
  })
})

// Several workers and many orders that share a few contacts: each contact is created once and never written by two at
// the same time; a stopping worker finishes what it has.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createInstance, type Instance } from '../support/instance.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

const orderCount = 300
const contactCount = 12

describe('orders that share contacts', () => {
  let instance: Instance
  const workers: WorkerProcess[] = []
  before(async () => {
    instance = await createInstance({ orderCount })
    await instance.rows(`update fixture.orders set code = 'SHARED' || (id % $1)::text`, [contactCount])
    await instance.remote.set({ latencyMs: 5 })
  })
  after(async () => {
    for (const worker of workers) await worker.kill()
    await instance.close()
  })

  it('create each contact once, without an overlap, over three worker processes', async () => {
    await instance.placeOrders(1, orderCount)
    const start = () => startWorkerProcess(instance, { leaseSeconds: 20 })
    workers.push(...(await Promise.all([start(), start(), start()])))
    await instance.untilIdle(60_000)
    const counts = await instance.remote.counts()
    assert.equal(counts.objectCount, orderCount * 2 + contactCount)
    assert.equal(counts.overlapCount, 0)
    const [objects] = await instance.rows(
      `select count(*)::int as count from outbound_sync.external_object where object_type = 'deal'`,
    )
    assert.deepEqual(objects, { count: contactCount })
  })

  it('are finished before a worker leaves on SIGTERM', async () => {
    await instance.rows(`update fixture.orders set city = 'Hamburg'`)
    await instance.placeOrders(1, 60)
    for (const worker of workers) {
      const { code, signal } = await worker.stop()
      assert.deepEqual([code, signal], [0, null])
    }
    const stuck = await instance.rows(`select id from outbound_sync.sync_job where state = 'in_flight'`)
    assert.deepEqual(stuck, [])
    assert.deepEqual(await instance.rows('select key from outbound_sync.lease'), [])
  })
})

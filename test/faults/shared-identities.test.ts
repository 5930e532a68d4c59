// Several workers and many orders that share a few contacts: each contact is created once and never written by two at
// the same time; a stopping worker finishes what it has.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, type Instance } from '../support/instance.ts'

const orderCount = 300
const contactCount = 12

describe('orders that share contacts', () => {
  let instance: Instance
  const workers: ChildProcess[] = []
  before(async () => {
    instance = await createInstance({ orderCount })
    await instance.rows(`update fixture.orders set code = 'SHARED' || (id % $1)::text`, [contactCount])
    await instance.remote.set({ latencyMs: 5 })
  })
  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await instance.close()
  })

  it('create each contact once, without an overlap, over three worker processes', async () => {
    const ids = Array.from({ length: orderCount }, (_, index) => String(index + 1))
    await Promise.all(ids.map((id) => instance.placeOrder(id)))
    const { databaseUrl, keyFolder, remote } = instance
    for (let index = 0; index < 3; index++) {
      const path = join(import.meta.dirname, '../support/worker-process.ts')
      workers.push(fork(path, [databaseUrl, keyFolder, String(remote.port), '20']))
    }
    await Promise.all(workers.map((worker) => once(worker, 'message')))
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
    for (let id = 1; id <= 60; id++) await instance.placeOrder(String(id))
    for (const worker of workers) {
      const exited = once(worker, 'exit')
      worker.kill('SIGTERM')
      assert.deepEqual(await exited, [0, null])
    }
    const stuck = await instance.rows(`select id from outbound_sync.sync_job where state = 'in_flight'`)
    assert.deepEqual(stuck, [])
    assert.deepEqual(await instance.rows('select key from outbound_sync.lease'), [])
  })
})

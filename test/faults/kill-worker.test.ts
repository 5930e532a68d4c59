// Workers are killed with SIGKILL at random points: nothing is lost, nothing is doubled, and what is sent again carries
// the same idempotency key.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createInstance, type Instance, until } from '../support/instance.ts'

const orderCount = 600
const killCount = 6
const concurrency = 16

describe('SIGKILL of a worker', () => {
  let instance: Instance
  const workers = new Set<ChildProcess>()
  before(async () => {
    instance = await createInstance({ orderCount })
  })
  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await instance.close()
  })

  const startWorkerProcess = async (): Promise<ChildProcess> => {
    const { databaseUrl, keyFolder, remote } = instance
    const path = join(import.meta.dirname, '../support/worker-process.ts')
    const worker = fork(path, [databaseUrl, keyFolder, String(remote.port), '3'])
    workers.add(worker)
    await once(worker, 'message')
    return worker
  }

  it(`loses no order and doubles no object: ${orderCount} orders, ${killCount} kills`, async (t) => {
    const seed = randomInt(1_000_000)
    t.diagnostic(`seed ${seed}`)
    let state = seed
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state / 2_147_483_648
    }
    await instance.remote.set({ latencyMs: 10 })
    for (let id = 1; id <= orderCount; id++) await instance.placeOrder(String(id))
    let worker = await startWorkerProcess()
    for (let kill = 0; kill < killCount; kill++) {
      await delay(100 + random() * 400)
      const exited = once(worker, 'exit')
      worker.kill('SIGKILL')
      await exited
      workers.delete(worker)
      worker = await startWorkerProcess()
    }
    await instance.untilIdle(60_000)
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0, 30_000)

    const counts = await instance.remote.counts()
    t.diagnostic(`calls ${counts.callCount}, objects ${counts.objectCount}, overlaps ${counts.overlapCount}`)
    assert.equal(counts.objectCount, orderCount * 3)
    assert.equal(counts.keyMismatchCount, 0)
    const resent = counts.callCount - orderCount * 3
    // In flight, and answered since the last flush that was committed: 20 ms and what its commit takes on this disk, here
    // at most 90 ms, at 10 ms a call.
    assert.ok(resent <= killCount * concurrency * 10, `${resent} calls were made again`)
    const [ledger] = await instance.rows(
      `select (select count(*)::int from outbound_sync.external_object) as objects,
              (select count(*)::int from outbound_sync.sync_link) as links,
              (select count(distinct source_id)::int from outbound_sync.attempt where outcome in ('succeeded', 'nothing_to_do')) as orders,
              (select coalesce(max(failed_attempts), 0) from outbound_sync.attempt) as failed_attempts`,
    )
    assert.deepEqual(ledger, { objects: orderCount * 3, links: orderCount * 3, orders: orderCount, failed_attempts: 0 })

    const exited = once(worker, 'exit')
    worker.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
    workers.delete(worker)
    assert.deepEqual(await instance.rows('select key from outbound_sync.lease where until > now()'), [])
  })
})

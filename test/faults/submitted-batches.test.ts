// Workers are killed with SIGKILL while a remote has batches that it answers later: between the call and the write,
// while the answer is awaited, and between the answer and its write. Nothing is lost, and nothing is applied twice.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createBatchPlugin } from '../support/batch-provider.ts'
import { type BatchRemote, startBatchRemote } from '../support/batch-remote.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'

const orderCount = 60
const killCount = 4

describe('SIGKILL of workers whose remote answers later', () => {
  let instance: Instance
  let remote: BatchRemote
  const workers = new Set<ChildProcess>()
  before(async () => {
    remote = await startBatchRemote()
    instance = await createInstance({ orderCount, plugins: [createBatchPlugin().plugin] })
    const settings = { baseUrl: remote.baseUrl, checkAfterMs: 200 }
    const connection = { provider: 'batches', name: 'Late', scope, settings, actor: 'test' }
    const { connectionId } = await instance.sync.operations.ensureConnection(connection)
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where id <> $1`, [connectionId])
  })
  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await instance.close()
    await remote.close()
  })

  const startWorker = async (): Promise<ChildProcess> => {
    const path = join(import.meta.dirname, '../support/batch-worker-process.ts')
    const worker = fork(path, [instance.databaseUrl, instance.keyFolder, String(remote.port), '4'])
    workers.add(worker)
    await once(worker, 'message')
    return worker
  }
  const kill = async (worker: ChildProcess): Promise<void> => {
    const exited = once(worker, 'exit')
    worker.kill('SIGKILL')
    await exited
    workers.delete(worker)
  }

  it(`loses no order and applies nothing twice: ${orderCount} orders, ${killCount} kills, two workers`, async (t) => {
    const seed = randomInt(1_000_000)
    t.diagnostic(`seed ${seed}`)
    let state = seed
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state / 2_147_483_648
    }
    remote.answerAfterMs = 300
    for (let id = 1; id <= orderCount; id++) await instance.placeOrder(String(id))
    let worker = await startWorker()
    await startWorker()
    for (let count = 0; count < killCount; count++) {
      // Every other one at a random time, the rest right after the remote has taken or answered something.
      if (count % 2 === 0) await delay(100 + random() * 500)
      else {
        const before = remote.batches.length + remote.questions.size
        await until(() => remote.batches.length + remote.questions.size > before || isDone())
      }
      await kill(worker)
      worker = await startWorker()
    }
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0, 60_000)

    t.diagnostic(`${remote.batches.length} batches, ${remote.resentKeys.size} keys came again`)
    assert.equal(remote.objects.size, orderCount * 3)
    assert.deepEqual(
      [...remote.objects].filter(([, { appliedCount }]) => appliedCount !== 1),
      [],
    )
    assert.deepEqual(remote.overlaps, [])
    for (let id = 1; id <= orderCount; id++) {
      const tickets = [id * 2, id * 2 + 1].map((ticket) => remote.objects.get(`ticket/${ticket}`)?.remoteId)
      assert.equal(remote.objects.get(`deal/B${id}`)?.values.tickets, tickets.join(','))
    }
    const [ledger] = await instance.rows(
      `select (select count(*)::int from outbound_sync.external_object) as objects,
              (select count(*)::int from outbound_sync.sync_link) as links,
              (select count(distinct source_id)::int from outbound_sync.attempt
               where outcome in ('succeeded', 'nothing_to_do')) as orders,
              (select coalesce(max(failed_attempts), 0) from outbound_sync.attempt) as failed_attempts,
              (select count(*)::int from outbound_sync.batch_request where state <> 'done') as open_batches,
              (select count(*)::int from outbound_sync.lease where until = 'infinity') as held_leases`,
    )
    assert.deepEqual(ledger, {
      objects: orderCount * 3,
      links: orderCount * 3,
      orders: orderCount,
      failed_attempts: 0,
      open_batches: 0,
      held_leases: 0,
    })
  })

  for (const [kind, what] of [
    ['submit', 'what the remote has accepted is offered again with the same keys'],
    ['ask', 'the answer is looked up again'],
  ] as const) {
    it(`between the remote's answer to "${kind}" and the write: ${what}`, async () => {
      for (const worker of workers) await kill(worker)
      remote.answerAfterMs = 0
      remote.hold = kind
      remote.resentKeys.clear()
      const id = kind === 'submit' ? '1' : '2'
      await instance.rows(`update fixture.positions set item = 'Gallery' where order_id = $1`, [id])
      await instance.placeOrder(id)
      const first = await startWorker()
      await until(() => remote.heldCount > 0)
      await kill(first)
      remote.hold = null
      const second = await startWorker()
      await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0, 60_000)
      const tickets = [Number(id) * 2, Number(id) * 2 + 1].map((ticket) => remote.objects.get(`ticket/${ticket}`))
      assert.deepEqual(
        tickets.map((ticket) => [ticket?.values, ticket?.appliedCount]),
        [
          [{ item: 'Gallery' }, 2],
          [{ item: 'Gallery' }, 2],
        ],
      )
      assert.equal(remote.resentKeys.size, kind === 'submit' ? 1 : 0)
      assert.deepEqual(remote.overlaps, [])
      await kill(second)
    })
  }

  function isDone(): boolean {
    return remote.objects.size === orderCount * 3
  }
})

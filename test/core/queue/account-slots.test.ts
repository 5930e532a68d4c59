// The limits of an account hold over all workers: slots are shared, given back and taken over, and calls are paced.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAccountSlots, fairShare, type ShareOfSlots } from '../../../core/queue/account-slots.ts'
import { createCallRates, paceOf } from '../../../core/queue/call-rates.ts'
import { createSlotLeases } from '../../../core/queue/slot-leases.ts'
import { LeaseError } from '../../../core/sync/leases.ts'
import { until } from '../../support/instance.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

let fixture: QueueFixture
before(async () => {
  fixture = await createQueueFixture()
})
after(() => fixture.close())
beforeEach(() => fixture.rows('delete from outbound_sync.lease'))

const stop = new AbortController()
const workerOf = (worker: string, leaseSeconds = 60): ShareOfSlots =>
  createAccountSlots({
    concurrency: 32,
    leases: createSlotLeases({ database: fixture.database, worker, leaseSeconds }),
    rates: createCallRates({ database: fixture.database, signal: stop.signal }),
  })
const acme = { accountKey: 'acme', limits: {} }
const held = async () =>
  Object.fromEntries(
    (
      await fixture.rows(
        `select worker, count(*)::int from outbound_sync.lease where starts_with(key, 'slot//') group by worker`,
      )
    ).map((row) => [row.worker, row.count]),
  )

describe('the slots of an account', () => {
  it('are all the first worker has, and halved when a second one asks', async () => {
    const [first, second] = [workerOf('w1'), workerOf('w2')]
    await first.prepare([acme])
    assert.deepEqual(await held(), { w1: 4 })
    await second.prepare([acme])
    assert.equal(second.hasSlots('acme'), false)
    await first.rebalance()
    await second.rebalance()
    assert.deepEqual(await held(), { w1: 2, w2: 2 })
    assert.equal(second.hasSlots('acme'), true)
  })

  it('are never used by more calls than there are, whoever comes and goes', async () => {
    const workers = ['w1', 'w2', 'w3'].map((name) => workerOf(name))
    let underWay = 0
    let most = 0
    let done = 0
    const total = 3 * 60
    const call = async () => {
      most = Math.max(most, ++underWay)
      await delay(15)
      underWay--
      done++
    }
    const calls = workers.map(async (worker, index) => {
      await delay(index * 150)
      await until(async () => {
        await worker.prepare([acme])
        return worker.hasSlots('acme')
      })
      const { calls: slots, subjects } = worker.of('acme', {})
      await Promise.all(Array.from({ length: total / 3 }, () => subjects.run(() => slots.run(call))))
    })
    let isOver = false
    const ticking = (async () => {
      while (!isOver) {
        for (const worker of workers) await worker.rebalance()
        await delay(50)
      }
    })()
    await Promise.all(calls)
    isOver = true
    await ticking
    assert.equal(done, total)
    assert.ok(most <= 4, `${most} calls at the same time`)
  })

  it('of a worker that died are taken over when their lease has run out', async () => {
    await workerOf('dead', 1).prepare([acme])
    const heir = workerOf('heir')
    await heir.prepare([acme])
    assert.equal(heir.hasSlots('acme'), false)
    await fixture.rows(`update outbound_sync.lease set until = now() - interval '1 second' where worker = 'dead'`)
    await heir.rebalance()
    assert.deepEqual(await held(), { heir: 4 })
  })

  it('use no attempt of the record that asked while the database is away', async () => {
    const { database, drop } = await createMigratedDatabase()
    const slots = createAccountSlots({
      concurrency: 32,
      leases: createSlotLeases({ database, worker: 'w1', leaseSeconds: 0.01 }),
      rates: createCallRates({ database, signal: stop.signal }),
    })
    await slots.prepare([acme])
    await drop()
    await delay(10)
    await assert.rejects(
      slots.of('acme', {}).calls.run(async () => assert.fail('it was called')),
      LeaseError,
    )
  })

  it('cost nothing while they are held, and are taken for many accounts at once', async () => {
    let statementCount = 0
    const database = {
      ...fixture.database,
      executeSql: (...args: Parameters<typeof fixture.database.executeSql>) => {
        statementCount++
        return fixture.database.executeSql(...args)
      },
    } as typeof fixture.database
    const slots = createAccountSlots({
      concurrency: 32,
      leases: createSlotLeases({ database, worker: 'w1', leaseSeconds: 60 }),
      rates: createCallRates({ database, signal: stop.signal }),
    })
    const accounts = Array.from({ length: 100 }, (_, index) => ({ accountKey: `account-${index}`, limits: {} }))
    for (let n = 0; n < 10; n++) await slots.prepare(accounts)
    for (let n = 0; n < 10; n++) await slots.of('account-7', {}).calls.run(async () => undefined)
    assert.equal(statementCount, 1)
    assert.deepEqual(await held(), { w1: 400 })
  })

  it('are shared fairly', () => {
    const holders = { own: [0, 1, 2, 3], otherCount: 0, freeCount: 0, wantedBy: 'another' } as const
    const share = (own: number[], otherCount: number, unusedMs = 0) =>
      fairShare({ ...holders, own, otherCount }, 4, unusedMs)
    assert.equal(share([0, 1, 2, 3], 0), 2)
    assert.equal(share([0, 1], 1), 1)
    assert.equal(share([0], 3), 1)
    assert.equal(share([0, 1, 2, 3], 0, 2_000), 0)
    assert.equal(fairShare({ ...holders, own: [0, 1], wantedBy: 'nobody' }, 4, 2_000), 2)
    assert.equal(fairShare({ ...holders, own: [0, 1], wantedBy: 'nobody' }, 4, 11_000), 0)
  })
})

describe('the rate of an account', () => {
  it('holds in every stretch of its length, over two workers', async () => {
    const rate = { calls: 20, perSeconds: 1 }
    const workers = [1, 2].map(() => createCallRates({ database: fixture.database, signal: stop.signal }))
    const at: number[] = []
    await Promise.all(
      workers.flatMap((worker) =>
        Array.from({ length: 25 }, async () => {
          await worker.take('paced', rate)
          at.push(performance.now())
        }),
      ),
    )
    at.sort((a, b) => a - b)
    const densest = Math.max(...at.map((start) => at.filter((one) => one >= start && one < start + 1000).length))
    assert.ok(densest <= rate.calls, `${densest} calls in a second`)
    const tookMs = (at.at(-1) ?? 0) - (at[0] ?? 0)
    assert.ok(tookMs < 6_000, `50 calls took ${tookMs} ms`)
  })

  it('never adds up to more than was allowed', () => {
    for (const rate of [
      { calls: 1, perSeconds: 1 },
      { calls: 10, perSeconds: 60 },
      { calls: 1000, perSeconds: 10 },
    ]) {
      const { burst, secondsPerCall, validMs } = paceOf(rate)
      const inAStretch = burst + (rate.perSeconds + validMs / 1000) / secondsPerCall
      assert.ok(inAStretch <= rate.calls + (rate.calls === 1 ? 1 : 0) + 1e-9, JSON.stringify(rate))
    }
  })

  it('uses no attempt of the record that asked while the database is away', async () => {
    const { database, drop } = await createMigratedDatabase()
    const rates = createCallRates({ database, signal: stop.signal })
    await rates.take('acme', { calls: 1, perSeconds: 1 })
    await drop()
    await assert.rejects(rates.take('acme', { calls: 1, perSeconds: 1 }), LeaseError)
  })

  it('is not waited for by a process that stops', async () => {
    const stopping = new AbortController()
    const rates = createCallRates({ database: fixture.database, signal: stopping.signal })
    const rate = { calls: 1, perSeconds: 3600 }
    await rates.take('slow', rate)
    const waiting = rates.take('slow', rate)
    stopping.abort(new Error('The worker is stopping'))
    await assert.rejects(waiting)
  })
})

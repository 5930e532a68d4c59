import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createPool } from '../../../core/database/pool.ts'
import { quietLog } from '../../support/migrated-database.ts'
import { countEnqueued, insertRecords, letTimePass, playQueue, recordModel, reportWhen } from './run-bench.ts'
import { type Bench, useBench } from './use-bench.ts'

/** Plays the queue until stopped. */
function keepPlaying(bench: Bench): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const playing = (async () => {
    while (!stopping.signal.aborted) {
      await playQueue(bench.database)
      await delay(20, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await playing
    },
  }
}

describe('the driver of backfills', () => {
  const bench = useBench()

  it('loses and doubles nothing when its process is killed again and again', async (t) => {
    const recordCount = 5_000
    await insertRecords(bench.database, recordCount)
    const runId = await bench.start()
    const queue = keepPlaying(bench)
    const startProcess = async (): Promise<ChildProcess> => {
      const file = fileURLToPath(new URL('./run-driver-process.ts', import.meta.url))
      const child = fork(file, [bench.database.databaseUrl, '60'])
      await once(child, 'message')
      return child
    }
    let child: ChildProcess | null = null
    const progress: number[] = []
    try {
      for (let kill = 1; kill <= 5; kill += 1) {
        child = await startProcess()
        const { enqueuedCount: before } = await bench.backfills.report(runId)
        // Now in a page, now in a transaction, now between them.
        await reportWhen(bench.backfills, runId, ({ enqueuedCount }) => enqueuedCount > before)
        await delay(35 * kill)
        child.kill('SIGKILL')
        await once(child, 'exit')
        const { enqueuedCount, state } = await bench.backfills.report(runId)
        progress.push(enqueuedCount)
        if (state === 'finished') break
      }
      child = await startProcess()
      const report = await reportWhen(bench.backfills, runId, ({ state }) => state === 'finished')
      assert.deepEqual([report.enqueuedCount, report.doneCount, report.reason], [recordCount, recordCount, null])
      child.kill('SIGTERM')
      const [exitCode] = await once(child, 'exit')
      assert.equal(exitCode, 0)
    } finally {
      child?.kill('SIGKILL')
      await queue.stop()
    }
    t.diagnostic(`enqueued when killed: ${progress.join(', ')}`)
    assert.ok(progress.filter((count) => count < recordCount).length >= 3, 'it was killed while at work')
    assert.deepEqual(await countEnqueued(bench.database), { subjects: recordCount, doubles: 0 })
  })

  it('enqueues each subject once beside another, also when their leases run out under them', async () => {
    await insertRecords(bench.database, 4_000)
    const runs = [await bench.start(), await bench.start({ filter: { status: 'paid' } })]
    const plain = bench.model
    bench.model = recordModel(bench.database, {
      async page(...args) {
        await delay(30)
        return plain.page(...args)
      },
    })
    const { databaseUrl, schema } = bench.database
    const pools = [1, 2, 3].map(() => createPool({ databaseUrl, schema, log: quietLog, maxConnections: 4 }))
    const drivers = pools.map((database) => bench.createDriver({ database, leaseSeconds: 0.02, enqueueDelayMs: 10 }))
    const queue = keepPlaying(bench)
    try {
      for (const driver of drivers) driver.start()
      for (const runId of runs) await reportWhen(bench.backfills, runId, ({ state }) => state === 'finished')
    } finally {
      await Promise.all(drivers.map((driver) => driver.stop()))
      await queue.stop()
      await Promise.all(pools.map((pool) => pool.close()))
    }
    assert.deepEqual(await countEnqueued(bench.database), { subjects: 6_000, doubles: 0 })
    for (const runId of runs) {
      const report = await bench.backfills.report(runId)
      assert.equal(report.doneCount, report.totalCount)
    }
  })

  it('leaves a run alone that another holds, and takes it over when the lease is over', async () => {
    await insertRecords(bench.database, 20)
    const runId = await bench.start()
    const other = bench.createDriver()
    const { signal } = new AbortController()
    assert.equal((await bench.tick()).activeCount, 1)
    assert.equal((await other.tick(signal)).activeCount, 0)
    await letTimePass(bench.database, '15 seconds')
    assert.equal((await other.tick(signal)).activeCount, 1)
    assert.equal((await bench.tick()).activeCount, 0)
    await other.stop()
    assert.equal((await bench.tick()).activeCount, 1, 'a driver that stops gives its leases back')
    assert.equal((await bench.backfills.report(runId)).enqueuedCount, 10)
  })

  it('does not enqueue a page that another one has enqueued while it was stuck, even with its lease won back', async () => {
    await insertRecords(bench.database, 600)
    const runId = await bench.start()
    await bench.tick()
    await playQueue(bench.database)
    const plain = bench.model
    const entered = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    let isStuck = true
    bench.model = recordModel(bench.database, {
      async page(...args) {
        const page = await plain.page(...args)
        if (!isStuck) return page
        isStuck = false
        entered.resolve()
        await release.promise
        return page
      },
    })
    const stuck = bench.tick()
    await entered.promise
    await letTimePass(bench.database, '15 seconds')
    const other = bench.createDriver()
    await other.tick(new AbortController().signal)
    await other.stop()
    assert.equal((await bench.backfills.report(runId)).enqueuedCount, 600)
    const again = bench.tick()
    release.resolve()
    await Promise.all([stuck, again])
    assert.deepEqual(await countEnqueued(bench.database), { subjects: 600, doubles: 0 })
    assert.equal((await bench.finish(runId)).doneCount, 600)
  })

  it('writes nothing of a page that was read while a person paused or stopped the run', async () => {
    await insertRecords(bench.database, 600)
    const plain = bench.model
    for (const act of ['pause', 'stop'] as const) {
      const runId = await bench.start()
      bench.model = plain
      await bench.tick()
      await playQueue(bench.database)
      bench.model = recordModel(bench.database, {
        async page(...args) {
          await bench.backfills[act]({ runId, actor: 'Bob' })
          return plain.page(...args)
        },
      })
      await bench.tick()
      const report = await bench.backfills.report(runId)
      assert.deepEqual([report.state, report.enqueuedCount], [act === 'pause' ? 'paused' : 'stopped', 10])
      if (act === 'pause') await bench.backfills.stop({ runId, actor: 'Bob' })
    }
  })

  it('writes neither jobs nor checkpoint when the enqueue fails, and tries again', async () => {
    await insertRecords(bench.database, 30)
    const runId = await bench.start()
    await bench.database.executeSql('alter table enqueue_log rename to enqueue_log_away')
    await bench.tick()
    await bench.database.executeSql('alter table enqueue_log_away rename to enqueue_log')
    assert.equal(bench.warnings.length, 1)
    assert.deepEqual((await bench.backfills.report(runId)).state, 'waiting')
    assert.equal((await bench.finish(runId)).doneCount, 30)
    assert.deepEqual(await countEnqueued(bench.database), { subjects: 30, doubles: 0 })
  })

  it('holds back no run because the host of another one hangs, and stops at once all the same', async () => {
    await insertRecords(bench.database, 30)
    const plain = bench.model
    let hangingCount = 0
    bench.model = recordModel(bench.database, {
      async count(filter, options) {
        if (filter.status !== 'open') return plain.count(filter, options)
        hangingCount += 1
        // Heeds no signal.
        return new Promise<never>(() => {})
      },
    })
    const hanging = await bench.start({ filter: { status: 'open' } })
    const driver = bench.createDriver({ leaseSeconds: 1 })
    const queue = keepPlaying(bench)
    driver.start()
    const runId = await bench.start()
    await reportWhen(bench.backfills, runId, ({ state }) => state === 'finished')
    const lease = async () => {
      const { rows } = await bench.database.executeSql<{ until: Date; is_held: boolean }>(
        'select lease_until as until, lease_until > now() as is_held from outbound_sync.sync_run where id = $1',
        [hanging],
      )
      assert.ok(rows[0])
      return rows[0]
    }
    const first = await lease()
    const endsAt = performance.now() + 10_000
    while ((await lease()).until.getTime() < first.until.getTime() + 1_000) {
      assert.ok(performance.now() < endsAt, 'the lease is renewed while the host is asked')
      await delay(20)
    }
    assert.equal((await lease()).is_held, true)
    await queue.stop()
    const stoppedAt = performance.now()
    await driver.stop()
    assert.ok(performance.now() - stoppedAt < 1_000)
    assert.equal(hangingCount, 1)
    assert.equal((await bench.backfills.report(hanging)).state, 'waiting')
    assert.deepEqual(bench.warnings, [], 'being stopped is no failure of the host')
  })

  it('goes on after the database was away', async () => {
    await insertRecords(bench.database, 30)
    const runId = await bench.start()
    const driver = bench.createDriver()
    await bench.database.executeSql('alter table outbound_sync.sync_run rename to sync_run_away')
    driver.start()
    const queue = keepPlaying(bench)
    try {
      const endsAt = performance.now() + 10_000
      while (bench.warnings.length === 0 && performance.now() < endsAt) await delay(10)
      await bench.database.executeSql('alter table outbound_sync.sync_run_away rename to sync_run')
      const report = await reportWhen(bench.backfills, runId, ({ state }) => state === 'finished')
      assert.equal(report.doneCount, 30)
    } finally {
      await driver.stop()
      await queue.stop()
    }
    assert.match(bench.warnings[0] ?? '', /sync_run/)
  })
})

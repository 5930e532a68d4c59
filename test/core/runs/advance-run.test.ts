import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRunDriver } from '../../../core/runs/run-driver.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import { quietLog } from '../../support/migrated-database.ts'
import {
  countEnqueued,
  countJobs,
  createEnqueue,
  insertRecords,
  letTimePass,
  playQueue,
  recordModel,
  scope,
} from './run-bench.ts'
import { useBench } from './use-bench.ts'

describe('a backfill', () => {
  const bench = useBench()
  const { start, tick, finish } = bench

  describe('from its first ten to its end', () => {
    it('sends every record once, ten first, and reports how each ended', async () => {
      await insertRecords(bench.database, 700)
      const runId = await start()
      assert.equal((await bench.backfills.report(runId)).state, 'waiting')

      await tick()
      const canary = await bench.backfills.report(runId)
      assert.deepEqual(
        [canary.state, canary.totalCount, canary.enqueuedCount, canary.doneCount],
        ['canary', 700, 10, 0],
      )
      await tick()
      assert.equal((await bench.backfills.report(runId)).enqueuedCount, 10, 'the others wait for the first ten')

      await playQueue(bench.database, {
        outcomes: { 1: 'permanent', 2: 'skipped', 3: 'nothing_to_do', 4: 'gone', 5: 'config' },
      })
      await tick()
      const running = await bench.backfills.report(runId)
      assert.deepEqual([running.state, running.enqueuedCount, running.doneCount], ['running', 700, 10])

      await playQueue(bench.database)
      await tick()
      const { id, state, reason, startedAt, finishedAt, createdAt, ...report } = await bench.backfills.report(runId)
      assert.deepEqual([id, state, reason], [runId, 'finished', null])
      assert.ok(startedAt && finishedAt && createdAt <= startedAt && startedAt <= finishedAt)
      assert.deepEqual(report, {
        totalCount: 700,
        enqueuedCount: 700,
        doneCount: 700,
        succeededCount: 695,
        nothingToDoCount: 1,
        skippedCount: 2,
        failedCount: 2,
        objects: { created: 1390, updated: 695, nothingToDo: 3, skipped: 0, failed: 1 },
        connectionId: bench.connectionId,
        sourceModel: 'Order',
        scope,
        filter: {},
        actor: 'Ann',
      })
      assert.deepEqual(await countEnqueued(bench.database), { subjects: 700, doubles: 0 })
      const { rows } = await bench.database.executeSql('select distinct priority from enqueue_log')
      assert.deepEqual(rows, [{ priority: 0 }], 'below live work')
      assert.equal(bench.wakeUpCount, 3, 'the workers are told after every page')
      assert.deepEqual(bench.warnings, [])
    })

    it('hands the filter on and sends nothing else', async () => {
      await insertRecords(bench.database, 100)
      const report = await finish(await start({ filter: { status: 'paid' } }))
      assert.deepEqual([report.state, report.totalCount, report.doneCount], ['finished', 50, 50])
      const { rows } = await bench.database.executeSql(
        'select count(*)::int as odd from enqueue_log where source_id::int % 2 = 1',
      )
      assert.deepEqual(rows, [{ odd: 0 }])
    })

    it('finishes with fewer than ten records, and with none', async () => {
      await insertRecords(bench.database, 3)
      assert.deepEqual((await finish(await start())).doneCount, 3)
      const none = await finish(await start({ filter: { status: 'paid', from: '2026-11-22' } }))
      assert.equal(none.state, 'finished')
      await bench.database.executeSql('truncate record')
      const empty = await finish(await start())
      assert.deepEqual([empty.state, empty.totalCount, empty.doneCount, empty.reason], ['finished', 0, 0, null])
    })

    it('asks the host outside of any transaction', async () => {
      await insertRecords(bench.database, 30)
      const open: unknown[] = []
      const page = bench.model.page
      bench.model = {
        ...bench.model,
        async page(...args) {
          const { rows } = await bench.database.executeSql(
            `select state, query from pg_stat_activity
             where datname = current_database() and state like 'idle in transaction%'`,
          )
          open.push(...rows)
          return page(...args)
        },
      }
      await finish(await start())
      assert.deepEqual(open, [])
    })

    it('never has more than 2,000 of its jobs waiting', async () => {
      await insertRecords(bench.database, 5_000)
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      for (let round = 0; round < 3; round += 1) await tick()
      assert.equal(await countJobs(bench.database, `state = 'waiting'`), 2_000)
      await playQueue(bench.database, { limit: 499 })
      await tick()
      assert.equal(await countJobs(bench.database, `state = 'waiting'`), 1_501)
      await playQueue(bench.database, { limit: 1 })
      await tick()
      assert.equal(await countJobs(bench.database, `state = 'waiting'`), 2_000)
      const report = await finish(runId)
      assert.equal(report.doneCount, 5_000)
      assert.deepEqual(await countEnqueued(bench.database), { subjects: 5_000, doubles: 0 })
    })

    it('is finished when a record was listed twice, and says so', async () => {
      await insertRecords(bench.database, 30)
      bench.model = recordModel(bench.database, {
        page: async (after) =>
          after === null
            ? {
                records: [
                  { id: '1', scope },
                  { id: '1', scope },
                  { id: '2', scope },
                ],
                next: '2',
              }
            : { records: [{ id: '2', scope }], next: null },
      })
      const report = await finish(await start())
      assert.equal(report.state, 'finished')
      assert.deepEqual([report.enqueuedCount, report.doneCount], [3, 2])
      assert.match(report.reason ?? '', /^1 of the 3 subjects put into the queue have no entry of their own/)
    })

    it('is finished though one that has failed is tried again by hand', async () => {
      await insertRecords(bench.database, 12)
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      await tick()
      await playQueue(bench.database, { outcomes: { 12: 'permanent' } })
      await bench.database.executeSql(
        `update outbound_sync.sync_job set state = 'waiting', reason = null, not_before = now() + interval '1 hour'`,
      )
      await tick()
      const report = await bench.backfills.report(runId)
      assert.deepEqual([report.state, report.doneCount, report.reason], ['finished', 12, null])
      await bench.database.executeSql('update outbound_sync.sync_job set not_before = now()')
      await playQueue(bench.database)
      assert.equal((await bench.backfills.report(runId)).failedCount, 0, 'and the report tells how that ended')
    })

    it('is not finished while a job is tried again', async () => {
      await insertRecords(bench.database, 12)
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      await tick()
      await playQueue(bench.database, { outcomes: { 12: 'retry' } })
      await tick()
      const report = await bench.backfills.report(runId)
      assert.deepEqual([report.state, report.doneCount], ['running', 11])
      await bench.database.executeSql('update outbound_sync.sync_job set not_before = now()')
      assert.equal((await finish(runId)).doneCount, 12)
    })
  })

  describe('whose first ten go wrong', () => {
    it('stops at three failures with the reason, and takes back what still waits', async () => {
      await insertRecords(bench.database, 100)
      const runId = await start()
      await tick()
      await playQueue(bench.database, { limit: 5, outcomes: { 1: 'permanent', 3: 'config', 5: 'timeout' } })
      await tick()
      const report = await bench.backfills.report(runId)
      assert.equal(report.state, 'stopped')
      assert.match(
        report.reason ?? '',
        /^Stopped after the first 10, because 3 failed, for example Order 1: The remote refused it\./,
      )
      assert.ok(report.finishedAt)
      assert.deepEqual(
        [report.enqueuedCount, report.doneCount, report.failedCount, report.skippedCount],
        [10, 10, 3, 5],
      )
      assert.equal(await countJobs(bench.database, `state = 'waiting'`), 0)
      assert.equal(await countJobs(bench.database, `state = 'needs_attention'`), 3)
      await tick()
      assert.equal((await countEnqueued(bench.database)).subjects, 10)
    })

    it('goes on with two failures', async () => {
      await insertRecords(bench.database, 100)
      const runId = await start()
      await tick()
      await playQueue(bench.database, { outcomes: { 1: 'permanent', 3: 'config' } })
      const report = await finish(runId)
      assert.deepEqual([report.state, report.doneCount, report.failedCount], ['finished', 100, 2])
    })

    it('stops when they have not ended after two minutes', async () => {
      await insertRecords(bench.database, 100)
      const runId = await start()
      await tick()
      await playQueue(bench.database, { outcomes: { 4: 'retry', 9: 'retry' } })
      await letTimePass(bench.database, '119 seconds')
      await tick()
      assert.equal((await bench.backfills.report(runId)).state, 'canary')
      await letTimePass(bench.database, '1 second')
      await tick()
      const report = await bench.backfills.report(runId)
      assert.equal(report.state, 'stopped')
      assert.match(
        report.reason ?? '',
        /2 had not ended after 2 minutes: 2 failed and are tried again \(Order 4: The remote is down\)/,
      )
    })

    it('counts the two minutes from when it was resumed, and from when the connection was changed', async () => {
      await insertRecords(bench.database, 100)
      const runId = await start()
      await tick()
      await letTimePass(bench.database, '10 minutes')
      await bench.backfills.pause({ runId, actor: 'Ann' })
      await bench.backfills.resume({ runId, actor: 'Ann' })
      await tick()
      assert.equal((await bench.backfills.report(runId)).state, 'canary')
      await letTimePass(bench.database, '10 minutes')
      await bench.database.executeSql('update outbound_sync.connection set updated_at = now()')
      await tick()
      assert.equal((await bench.backfills.report(runId)).state, 'canary')
    })
  })

  describe('whose host fails', () => {
    it('is tried three times with a growing delay, fails with the reason, and can be resumed', async () => {
      await insertRecords(bench.database, 1_500)
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      const good = bench.model
      let calls = 0
      bench.model = {
        ...good,
        async page(after, ...rest) {
          if (after !== '510') return good.page(after, ...rest)
          calls += 1
          throw new Error('the orders table is locked')
        },
      }
      await tick()
      assert.equal((await bench.backfills.report(runId)).enqueuedCount, 510)
      await tick()
      assert.equal(calls, 1, 'not before the delay is over')
      await letTimePass(bench.database, '2 seconds')
      await tick()
      assert.equal(calls, 2)
      await letTimePass(bench.database, '2 seconds')
      await tick()
      assert.equal(calls, 2, 'the second delay is longer')
      await letTimePass(bench.database, '15 seconds')
      await tick()
      const report = await bench.backfills.report(runId)
      assert.deepEqual([report.state, calls], ['failed', 3])
      assert.match(
        report.reason ?? '',
        /^The Order records could not be listed, tried 3 times: the orders table is locked\./,
      )
      assert.equal(bench.warnings.length, 3)
      bench.model = good
      await bench.backfills.resume({ runId, actor: 'Ann' })
      const finished = await finish(runId)
      assert.deepEqual([finished.state, finished.doneCount, finished.reason], ['finished', 1_500, null])
      assert.deepEqual(await countEnqueued(bench.database), { subjects: 1_500, doubles: 0 })
    })

    it('forgets a failed try once a page was read', async () => {
      await insertRecords(bench.database, 2_000)
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      const good = bench.model
      const failedOnce = new Set<string | null>()
      bench.model = {
        ...good,
        async page(after, ...rest) {
          if (failedOnce.has(after)) return good.page(after, ...rest)
          failedOnce.add(after)
          throw new Error('a hiccup')
        },
      }
      for (let round = 0; round < 10; round += 1) {
        await tick()
        await letTimePass(bench.database, '2 seconds')
        await playQueue(bench.database)
      }
      assert.equal((await finish(runId)).state, 'finished')
      assert.equal(failedOnce.size, 4)
    })

    const careless: { says: string; changes: Partial<SourceModel>; reason: RegExp }[] = [
      {
        says: 'a record of another tenant',
        changes: { page: async () => ({ records: [{ id: '1', scope: 'organizer:other' }], next: null }) },
        reason: /gave the record 1 of "organizer:other", which does not belong to "organizer:acme"/,
      },
      {
        says: 'a page of another form',
        changes: { page: async () => JSON.parse('{"records": [{"id": 1, "scope": ""}], "next": null}') },
        reason: /gave a page of another form/,
      },
      { says: 'no number as the count', changes: { count: async () => Number.NaN }, reason: /counted NaN records/ },
    ]
    for (const { says, changes, reason } of careless) {
      it(`takes nothing from a source model that gives ${says}`, async () => {
        await insertRecords(bench.database, 20)
        bench.model = recordModel(bench.database, changes)
        const runId = await start()
        for (let round = 0; round < 3; round += 1) {
          await tick()
          await letTimePass(bench.database, '15 seconds')
        }
        const report = await bench.backfills.report(runId)
        assert.equal(report.state, 'failed')
        assert.match(report.reason ?? '', reason)
        assert.deepEqual(await countEnqueued(bench.database), { subjects: 0, doubles: 0 })
        await bench.backfills.resume({ runId, actor: 'Ann' })
        assert.equal((await bench.backfills.report(runId)).state, 'waiting')
      })
    }

    it('does not send the same page for ever', async () => {
      await insertRecords(bench.database, 20)
      bench.model = recordModel(bench.database, { page: async () => ({ records: [{ id: '1', scope }], next: 'x' }) })
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      for (let round = 0; round < 3; round += 1) {
        await tick()
        await letTimePass(bench.database, '15 seconds')
      }
      assert.match((await bench.backfills.report(runId)).reason ?? '', /gave the cursor "x" for the page after it/)
      assert.equal((await countEnqueued(bench.database)).subjects, 1)
    })

    it('fails when no plugin brings the source model any more', async () => {
      const runId = await start()
      const without = createRunDriver({
        worker: 'test',
        database: bench.database,
        catalog: { sourceModel: () => null, provider: () => null },
        activation: { rows: async () => [] },
        enqueue: createEnqueue(),
        previewSubjects: async () => assert.fail('A backfill previews nothing.'),
        retryLines: async () => assert.fail('A backfill retries no line.'),
        wakeUp() {},
        onAuditFinished() {},
        log: quietLog,
      })
      for (let round = 0; round < 3; round += 1) {
        await without.tick(new AbortController().signal)
        await letTimePass(bench.database, '15 seconds')
      }
      const report = await bench.backfills.report(runId)
      assert.match(report.reason ?? '', /no plugin that is loaded brings the source model "Order"/)
    })
  })

  describe('and its connection', () => {
    it('is held while the connection is disabled', async () => {
      await insertRecords(bench.database, 30)
      const runId = await start()
      await tick()
      await bench.database.executeSql(`update outbound_sync.connection set state = 'disabled'`)
      await playQueue(bench.database)
      await tick()
      assert.equal((await bench.backfills.report(runId)).enqueuedCount, 10)
      await bench.database.executeSql(`update outbound_sync.connection set state = 'active'`)
      assert.equal((await finish(runId)).doneCount, 30)
    })

    it('is stopped when the connection is deleted', async () => {
      await insertRecords(bench.database, 30)
      const runId = await start()
      await tick()
      await bench.database.executeSql(`update outbound_sync.connection set state = 'deleted'`)
      await tick()
      const report = await bench.backfills.report(runId)
      assert.deepEqual([report.state, report.reason], ['stopped', 'Stopped, because the connection was deleted.'])
      assert.equal(await countJobs(bench.database), 0)
    })
  })
})

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import type { ErrorKind } from '../../../core/errors.ts'
import { countEnqueued, countJobs, insertConnection, insertRecords, playQueue, scope } from './run-bench.ts'
import { rejects, useBench } from './use-bench.ts'

describe('what a person can do with backfills', () => {
  const bench = useBench()
  const { start, tick, finish } = bench

  it('counts what a filter matches', async () => {
    await insertRecords(bench.database, 25)
    assert.equal(await bench.backfills.count({ sourceModel: 'Order', scope }), 25)
    assert.equal(
      await bench.backfills.count({ sourceModel: 'Order', scope, filter: { status: 'paid', from: ' ' } }),
      12,
    )
  })

  it('lists the runs of a connection, newest first', async () => {
    const first = await start()
    const second = await start({ filter: { status: 'paid' } })
    const other = await insertConnection(bench.database)
    const third = (await bench.backfills.start({ connectionId: other, sourceModel: 'Order', scope, actor: 'Bob' }))
      .runId
    const idsOf = async (options: object) => (await bench.backfills.list(options)).map(({ id }) => id)
    assert.deepEqual(await idsOf({ connectionId: bench.connectionId }), [second, first])
    assert.deepEqual(await idsOf({}), [third, second, first])
    assert.deepEqual(await idsOf({ limit: 1 }), [third])
  })

  describe('pause, resume and stop', () => {
    it('enqueues nothing while paused, and goes on where it was', async () => {
      await insertRecords(bench.database, 700)
      const runId = await start()
      await bench.backfills.pause({ runId, actor: 'Bob' })
      assert.equal((await tick()).activeCount, 0)
      await bench.backfills.resume({ runId, actor: 'Bob' })
      assert.equal((await bench.backfills.report(runId)).state, 'waiting')
      await tick()
      await bench.backfills.pause({ runId, actor: 'Bob' })
      await playQueue(bench.database)
      await tick()
      assert.equal((await bench.backfills.report(runId)).enqueuedCount, 10)
      await bench.backfills.resume({ runId, actor: 'Bob' })
      assert.equal((await bench.backfills.report(runId)).state, 'canary')
      await tick()
      await bench.backfills.pause({ runId, actor: 'Bob' })
      await bench.backfills.resume({ runId, actor: 'Bob' })
      assert.equal((await bench.backfills.report(runId)).state, 'running')
      assert.equal((await finish(runId)).doneCount, 700)
      assert.deepEqual(await countEnqueued(bench.database), { subjects: 700, doubles: 0 })
    })

    it('takes back its own waiting jobs when stopped, and no others', async () => {
      await insertRecords(bench.database, 300)
      const runId = await start()
      await tick()
      await playQueue(bench.database)
      await tick()
      const mark = (id: number, change: string) =>
        bench.database.executeSql(`update outbound_sync.sync_job set ${change} where source_id = $1`, [String(id)])
      await mark(11, `state = 'in_flight'`)
      await mark(12, `triggers = triggers || '[{"name": "order_changed", "at": "2026-11-22T00:00:00Z"}]'`)
      await mark(13, `priority = 10`)
      await mark(
        14,
        `triggers = triggers || jsonb_build_array(jsonb_build_object('name', 'backfill', 'run', '${randomUUID()}'))`,
      )
      await bench.database.executeSql(
        `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id, priority)
         values ($1, $2, 'Order', '99', 0)`,
        [bench.connectionId, scope],
      )
      assert.deepEqual(await bench.backfills.stop({ runId, actor: 'Bob' }), { canceledCount: 286 })
      const report = await bench.backfills.report(runId)
      assert.deepEqual([report.state, report.reason], ['stopped', 'Stopped by Bob.'])
      assert.deepEqual([report.doneCount, report.skippedCount, report.failedCount], [296, 286, 0])
      assert.equal(await countJobs(bench.database), 5)
      const { rows } = await bench.database.executeSql(
        `select outcome, message, run_id, count(*)::int as count from outbound_sync.attempt group by 1, 2, 3`,
      )
      assert.deepEqual(rows, [{ outcome: 'canceled', message: 'Stopped by Bob.', run_id: runId, count: 286 }])
      await tick()
      assert.equal((await bench.backfills.report(runId)).enqueuedCount, 300)
    })

    it('refuses what its state does not allow, in a sentence', async () => {
      const runId = await start()
      const by = { runId, actor: 'Bob' }
      await rejects(bench.backfills.resume(by), 'TransitionError', /cannot be resumed: it is waiting/)
      await bench.backfills.pause(by)
      await rejects(bench.backfills.pause(by), 'TransitionError', /cannot be paused: it is paused/)
      await bench.backfills.stop(by)
      await rejects(bench.backfills.stop(by), 'TransitionError', /cannot be stopped: it is stopped/)
      await rejects(bench.backfills.resume(by), 'TransitionError', /cannot be resumed: it is stopped/)
      for (const missing of [randomUUID(), `' or 1=1`]) {
        await rejects(
          bench.backfills.pause({ runId: missing, actor: 'Bob' }),
          'OutboundSyncError',
          /There is no backfill/,
        )
        await rejects(bench.backfills.report(missing), 'OutboundSyncError', /There is no backfill/)
      }
    })

    it('writes who did it into the audit', async () => {
      const runId = await start({ filter: { status: 'paid' } })
      await bench.backfills.pause({ runId, actor: 'Bob' })
      await bench.backfills.resume({ runId, actor: 'Cid' })
      await bench.backfills.stop({ runId, actor: 'Dee' })
      const { rows } = await bench.database.executeSql(
        'select actor, action, scope, target, before, after from outbound_sync.audit_entry order by id',
      )
      const target = `sync_run:${runId}`
      assert.deepEqual(rows, [
        {
          actor: 'Ann',
          action: 'backfill.started',
          scope,
          target,
          before: null,
          after: { connectionId: bench.connectionId, sourceModel: 'Order', filter: { status: 'paid' } },
        },
        {
          actor: 'Bob',
          action: 'backfill.paused',
          scope,
          target,
          before: { state: 'waiting' },
          after: { state: 'paused' },
        },
        {
          actor: 'Cid',
          action: 'backfill.resumed',
          scope,
          target,
          before: { state: 'paused' },
          after: { state: 'waiting' },
        },
        {
          actor: 'Dee',
          action: 'backfill.stopped',
          scope,
          target,
          before: { state: 'waiting' },
          after: { state: 'stopped', canceledCount: 0 },
        },
      ])
    })
  })

  describe('starting one', () => {
    const refusals: { says: string; changes: () => object; kind: ErrorKind; message: RegExp }[] = [
      {
        says: 'a scope above the connection',
        changes: () => ({ scope: '' }),
        kind: 'SyncConfigError',
        message: /for "": it serves "organizer:acme" and what lies below/,
      },
      {
        says: 'the scope of a neighbour',
        changes: () => ({ scope: 'organizer:acme2' }),
        kind: 'SyncConfigError',
        message: /for "organizer:acme2"/,
      },
      {
        says: 'a connection that is not there',
        changes: () => ({ connectionId: 'nobody' }),
        kind: 'TransitionError',
        message: /"nobody" cannot start: there is no such connection/,
      },
      {
        says: 'an unknown source model',
        changes: () => ({ sourceModel: 'Ordre' }),
        kind: 'SyncConfigError',
        message: /no source model "Ordre" to list records of\. Did you mean "Order"\?/,
      },
      {
        says: 'filters at fault, each by name',
        changes: () => ({ filter: { stauts: 'paid', status: 'lost', from: '2026-02-30' } }),
        kind: 'SyncConfigError',
        message:
          /stauts: there is no such filter\. Did you mean "status"\?; status: "lost" is none of paid, open; from: "2026-02-30" is no date/,
      },
    ]
    for (const { says, changes, kind, message } of refusals) {
      it(`refuses ${says}`, async () => {
        await rejects(start(changes()), kind, message)
        assert.deepEqual(await bench.backfills.list(), [])
      })
    }

    it('refuses a connection that is disabled', async () => {
      await bench.database.executeSql(`update outbound_sync.connection set state = 'disabled'`)
      await rejects(start(), 'TransitionError', /cannot start: it is disabled\. Enable it first/)
    })
  })
})

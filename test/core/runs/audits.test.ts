import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Finding } from '../../../core/runs/judge-records.ts'
import { insertRecords, letTimePass, playQueue, scope } from './run-bench.ts'
import { rejects, useBench } from './use-bench.ts'

describe('an audit', () => {
  const bench = useBench()
  const { tick } = bench
  const sql = async (text: string, values: readonly unknown[] = []) =>
    (await bench.database.executeSql<Record<string, unknown>>(text, values)).rows

  const insertLink = (id: string, { epoch = 1 } = {}) =>
    sql(
      `with thing as (
         insert into outbound_sync.external_object (connection_id, object_type, id_field, id_value)
         values ($1, 'deal', 'code', $2) returning id
       )
       insert into outbound_sync.sync_link
         (connection_id, source_model, source_id, mapping_key, subject_model, subject_id, external_object_id, sent_hash, sent_epoch)
       select $1, 'OrderPosition', 'p' || $2, 'deal', 'Order', $2, id, 'hash', $3 from thing`,
      [bench.connectionId, id, epoch],
    )
  const insertAttempt = (
    id: string,
    outcome: string,
    { message = null as string | null, run = null as string | null } = {},
  ) =>
    sql(
      `insert into outbound_sync.attempt
         (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
          failed_attempts, worker, run_id, duration_ms)
       values (nextval('outbound_sync.fence'), 1, $1, $2, 'Order', $3, $3, '', $4, $5, '[]', 0, '', $6, 1)`,
      [bench.connectionId, scope, id, outcome, message, run],
    )
  const insertJob = (id: string, columns: Record<string, string> = {}) =>
    sql(
      `insert into outbound_sync.sync_job
         (connection_id, scope, source_model, source_id${Object.keys(columns)
           .map((name) => `, ${name}`)
           .join('')})
       values ($1, $2, 'Order', $3${Object.values(columns)
         .map((value) => `, ${value}`)
         .join('')})`,
      [bench.connectionId, scope, id],
    )

  async function audit(changes: object = {}): Promise<string> {
    const { runId } = await bench.audits.start({
      ...{ connectionId: bench.connectionId, sourceModel: 'Order', scope, actor: 'Ann' },
      ...changes,
    })
    for (let round = 0; round < 50; round += 1) {
      await tick()
      if ((await bench.audits.report(runId)).state === 'finished') return runId
    }
    throw new Error(JSON.stringify(await bench.audits.report(runId)))
  }
  const findingsOf = async (runId: string) =>
    (await bench.audits.entries({ runId, finding: null, after: null, limit: 100 })).map(
      ({ sourceId, finding, message }) => [sourceId, finding, message],
    )

  const cases: [name: string, setUp: () => Promise<unknown>, finding: Finding, message?: string | null][] = [
    ['nothing was ever done with it', async () => undefined, 'never_synced', null],
    ['it was sent', async () => [await insertLink('1'), await insertAttempt('1', 'succeeded')], 'complete'],
    ['it has an object, and its history is no longer kept', () => insertLink('1'), 'complete'],
    ['it was sent, and nothing had to be kept of it', () => insertAttempt('1', 'succeeded'), 'complete'],
    ['it was skipped', () => insertAttempt('1', 'skipped', { message: 'a test order' }), 'complete'],
    [
      'it was skipped now and sent to an earlier account',
      async () => [await insertLink('1', { epoch: 0 }), await insertAttempt('1', 'skipped')],
      'complete',
    ],
    ['it waits', () => insertJob('1'), 'waiting'],
    [
      'it waits for its next try',
      () => insertJob('1', { failed_attempts: '2', not_before: `now() + interval '2 hours'` }),
      'waiting',
    ],
    ['it is being sent', () => insertJob('1', { state: `'in_flight'` }), 'waiting'],
    [
      'it failed, and waits again since the record was changed',
      async () => [await insertJob('1', { state: `'needs_attention'`, reason: `'permanent'` }), await insertJob('1')],
      'waiting',
    ],
    [
      'it has been due since yesterday',
      () => insertJob('1', { not_before: `now() - interval '1 day'`, message: `'The remote is down.'` }),
      'overdue',
      'The remote is down.',
    ],
    [
      'its answer is overdue',
      () => insertJob('1', { state: `'submitted'`, check_at: `now() - interval '1 day'` }),
      'overdue',
      null,
    ],
    [
      'it needs attention, whatever arrived before',
      async () => [
        await insertLink('1'),
        await insertAttempt('1', 'permanent'),
        await insertJob('1', { state: `'needs_attention'`, reason: `'permanent'`, message: `'bad e-mail'` }),
      ],
      'failed',
      'bad e-mail',
    ],
    [
      'somebody canceled it',
      async () => [await insertLink('1'), await insertAttempt('1', 'canceled', { message: 'Canceled by Ann.' })],
      'canceled',
      'Canceled by Ann.',
    ],
    [
      'a backfill was stopped before it was sent',
      () => insertAttempt('1', 'canceled', { run: crypto.randomUUID(), message: 'Stopped by Ann.' }),
      'never_synced',
      null,
    ],
    [
      'it was sent to an earlier account',
      async () => [await insertLink('1', { epoch: 0 }), await insertAttempt('1', 'succeeded')],
      'stale',
      null,
    ],
    [
      'one of its objects was left at an earlier account, where it has no place any more',
      async () => [
        await insertLink('1', { epoch: 0 }),
        await sql(
          `insert into outbound_sync.sync_link (connection_id, source_model, source_id, mapping_key, subject_model, subject_id,
           external_object_id, sent_hash, sent_epoch)
         select connection_id, source_model, 'q', 'other', subject_model, subject_id, external_object_id, 'h', 1 from outbound_sync.sync_link`,
        ),
      ],
      'complete',
    ],
    [
      'its last try ended badly and its job is lost',
      async () => [await insertLink('1'), await insertAttempt('1', 'retry', { message: 'reset' })],
      'stale',
      'The last try ended as “retry”: reset',
    ],
    [
      'its only try ended badly and its job is lost',
      () => insertAttempt('1', 'retry'),
      'never_synced',
      'The last try ended as “retry”.',
    ],
    [
      'a late result of it was refused after it had been sent',
      async () => [
        await insertLink('1'),
        await insertAttempt('1', 'succeeded'),
        await insertAttempt('1', 'superseded'),
      ],
      'complete',
    ],
    ['another connection has it', async () => insertOther(), 'never_synced', null],
  ]

  async function insertOther(): Promise<void> {
    await insertLink('1')
    await insertAttempt('1', 'succeeded')
    for (const table of ['sync_link', 'attempt']) {
      await sql(`update outbound_sync.${table} set connection_id = gen_random_uuid()`)
    }
  }

  for (const [name, setUp, finding, message] of cases) {
    it(`finds ${finding}: ${name}`, async () => {
      await insertRecords(bench.database, 1)
      await setUp()
      const report = await bench.audits.report(await audit())
      assert.equal(report.counts[finding], 1, JSON.stringify(report.counts))
      assert.equal(report.checkedCount, 1)
      const isListed = ['never_synced', 'stale', 'failed', 'overdue', 'canceled'].includes(finding)
      assert.deepEqual(await findingsOf(report.runId), isListed ? [['1', finding, message]] : [])
    })
  }

  it('reports to the hook and in the log, also that nothing is missing', async () => {
    await insertRecords(bench.database, 3)
    await insertLink('2')
    const runId = await audit()
    assert.deepEqual(
      bench.audited.map(({ runId: id, checkedCount, missingCount, sendableCount, counts }) => [
        ...[id, checkedCount, missingCount, sendableCount, counts.complete],
      ]),
      [[runId, 3, 2, 2, 1]],
    )
    assert.equal(bench.warnings.length, 1)
    assert.match(bench.warnings[0] ?? '', /"missingCount":2/)
    await insertLink('1')
    await insertLink('3')
    await audit()
    assert.equal(bench.audited.at(-1)?.missingCount, 0)
    assert.equal(bench.warnings.length, 1)
  })

  it('reads page by page with little in memory, and takes only the records of the filter', async () => {
    await insertRecords(bench.database, 1_300)
    const limits: number[] = []
    const page = bench.model.page
    bench.model = {
      ...bench.model,
      page: (after, filter, options) => {
        limits.push(options.limit)
        return page(after, filter, options)
      },
    }
    const report = await bench.audits.report(await audit({ filter: { status: 'paid' } }))
    assert.deepEqual([report.totalCount, report.checkedCount, report.missingCount], [650, 650, 650])
    assert.deepEqual(limits, [500, 500])
  })

  it('expects nothing where the plugin is switched off', async () => {
    await insertRecords(bench.database, 2)
    const { database } = bench
    await sql(`update record set scope = 'organizer:acme/event:off' where id = 2`)
    bench.driver = bench.createDriver({ switchedOff: 'organizer:acme/event:off' })
    const report = await bench.audits.report(await audit())
    assert.deepEqual([report.counts.plugin_off, report.counts.never_synced], [1, 1])
    assert.ok(database)
  })

  it('goes on after a failed page, and after its worker died', async () => {
    await insertRecords(bench.database, 1_200)
    let calls = 0
    const page = bench.model.page
    bench.model = {
      ...bench.model,
      page: async (...args) => {
        calls += 1
        if (calls === 2) throw new Error('the shop is down')
        return page(...args)
      },
    }
    const { runId } = await bench.audits.start({
      ...{ connectionId: bench.connectionId, sourceModel: 'Order', scope, actor: 'Ann' },
    })
    await tick()
    assert.equal((await bench.audits.report(runId)).checkedCount, 500)
    await letTimePass(bench.database, '20 seconds')
    const heir = bench.createDriver()
    await heir.tick(new AbortController().signal)
    const report = await bench.audits.report(runId)
    assert.deepEqual([report.state, report.checkedCount, report.missingCount], ['finished', 1_200, 1_200])
    assert.equal((await bench.audits.entries({ runId, finding: null, after: null, limit: 2_000 })).length, 1_200)
  })

  it('is finished by another driver when the last page was in and its worker died', async () => {
    await insertRecords(bench.database, 2)
    const runId = await audit()
    await sql(`update outbound_sync.sync_run set state = 'running', finished_at = null where id = $1`, [runId])
    await tick()
    const report = await bench.audits.report(runId)
    assert.deepEqual([report.state, report.checkedCount, report.missingCount], ['finished', 2, 2])
  })

  it('is paused, resumed and stopped', async () => {
    await insertRecords(bench.database, 10)
    const { runId } = await bench.audits.start({
      ...{ connectionId: bench.connectionId, sourceModel: 'Order', scope, actor: 'Ann' },
    })
    await bench.audits.pause({ runId, actor: 'Bob' })
    await tick()
    assert.equal((await bench.audits.report(runId)).checkedCount, 0)
    await bench.audits.resume({ runId, actor: 'Bob' })
    await tick()
    assert.equal((await bench.audits.report(runId)).state, 'finished')
    await rejects(
      bench.audits.stop({ runId, actor: 'Bob' }),
      'TransitionError',
      /The audit cannot be stopped: it is finished/,
    )
  })

  it('refuses a connection that cannot be sent to, and records it does not know', async () => {
    const start = (changes: object) =>
      bench.audits.start({ connectionId: bench.connectionId, sourceModel: 'Order', scope, actor: 'Ann', ...changes })
    await rejects(start({ sourceModel: 'Oder' }), 'SyncConfigError', /Did you mean/)
    await rejects(start({ scope: 'organizer:other' }), 'SyncConfigError', /An audit of .* cannot start/)
    await sql(`update outbound_sync.connection set state = 'disabled'`)
    await rejects(start({}), 'TransitionError', /it is disabled/)
  })

  it('has one action that sends what is missing and not in the queue, behind live work and ten first', async () => {
    await insertRecords(bench.database, 40)
    for (let id = 1; id <= 10; id += 1) await insertLink(String(id))
    await insertLink('11', { epoch: 0 })
    await insertJob('12', { state: `'needs_attention'`, reason: `'permanent'` })
    const runId = await audit()
    const report = await bench.audits.report(runId)
    assert.deepEqual([report.missingCount, report.sendableCount, report.sendRunId], [30, 29, null])
    const send = await bench.audits.sendMissing({ runId, actor: 'Bob' })
    await rejects(
      bench.audits.sendMissing({ runId, actor: 'Cid' }),
      'TransitionError',
      /a backfill of it is on its way already/,
    )
    assert.equal((await bench.audits.report(runId)).sendRunId, send.runId)
    await tick()
    assert.equal((await bench.backfills.report(send.runId)).enqueuedCount, 10)
    await sql(`delete from outbound_sync.sync_job where state = 'needs_attention'`)
    const sent = await bench.finish(send.runId)
    assert.deepEqual([sent.state, sent.totalCount, sent.doneCount, sent.actor], ['finished', 29, 29, 'Bob'])
    const ids = await sql('select distinct source_id::int as id, priority from enqueue_log order by 1')
    assert.deepEqual(
      ids,
      [11, ...Array.from({ length: 28 }, (_, index) => index + 13)].map((id) => ({ id, priority: 0 })),
    )
    await playQueue(bench.database)
  })

  it('has nothing to send while it looks, and when everything is there', async () => {
    await insertRecords(bench.database, 1)
    await insertLink('1')
    const open = await bench.audits.start({
      connectionId: bench.connectionId,
      sourceModel: 'Order',
      scope,
      actor: 'Ann',
    })
    const by = { runId: open.runId, actor: 'Ann' }
    await rejects(bench.audits.sendMissing(by), 'TransitionError', /it is waiting\. Wait for its end/)
    await tick()
    await rejects(bench.audits.sendMissing(by), 'TransitionError', /everything missing is in the queue already/)
    await rejects(bench.audits.report(bench.connectionId), 'OutboundSyncError', /There is no audit/)
  })

  it('is started by the schedule for every active connection and what its mappings begin at, one at a time', async () => {
    const mapping = { sourceModel: 'Order', externalObjectType: 'deal', sourceIdField: 'code', externalIdField: 'code' }
    await sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
       values ($1, 1, $2, 'test', now())`,
      [bench.connectionId, JSON.stringify(['a', 'b'].map((key) => ({ ...mapping, key, propertyMappings: [] })))],
    )
    assert.deepEqual(await bench.audits.startScheduled(), { startedCount: 1 })
    assert.deepEqual(await bench.audits.startScheduled(), { startedCount: 0 })
    await tick()
    assert.deepEqual(await bench.audits.newest([bench.connectionId]).then((all) => all.map(({ actor }) => actor)), [
      'the schedule',
    ])
    const both = await Promise.all([bench.audits.startScheduled(), bench.audits.startScheduled()])
    assert.deepEqual(both.map(({ startedCount }) => startedCount).sort(), [0, 1])
    await tick()
    await sql(`update outbound_sync.connection set state = 'disabled'`)
    assert.deepEqual(await bench.audits.startScheduled(), { startedCount: 0 })
  })

  it('looks through 20,000 records without much memory or time', async (t) => {
    await insertRecords(bench.database, 20_000)
    await sql(
      `insert into outbound_sync.sync_link
         (connection_id, source_model, source_id, mapping_key, subject_model, subject_id, external_object_id, sent_hash, sent_epoch)
       select $1, 'Order', n::text, 'deal', 'Order', n::text, n, 'hash', 1 from generate_series(1, 19990) n`,
      [bench.connectionId],
    )
    const began = performance.now()
    const report = await bench.audits.report(await audit())
    const tookMs = performance.now() - began
    t.diagnostic(`${Math.round(tookMs)} ms for 20,000 records`)
    assert.deepEqual([report.checkedCount, report.counts.complete, report.missingCount], [20_000, 19_990, 10])
    assert.ok(tookMs < 60_000)
  })
})

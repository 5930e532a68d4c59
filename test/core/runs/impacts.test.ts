import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { ImpactReport } from '../../../core/runs/impact-report.ts'
import { countEnqueued, countJobs, insertRecords, letTimePass, playQueue, recordModel, scope } from './run-bench.ts'
import { rejects, useBench } from './use-bench.ts'

const mapping = (key: string, changes: object = {}) => ({
  ...{ key, sourceModel: 'Order', externalObjectType: 'deal', sourceIdField: 'order_code', externalIdField: 'code' },
  ...{ propertyMappings: [{ externalField: 'amount', source: { field: 'order_total' } }], ...changes },
})

describe('an impact', () => {
  const bench = useBench()
  const { tick } = bench
  const sql = async (text: string, values: readonly unknown[] = []) =>
    (await bench.database.executeSql<Record<string, unknown>>(text, values)).rows

  let revision: number | null
  beforeEach(() => {
    revision = null
  })
  async function saveDraft(document: unknown): Promise<void> {
    const { connectionId } = bench
    revision = (await bench.mappings.saveDraft({ connectionId, revision, document, actor: 'Ann' })).revision
  }
  async function publish(): Promise<void> {
    const { connectionId } = bench
    const over = (await bench.mappings.published(connectionId))?.version ?? null
    await bench.mappings.publish({ connectionId, revision, over, actor: 'Ann' })
    revision = null
  }
  const start = async (changes: object = {}): Promise<string> =>
    (await bench.impacts.start({ connectionId: bench.connectionId, actor: 'Ann', ...changes })).runId
  async function finish(runId: string): Promise<ImpactReport> {
    for (let round = 0; round < 20; round += 1) {
      await tick()
      const report = await bench.impacts.report(runId)
      if (report.state === 'finished') return report
    }
    throw new Error(JSON.stringify(await bench.impacts.report(runId)))
  }
  const count = async (changes: object = {}): Promise<ImpactReport> => finish(await start(changes))

  it('counts what the draft would do with every record, and sends nothing', async () => {
    await insertRecords(bench.database, 450)
    await saveDraft([mapping('deals')])
    const report = await count()
    assert.deepEqual([report.totalCount, report.checkedCount, report.affectedCount], [450, 450, 315])
    assert.deepEqual(report.figures.records, {
      ...{ sends: 270, nothing_to_do: 45, skipped: 45, waiting: 45, failed: 45, gone: 0, plugin_off: 0 },
    })
    const [deal] = report.figures.objectTypes
    assert.deepEqual([deal?.actions.create, deal?.actions.update, deal?.actions.delete], [225, 45, 0])
    assert.deepEqual(deal?.fields, [{ name: 'amount', count: 45, example: { model: 'Order', id: '4', label: 'K4' } }])
    assert.deepEqual(report.figures.causes.map(({ kind, count, example }) => [kind, count, example.id]).sort(), [
      ['failed', 45, '10'],
      ['skipped', 45, '2'],
      ['waiting', 45, '3'],
    ])
    assert.deepEqual([report.isOfDraft, report.isDraftNow, report.isInForce], [true, true, false])
    assert.deepEqual(
      await sql('select outcome, scope, count(*)::int as count from outbound_sync.run_entry group by 1, 2 order by 1'),
      [
        { outcome: 'failed', scope, count: 45 },
        { outcome: 'sends', scope, count: 270 },
        { outcome: 'waiting', scope, count: 45 },
      ],
    )
    assert.equal(await countJobs(bench.database), 0)
  })

  it('looks at the newest records only, when asked to', async () => {
    await insertRecords(bench.database, 450)
    await saveDraft([mapping('deals')])
    const report = await count({ newestCount: 20 })
    assert.deepEqual([report.totalCount, report.checkedCount], [20, 20])
    const [oldest] = await sql('select min(source_id::int) as id from outbound_sync.run_entry')
    assert.equal(oldest?.id, 433)
    assert.equal((await count({ newestCount: 10_000 })).checkedCount, 450)
  })

  it('reads every kind of record that the draft or the mapping in force begins at', async () => {
    bench.otherModels = [
      recordModel(bench.database, { name: 'Product' }),
      recordModel(bench.database, { name: 'Customer' }),
      recordModel(bench.database, { name: 'Category' }),
    ]
    await insertRecords(bench.database, 250)
    await saveDraft([mapping('products', { sourceModel: 'Product' })])
    await publish()
    await saveDraft([
      mapping('deals'),
      mapping('customers', { sourceModel: 'Customer' }),
      mapping('categories', { sourceModel: 'Category', isEnabled: false }),
    ])
    const report = await count({ newestCount: 40 })
    assert.deepEqual(report.models, ['Order', 'Customer', 'Product'])
    assert.deepEqual([report.totalCount, report.checkedCount], [120, 120])
    assert.deepEqual(
      await sql(
        'select source_model as model, count(*)::int as count from outbound_sync.run_entry group by 1 order by 1',
      ),
      ['Customer', 'Order', 'Product'].map((model) => ({ model, count: 32 })),
    )
  })

  it('expects nothing in scopes where the plugin is switched off', async () => {
    await insertRecords(bench.database, 10)
    await sql(`update record set scope = $1 where id > 6`, [`${scope}/event:quiet`])
    await saveDraft([mapping('deals')])
    const runId = await start()
    await bench.createDriver({ switchedOff: `${scope}/event:quiet` }).tick(new AbortController().signal)
    const { figures } = await bench.impacts.report(runId)
    assert.deepEqual([figures.records.plugin_off, figures.records.sends], [4, 3])
  })

  it('judges the draft that it was begun with, and tells when that is not the draft any more', async () => {
    await insertRecords(bench.database, 20)
    await saveDraft([mapping('deals')])
    const runId = await start()
    await saveDraft([mapping('deals', { externalObjectType: 'contact' })])
    assert.equal((await finish(runId)).isDraftNow, false)
    await saveDraft([mapping('deals')])
    assert.equal((await bench.impacts.report(runId)).isDraftNow, true, 'it was changed back')
    await publish()
    const { isInForce, hasDraft } = await bench.impacts.report(runId)
    assert.deepEqual([isInForce, hasDraft], [true, false])
    const ofPublished = await count()
    assert.deepEqual([ofPublished.isOfDraft, ofPublished.isInForce], [false, true])
  })

  it('is not begun twice for one draft, and gives way to one of a newer draft', async () => {
    await saveDraft([mapping('deals')])
    const first = await start()
    assert.equal(await start(), first)
    const narrowed = await start({ newestCount: 5, actor: 'Bob' })
    assert.notEqual(narrowed, first)
    const { state, reason } = await bench.impacts.report(first)
    assert.deepEqual([state, reason], ['stopped', 'Stopped, because Bob has another count made.'])
    const together = await Promise.all([1, 2, 3, 4].map(() => start({ newestCount: 7 })))
    assert.equal(new Set(together).size, 1)
    assert.equal((await bench.impacts.newest(bench.connectionId))?.runId, together[0])
  })

  it('is refused where there is nothing to judge', async () => {
    await rejects(start(), 'TransitionError', /has no mapping yet\. Save a draft/)
    await saveDraft([mapping('deals', { sourceModel: 'Ordr' })])
    await rejects(start(), 'SyncConfigError', /no mapping is switched on that begins at records/)
    await sql(`update outbound_sync.connection set state = 'deleted'`)
    bench.otherModels = [recordModel(bench.database, { name: 'Ordr' })]
    await rejects(start(), 'TransitionError', /does not exist any more/)
  })

  it('can be paused, resumed and stopped, and ends with its connection', async () => {
    await insertRecords(bench.database, 20)
    await saveDraft([mapping('deals')])
    const runId = await start()
    await bench.impacts.pause({ runId, actor: 'Ann' })
    await tick()
    assert.deepEqual([(await bench.impacts.report(runId)).checkedCount, await countJobs(bench.database)], [0, 0])
    await bench.impacts.resume({ runId, actor: 'Ann' })
    assert.equal((await finish(runId)).checkedCount, 20)
    const stopped = await start()
    await bench.impacts.stop({ runId: stopped, actor: 'Ann' })
    await tick()
    assert.equal((await bench.impacts.report(stopped)).state, 'stopped')
    const orphan = await start()
    await sql(`update outbound_sync.connection set state = 'deleted'`)
    await tick()
    assert.match((await bench.impacts.report(orphan)).reason ?? '', /connection was deleted/)
  })

  it('stops to be written by a driver that was stuck while a person stopped it', async () => {
    await insertRecords(bench.database, 20)
    await saveDraft([mapping('deals')])
    const runId = await start()
    const plain = bench.model
    bench.model = recordModel(bench.database, {
      async page(...args) {
        const page = await plain.page(...args)
        await bench.impacts.stop({ runId, actor: 'Ann' })
        return page
      },
    })
    await tick()
    const { state, checkedCount } = await bench.impacts.report(runId)
    assert.deepEqual([state, checkedCount], ['stopped', 0])
    assert.deepEqual(await sql('select * from outbound_sync.run_entry'), [])
  })

  it('fails with a reason when the records cannot be read, and goes on when resumed', async () => {
    await insertRecords(bench.database, 300)
    await saveDraft([mapping('deals')])
    const runId = await start()
    const plain = bench.model
    let callCount = 0
    bench.model = recordModel(bench.database, {
      async page(...args) {
        callCount += 1
        if (callCount > 1) throw new Error('the shop is closed')
        return plain.page(...args)
      },
    })
    for (let round = 0; round < 3; round += 1) {
      await tick()
      await letTimePass(bench.database, '15 seconds')
    }
    const failed = await bench.impacts.report(runId)
    assert.deepEqual([failed.state, failed.checkedCount], ['failed', 200])
    assert.match(failed.reason ?? '', /Order records could not be listed, tried 3 times: the shop is closed/)
    bench.model = plain
    await bench.impacts.resume({ runId, actor: 'Ann' })
    assert.equal((await finish(runId)).checkedCount, 300)
  })

  it('stores what a host calls its records, whatever that is', async () => {
    await insertRecords(bench.database, 2)
    await saveDraft([mapping('deals')])
    const report = await finish(await startWithLabels('a\0b\ud800<b>'))
    assert.equal(report.figures.causes[0]?.example.label, 'a\ufffdb\ufffd<b>')
  })
  async function startWithLabels(label: string): Promise<string> {
    const runId = await start()
    bench.previewSubjects = async ({ subjects }) =>
      subjects.map((subject) => ({ subject, label, scope, verdict: 'failed', reason: `No ${label}.`, objects: [] }))
    return runId
  }

  describe('that has found affected records', () => {
    beforeEach(async () => {
      await insertRecords(bench.database, 30)
      await saveDraft([mapping('deals')])
    })

    it('offers to send them once its draft is in force, and sends exactly those', async () => {
      const { runId, isResyncOpen } = await count()
      assert.equal(isResyncOpen, false)
      await rejects(
        bench.impacts.resyncAffected({ runId, actor: 'Ann' }),
        'TransitionError',
        /another mapping is in force/,
      )
      await publish()
      assert.equal((await bench.impacts.report(runId)).isResyncOpen, true)
      const [done, late] = await Promise.allSettled(
        [1, 2].map(() => bench.impacts.resyncAffected({ runId, actor: 'Ann' })),
      )
      assert.deepEqual([done?.status, late?.status].sort(), ['fulfilled', 'rejected'])
      const report = await bench.impacts.report(runId)
      assert.deepEqual([report.resync, report.resyncActor, report.resyncRuns.length], ['now', 'Ann', 1])
      const [sender] = report.resyncRuns
      assert.equal(sender?.sourceModel, 'Order')
      const sent = await bench.finish(sender?.id ?? '')
      assert.deepEqual([sent.state, sent.totalCount, sent.doneCount], ['finished', 21, 21])
      assert.deepEqual(await countEnqueued(bench.database), { subjects: 21, doubles: 0 })
      const ids = await sql(`select distinct right(source_id, 1) as digit from enqueue_log order by 1`)
      assert.deepEqual(
        ids.map(({ digit }) => digit),
        ['3', '4', '5', '6', '7', '8', '9'],
      )
    })

    it('keeps them for later until they are sent, beside a newer count, and forgets them when told never', async () => {
      await publish()
      const { runId } = await count()
      await bench.impacts.decideResync({ runId, choice: 'later', actor: 'Ann' })
      assert.deepEqual(
        (await bench.impacts.postponed(bench.connectionId)).map((one) => one.runId),
        [runId],
      )
      const newer = await count()
      assert.equal((await bench.impacts.report(runId)).isResyncOpen, true)
      await bench.impacts.decideResync({ runId: newer.runId, choice: 'never', actor: 'Bob' })
      const never = await bench.impacts.report(newer.runId)
      assert.deepEqual([never.isResyncOpen, never.resync, never.resyncActor], [false, 'never', 'Bob'])
      await rejects(
        bench.impacts.resyncAffected({ runId: newer.runId, actor: 'Ann' }),
        'TransitionError',
        /Bob has decided that they are not sent/,
      )
      await bench.impacts.resyncAffected({ runId, actor: 'Ann' })
      assert.deepEqual(await bench.impacts.postponed(bench.connectionId), [])
      await tick()
      await playQueue(bench.database)
      // A count that begins now leaves alone what is just being sent.
      await count()
      await bench.finish((await bench.impacts.report(runId)).resyncRuns[0]?.id ?? '')
      assert.deepEqual(await countEnqueued(bench.database), { subjects: 21, doubles: 0 })
    })

    it('gives them up for those of a newer count, and when another mapping is in force', async () => {
      await publish()
      const first = await count()
      const second = await count()
      assert.deepEqual([(await bench.impacts.report(first.runId)).isResyncOpen, second.isResyncOpen], [false, true])
      assert.deepEqual(await sql('select distinct run_id as id from outbound_sync.run_entry'), [{ id: second.runId }])
      await bench.impacts.decideResync({ runId: second.runId, choice: 'later', actor: 'Ann' })
      await saveDraft([mapping('deals', { externalObjectType: 'contact' })])
      await publish()
      assert.equal((await bench.impacts.report(second.runId)).isResyncOpen, false)
      assert.deepEqual(await bench.impacts.postponed(bench.connectionId), [])
    })
  })
})

// When the breaker opens, what is told before, and who may probe.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { failingPercent, judgeEnds, returnProbe, takeProbe } from '../../../core/queue/breaker.ts'
import type { ClaimedJob } from '../../../core/queue/claimed-job.ts'
import type { Outcome } from '../../../core/queue/outcome.ts'
import type { JobEnd } from '../../../core/queue/record-ends.ts'
import { type SentObject, writeSentObjects } from '../../../core/sync/write-ledger.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

describe('how near the breaker is to opening', () => {
  const table: [tried: number, failed: number, percent: number][] = [
    [1, 1, 14],
    [4, 4, 57],
    [7, 7, 99],
    [9, 9, 99],
    [10, 6, 85],
    [10, 7, 100],
    [100, 69, 98],
    [100, 70, 100],
    [200, 200, 100],
    [200, 0, 0],
  ]
  for (const [triedCount, failedCount, percent] of table) {
    it(`is ${percent} % for ${failedCount} of ${triedCount} tries`, () => {
      assert.equal(failingPercent({ triedCount, failedCount }), percent)
    })
  }
})

describe('the breaker', () => {
  let fixture: QueueFixture
  let connectionId: string
  let nextFence = 1
  before(async () => {
    fixture = await createQueueFixture()
  })
  after(() => fixture.close())
  beforeEach(async () => {
    await fixture.rows('delete from outbound_sync.attempt')
    await fixture.rows('delete from outbound_sync.account_gate')
    connectionId = await fixture.addConnection()
  })

  const noneUnderWay = { worker: 'w', answeredUnderWay: () => 0 }
  const failure: Outcome = { kind: 'retry', delayMs: 1, message: 'refused the connection' }
  const success: Outcome = { kind: 'succeeded' }
  const end = (outcome: Outcome, isProbe = false, id = connectionId): JobEnd => ({
    // Of a claimed job only the connection matters here.
    job: { connectionId: id } as ClaimedJob,
    ...{ label: '', objects: [], mustFinalize: false, mappingVersion: null, durationMs: 1, secrets: [] },
    ...{ outcome, isProbe, accountKey: id },
  })
  const record = async (outcome: Outcome, count: number, minutesAgo = 0) => {
    for (let n = 0; n < count; n++) {
      await fixture.rows(
        `insert into outbound_sync.attempt (id, job_id, connection_id, scope, source_model, source_id, source_label, stream,
           outcome, triggers, failed_attempts, worker, duration_ms, finished_at)
         values ($1, 1, $2, '', 'Order', '1', '1', '', $3, '[]', 0, 'w', 1, now() - make_interval(mins => $4))`,
        [nextFence++, connectionId, outcome.kind, minutesAgo],
      )
    }
  }
  const sentDeal = (sourceId: string): SentObject => ({
    ...{ connectionId, objectType: 'deal', idField: 'code', idValue: sourceId, remoteId: sourceId, customs: null },
    ...{
      sentValues: {},
      href: null,
      displayName: null,
      sourceModel: 'Order',
      sourceId,
      stream: '',
      mappingKey: 'deal',
    },
    ...{ subjectModel: 'Order', subjectId: sourceId, sentHash: 'h', sentEpoch: 0, runId: null, replaces: null },
  })
  const judge = (...ends: JobEnd[]) =>
    fixture.database.transaction((session) => judgeEnds(session, fixture.database.schema, ends, noneUnderWay))
  const percents = async () => (await judge(end(failure))).map(({ percent }) => percent)
  const account = async () =>
    (
      await fixture.rows(
        `select breaker_reason as reason, extract(epoch from breaker_probe_at - now())::int as seconds,
                recovered_at is not null as recovered from outbound_sync.account_gate where account_key = $1`,
        [connectionId],
      )
    )[0]

  it('tells each level once on its way to opening, and opens with the last', async () => {
    const told: number[][] = []
    for (let n = 1; n <= 12; n++) {
      await record(failure, 1)
      told.push(await percents())
    }
    assert.deepEqual(told, [[], [], [], [50], [70], [], [90], [], [], [100], [], []])
    const { reason, seconds } = (await account()) ?? {}
    assert.equal(reason, 'refused the connection')
    assert.ok(Number(seconds) > 25)
  })

  it('tells the levels in between when several are passed at once, to one process only', async () => {
    await record(failure, 10)
    const told = await Promise.all(Array.from({ length: 5 }, percents))
    assert.deepEqual(told.flat(), [50, 70, 90, 100])
  })

  it('does not look beyond five minutes or two hundred tries, nor at what is no failure of the remote', async () => {
    await record(failure, 12, 6)
    assert.deepEqual(await percents(), [])
    await record({ kind: 'nothing_to_do' }, 5)
    await record(success, 20)
    await record(failure, 1)
    assert.deepEqual(await percents(), [])
    assert.equal(await account(), undefined)
  })

  it('does not take the first to end for all: what fails ends before what is answered', async () => {
    await record(failure, 10)
    const judge = (underWayCount: number) =>
      fixture.database.transaction((session) =>
        judgeEnds(session, fixture.database.schema, [end(failure)], {
          worker: 'w',
          answeredUnderWay: (id) => (id === connectionId ? underWayCount : 0),
        }),
      )
    // 10 of 40.
    assert.deepEqual(await judge(30), [])
    // 10 of 14.
    assert.deepEqual(
      (await judge(4)).map(({ percent, triedCount, failedCount }) => [percent, triedCount, failedCount]),
      [50, 70, 90, 100].map((percent) => [percent, 14, 10]),
    )
  })

  it('counts what other workers have had answered and go on with, as it counts what failed there', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => String(index + 100))
    await fixture.enqueue(connectionId, ids)
    const jobs = await fixture.claim(connectionId, { worker: 'another' })
    assert.equal(jobs.length, ids.length)
    await writeSentObjects(fixture.database, fixture.database.schema, ids.map(sentDeal))
    await record(failure, 10)
    // 10 of 40.
    assert.deepEqual(await percents(), [])
    // What this worker has under way it counts itself.
    await fixture.rows(`update outbound_sync.sync_job set worker = 'w'`)
    assert.deepEqual(await percents(), [50, 70, 90, 100])
  })

  it('does not count an answer of an earlier try', async () => {
    await fixture.enqueue(connectionId, ['100'])
    await writeSentObjects(fixture.database, fixture.database.schema, [sentDeal('100')])
    await record(failure, 10)
    await fixture.rows(`update outbound_sync.attempt set source_id = '100'`)
    await fixture.claim(connectionId, { worker: 'another' })
    const told = await judge(end(failure))
    assert.deepEqual([told.at(-1)?.triedCount, told.at(-1)?.failedCount], [10, 10])
  })

  it('costs nothing while all goes well', async () => {
    const statements: string[] = []
    const watched = {
      executeSql: (text: string) => {
        statements.push(text)
        return Promise.resolve({ rows: [] })
      },
    }
    await judgeEnds(
      watched,
      fixture.database.schema,
      [end(success), end({ kind: 'permanent', message: 'no' })],
      noneUnderWay,
    )
    assert.deepEqual(statements, [])
  })

  it('starts anew once the share has fallen', async () => {
    await record(failure, 5)
    assert.deepEqual(await percents(), [50, 70])
    await record(success, 60)
    assert.deepEqual(await percents(), [])
    await record(failure, 60)
    assert.deepEqual(await percents(), [50, 70])
  })

  it('gives one probe to one process, and closes with any answer of the remote', async () => {
    await record(failure, 10)
    await percents()
    assert.equal(await takeProbe(fixture.database, connectionId), false)
    await fixture.rows('update outbound_sync.account_gate set breaker_probe_at = now()')
    const taken = await Promise.all(Array.from({ length: 8 }, () => takeProbe(fixture.database, connectionId)))
    assert.equal(taken.filter(Boolean).length, 1)
    assert.ok(Number((await account())?.seconds) > 25)

    await judge(end(failure, true))
    assert.ok(Number((await account())?.seconds) > 25)
    await judge(end({ kind: 'skipped', message: 'not sent' }, true))
    assert.equal((await account())?.seconds, 0)
    await returnProbe(fixture.database, connectionId)
    assert.equal(await takeProbe(fixture.database, connectionId), true)
    await judge(end({ kind: 'permanent', message: 'the e-mail address is wrong' }, true))
    assert.deepEqual(await account(), { reason: null, seconds: null, recovered: true })
    // What failed before does not open it again.
    assert.deepEqual(await percents(), [])
  })
})

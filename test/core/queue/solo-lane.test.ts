import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClaimedJob } from '../../../core/queue/claimed-job.ts'
import { findDueConnections } from '../../../core/queue/due-connections.ts'
import { createJobActions } from '../../../core/queue/job-actions.ts'
import type { Outcome } from '../../../core/queue/outcome.ts'
import { recordEnds } from '../../../core/queue/record-ends.ts'
import { sweep } from '../../../core/queue/sweep.ts'
import { createIdentityLeases } from '../../../core/sync/leases.ts'
import { jobEnd } from '../../support/job-end.ts'
import { createQueueFixture, eventScope, type QueueFixture } from '../../support/queue-fixture.ts'

describe('the solo lane', () => {
  let queue: QueueFixture
  let connection: string
  before(async () => {
    queue = await createQueueFixture()
  })
  after(() => queue.close())

  const claimOne = async (lane: 'ordinary' | 'solo'): Promise<ClaimedJob> => {
    // A claim that could not use a ticket gives it back for half a second later.
    await queue.rows('update outbound_sync_boss.job set start_after = now()')
    const [job, ...others] = await queue.claim(connection, { lane })
    assert.ok(job)
    assert.deepEqual(others, [])
    return job
  }

  const begin = async (job: ClaimedJob): Promise<void> => {
    const leases = createIdentityLeases({ database: queue.database, worker: 'worker-1', leaseSeconds: 60 })
    const identity = { connectionId: connection, objectType: 'deal', idField: 'code', idValue: job.sourceId }
    assert.ok(await leases.acquire(identity, job.fence))
  }

  const killWorker = async () => {
    await queue.rows(`update outbound_sync.lease set until = now() - interval '1 second' where starts_with(key, $1)`, [
      connection,
    ])
    return sweep(queue)
  }

  const rows = () =>
    queue.rows(
      `select source_id, state, reason, solo, crash_count, failed_attempts from outbound_sync.sync_job
       where connection_id = $1 order by id`,
      [connection],
    )

  const due = async () => {
    const found = await findDueConnections(queue.database, queue.database.schema, [
      { identifier: 'test', version: '1.0.0' },
    ])
    return found.due.find(({ id }) => id === connection)
  }

  const newConnection = async (): Promise<void> => {
    connection = await queue.addConnection()
  }

  it('takes the job that a dead worker had begun, and only that one', async () => {
    await newConnection()
    await queue.enqueue(connection, ['1', '2', '3'])
    const claimed = await queue.claim(connection)
    const second = claimed.find(({ sourceId }) => sourceId === '2')
    assert.ok(second)
    await begin(second)
    assert.deepEqual(await killWorker(), { returnedCount: 3, parkedCount: 0, ticketedCount: 0 })
    assert.deepEqual(
      (await rows()).map(({ source_id, solo, failed_attempts }) => [source_id, solo, failed_attempts]),
      [
        ['1', false, 0],
        ['2', true, 0],
        ['3', false, 0],
      ],
    )
    const found = await due()
    assert.deepEqual([found?.scopes, found?.soloScopes], [[eventScope], [eventScope]])
    const ordinary = await queue.claim(connection)
    assert.deepEqual(ordinary.map(({ sourceId }) => sourceId).sort(), ['1', '3'])
    assert.ok(ordinary.every(({ isSolo }) => !isSolo))
    const left = await due()
    assert.deepEqual([left?.scopes, left?.soloScopes], [[], [eventScope]])
    const solo = await claimOne('solo')
    assert.deepEqual([solo.sourceId, solo.isSolo], ['2', true])
    assert.equal(await due(), undefined)
  })

  it('takes a job that a second worker died with, begun or not', async () => {
    await newConnection()
    await queue.enqueue(connection, ['1'])
    await claimOne('ordinary')
    await killWorker()
    assert.equal((await rows())[0]?.solo, false)
    await claimOne('ordinary')
    await killWorker()
    assert.equal((await rows())[0]?.solo, true)
    assert.deepEqual(await queue.claim(connection), [])
    assert.ok(await claimOne('solo'))
  })

  it('parks a job as a timeout when three workers died with it alone, and says so in its history', async () => {
    await newConnection()
    await queue.enqueue(connection, ['1'])
    await begin(await claimOne('ordinary'))
    await killWorker()
    for (const count of [1, 2]) {
      await claimOne('solo')
      assert.deepEqual(await killWorker(), { returnedCount: 1, parkedCount: 0, ticketedCount: 0 })
      assert.equal((await rows())[0]?.crash_count, count)
    }
    const last = await claimOne('solo')
    assert.deepEqual(await killWorker(), { returnedCount: 0, parkedCount: 1, ticketedCount: 0 })
    assert.deepEqual(await rows(), [
      {
        source_id: '1',
        state: 'needs_attention',
        reason: 'timeout',
        solo: true,
        crash_count: 3,
        failed_attempts: 0,
      },
    ])
    const [attempt] = await queue.rows(
      'select id, outcome, message, job_id from outbound_sync.attempt where connection_id = $1',
      [connection],
    )
    assert.equal(attempt?.outcome, 'timeout')
    assert.match(String(attempt?.message), /each of the last 3 times/)
    assert.equal(attempt?.job_id, last.id)
    // Under that one a worker that was only frozen still reports its end.
    assert.notEqual(attempt?.id, last.fence)
    assert.deepEqual(await killWorker(), { returnedCount: 0, parkedCount: 0, ticketedCount: 0 })

    const actions = createJobActions({ ...queue, wakeUp: () => undefined })
    assert.equal(await actions.retryNow({ jobId: last.id, actor: 'Ada' }), 'retried')
    assert.deepEqual(await queue.claim(connection), [])
    const retried = await claimOne('solo')
    await killWorker()
    assert.equal((await rows())[0]?.crash_count, 1)
    assert.equal(retried.id, last.id)
  })

  it('keeps a newer change of the same record behind it', async () => {
    await newConnection()
    await queue.enqueue(connection, ['1'])
    await begin(await claimOne('ordinary'))
    await killWorker()
    await queue.enqueue(connection, ['1'], { trigger: 'order_changed' })
    assert.deepEqual(await queue.claim(connection), [])
    assert.deepEqual(
      (await rows()).map(({ state, solo }) => [state, solo]),
      [['waiting', true]],
    )
    assert.equal((await due())?.scopes.length, 0)
    const job = await claimOne('solo')
    assert.deepEqual(
      job.triggers.map(({ name }) => name),
      ['order_placed', 'order_changed'],
    )
  })

  const end = (job: ClaimedJob, outcome: Outcome): Promise<void> =>
    queue.database.transaction((session) =>
      recordEnds(session, queue.database.schema, { worker: 'worker-1', ends: [jobEnd(job, outcome)] }),
    )

  const claimAfterSoloCrash = async (): Promise<ClaimedJob> => {
    await newConnection()
    await queue.enqueue(connection, ['1'])
    await begin(await claimOne('ordinary'))
    await killWorker()
    await claimOne('solo')
    await killWorker()
    return claimOne('solo')
  }

  const danger = async () =>
    (await rows()).map(({ solo, crash_count, failed_attempts }) => [solo, crash_count, failed_attempts])

  it('lets a job back among the others once it has ended in order', async () => {
    const job = await claimAfterSoloCrash()
    await end(job, { kind: 'retry', delayMs: 0, message: 'The remote has trouble of its own.' })
    assert.deepEqual(await danger(), [[false, 0, 1]])
  })

  it('keeps a job that was put off before it was sent, and what it did to its workers', async () => {
    const putOff: Outcome[] = [
      { kind: 'deferred', delayMs: 0, message: 'Another record is being sent to the same object.' },
      { kind: 'held', message: 'The account is limited.' },
    ]
    for (const outcome of putOff) {
      await end(await claimAfterSoloCrash(), outcome)
      assert.deepEqual(await danger(), [[true, 1, 0]], outcome.kind)
    }
  })

  it('takes a job that was put off between the deaths of two workers', async () => {
    await newConnection()
    await queue.enqueue(connection, ['1'])
    await claimOne('ordinary')
    await killWorker()
    await end(await claimOne('ordinary'), { kind: 'deferred', delayMs: 0, message: 'It is read again.' })
    await queue.rows('delete from outbound_sync.lease where starts_with(key, $1)', [connection])
    await queue.database.transaction((session) => queue.boss.insertTickets(session, connection, [0]))
    await claimOne('ordinary')
    await killWorker()
    assert.deepEqual(await danger(), [[true, 0, 0]])
  })
})

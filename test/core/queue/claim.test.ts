import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Database } from '../../../core/database/transaction.ts'
import type { ClaimedJob } from '../../../core/queue/claimed-job.ts'
import { until } from '../../support/instance.ts'
import { createQueueFixture, eventScope, type QueueFixture } from '../../support/queue-fixture.ts'

describe('claimJobs', () => {
  let queue: QueueFixture
  before(async () => {
    queue = await createQueueFixture()
  })
  after(() => queue.close())

  it('takes each due subject once, with a lease and a fence, and uses the tickets up', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1', '2', '3'])
    const jobs = await queue.claim(connection)
    assert.deepEqual(jobs.map((job) => job.sourceId).sort(), ['1', '2', '3'])
    assert.equal(new Set(jobs.map((job) => job.fence)).size, 3)
    assert.equal(await queue.ticketCount(connection), 0)
    const leases = await queue.rows(`select worker from outbound_sync.lease where starts_with(key, $1)`, [connection])
    assert.deepEqual(leases, Array(3).fill({ worker: 'worker-1' }))
  })

  it('merges all rows of a subject into the oldest, with every trigger in order', async () => {
    const connection = await queue.addConnection()
    for (const trigger of ['order_placed', 'order_paid', 'order_changed']) {
      await queue.enqueue(connection, ['7'], { trigger })
    }
    const [job, ...others] = await queue.claim(connection)
    assert.equal(others.length, 0)
    assert.deepEqual(
      job?.triggers.map((trigger) => trigger.name),
      ['order_placed', 'order_paid', 'order_changed'],
    )
    assert.deepEqual(await queue.rows('select id from outbound_sync.sync_job where connection_id = $1', [connection]), [
      { id: job?.id },
    ])
  })

  it('lets exactly one of several workers have a subject', async () => {
    const connection = await queue.addConnection()
    const ids = Array.from({ length: 60 }, (_, index) => String(index))
    await queue.enqueue(connection, ids)
    await queue.enqueue(connection, ids)
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd'].map((worker) => queue.claim(connection, { worker, limit: 30 }).catch(() => [])),
    )
    const taken = claims.flat().map((job) => job.sourceId)
    assert.equal(new Set(taken).size, taken.length)
  })

  it('leaves a trigger that comes during the flight waiting, and keeps a ticket for it', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['9'])
    assert.equal((await queue.claim(connection)).length, 1)
    await queue.enqueue(connection, ['9'], { trigger: 'order_paid' })
    assert.deepEqual(await queue.claim(connection, { worker: 'worker-2' }), [])
    assert.equal(await queue.ticketCount(connection), 1)
    const states = await queue.rows('select state from outbound_sync.sync_job where connection_id = $1 order by id', [
      connection,
    ])
    assert.deepEqual(states, [{ state: 'in_flight' }, { state: 'waiting' }])
  })

  // Tickets are all alike: the other worker takes this subject with the permit of a row that came later.
  it('keeps a ticket for a row that came in while it lost its subject to another worker', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
    let losing: Promise<ClaimedJob[]> = Promise.resolve([])
    await queue.database.transaction(async (winner) => {
      await winner.executeSql(
        `insert into outbound_sync.lease (key, worker, until, fence)
         values ($1::text || '/Order/1/', 'worker-2', now() + interval '1 minute', nextval('outbound_sync.fence'))`,
        [connection],
      )
      losing = queue.claim(connection)
      await until(async () => {
        const blocked = await queue.rows(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
        return blocked.length > 0
      })
      await queue.enqueue(connection, ['2'])
      assert.equal(await queue.boss.takeTickets(queue.database, connection, 1), 1)
      await winner.executeSql(
        `update outbound_sync.sync_job set state = 'in_flight' where connection_id = $1 and source_id = '1'`,
        [connection],
      )
    })
    assert.deepEqual(await losing, [])
    assert.equal(await queue.ticketCount(connection), 1)
  })

  it('does not let a new trigger shorten a backoff, unless a person forces it', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['5'])
    await queue.rows(
      `update outbound_sync.sync_job set failed_attempts = 2, not_before = now() + interval '1 hour' where connection_id = $1`,
      [connection],
    )
    await queue.enqueue(connection, ['5'], { trigger: 'order_changed' })
    assert.deepEqual(await queue.claim(connection), [])
    const [line] = await queue.rows(
      `select state, failed_attempts, jsonb_array_length(triggers) as triggers, not_before > now() as is_waiting
       from outbound_sync.sync_job where connection_id = $1`,
      [connection],
    )
    assert.deepEqual(line, { state: 'waiting', failed_attempts: 2, triggers: 2, is_waiting: true })
    assert.deepEqual(
      await queue.rows('select key from outbound_sync.lease where starts_with(key, $1)', [connection]),
      [],
    )

    await queue.enqueue(connection, ['5'], { trigger: 'sync_now', isForced: true })
    const [job] = await queue.claim(connection)
    assert.equal(job?.isForced, true)
    assert.equal(job?.failedAttempts, 2)
  })

  it('takes the row that waits for a person along with a new trigger', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['6'])
    await queue.rows(
      `update outbound_sync.sync_job set state = 'needs_attention', reason = 'permanent', failed_attempts = 1,
         first_failed_at = '2026-01-01' where connection_id = $1`,
      [connection],
    )
    await queue.enqueue(connection, ['6'], { trigger: 'order_modified' })
    const [job] = await queue.claim(connection)
    assert.equal(job?.failedAttempts, 1)
    assert.equal(job?.firstFailedAt?.toISOString().slice(0, 4), '2026')
    assert.deepEqual(
      job?.triggers.map((trigger) => trigger.name),
      ['order_placed', 'order_modified'],
    )
  })

  it('goes round robin over scopes, and live work before a backfill', async () => {
    const connection = await queue.addConnection()
    const scopes = ['organizer:acme/event:a', 'organizer:acme/event:b']
    await queue.enqueue(connection, ['a1', 'a2', 'a3', 'a4'], { scope: scopes[0] ?? '' })
    await queue.enqueue(connection, ['b1'], { scope: scopes[1] ?? '' })
    await queue.enqueue(connection, ['old'], { scope: scopes[1] ?? '', priority: 0 })
    const jobs = await queue.claim(connection, { limit: 2, scopes })
    assert.deepEqual(jobs.map((job) => job.sourceId).sort(), ['a1', 'b1'])
  })

  it('leaves the work of a held scope alone, with its ticket', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
    assert.deepEqual(await queue.claim(connection, { scopes: ['organizer:other'] }), [])
    const [row] = await queue.rows('select state from outbound_sync.sync_job where connection_id = $1', [connection])
    assert.deepEqual(row, { state: 'waiting' })
    assert.equal(await queue.ticketCount(connection), 1)
  })

  it('gives tickets, leases and rows back when the transaction fails', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
    const failing: Database = {
      ...queue.database,
      transaction: (work) =>
        queue.database.transaction(async (session) => {
          await work(session)
          throw new Error('the connection broke')
        }),
    }
    const { claimJobs } = await import('../../../core/queue/claim.ts')
    const request = {
      connectionId: connection,
      worker: 'w',
      leaseSeconds: 60,
      limit: 10,
      scopes: [eventScope],
      lane: 'ordinary' as const,
    }
    await assert.rejects(claimJobs({ database: failing, boss: queue.boss }, request), /broke/)
    assert.equal(await queue.ticketCount(connection), 1)
    assert.equal((await queue.claim(connection)).length, 1)
  })
})

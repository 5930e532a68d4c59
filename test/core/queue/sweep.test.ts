import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sweep } from '../../../core/queue/sweep.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

describe('sweep', () => {
  let queue: QueueFixture
  before(async () => {
    queue = await createQueueFixture()
  })
  after(() => queue.close())

  it('returns the jobs of a worker whose leases ran out, without using an attempt', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1', '2'])
    await queue.claim(connection)
    await queue.rows(`update outbound_sync.lease set until = now() - interval '1 second' where starts_with(key, $1)`, [
      connection,
    ])
    const report = await sweep(queue)
    assert.equal(report.returnedCount, 2)
    const rows = await queue.rows(
      'select state, worker, fence, failed_attempts from outbound_sync.sync_job where connection_id = $1',
      [connection],
    )
    assert.deepEqual(rows, Array(2).fill({ state: 'waiting', worker: null, fence: null, failed_attempts: 0 }))
    assert.equal((await queue.claim(connection, { worker: 'worker-2' })).length, 2)
  })

  it('leaves a lease that is still good', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
    await queue.claim(connection)
    assert.equal((await sweep(queue)).returnedCount, 0)
  })

  it('gives due jobs a ticket when every ticket was lost', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1', '2', '3'])
    await queue.rows('delete from outbound_sync_boss.job', [])
    assert.deepEqual(await queue.claim(connection), [])
    await queue.rows(
      `update outbound_sync.sync_job set ticketed_at = now() - interval '2 minutes', not_before = now() - interval '2 minutes'
       where connection_id = $1`,
      [connection],
    )
    assert.equal((await sweep(queue)).ticketedCount, 3)
    assert.equal((await sweep(queue)).ticketedCount, 0)
    assert.equal((await queue.claim(connection)).length, 3)
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createJobActions, type JobActions } from '../../../core/queue/job-actions.ts'
import { createQueueFixture, eventScope, type QueueFixture } from '../../support/queue-fixture.ts'

describe('job actions', () => {
  let queue: QueueFixture
  let actions: JobActions
  let wakeUpCount = 0
  before(async () => {
    queue = await createQueueFixture()
    const wakeUp = () => {
      wakeUpCount++
    }
    actions = createJobActions({ database: queue.database, boss: queue.boss, wakeUp })
  })
  after(() => queue.close())

  const failedJob = async (): Promise<{ connection: string; jobId: string }> => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
    const [row] = await queue.rows(
      `update outbound_sync.sync_job set state = 'needs_attention', reason = 'exceeded', failed_attempts = 5,
         first_failed_at = now() where connection_id = $1 returning id`,
      [connection],
    )
    return { connection, jobId: String(row?.id) }
  }

  it('gives a failed job a full new budget, forced and due at once', async () => {
    const { connection, jobId } = await failedJob()
    const before = wakeUpCount
    assert.equal(await actions.retryNow({ jobId, actor: 'Ada' }), 'retried')
    assert.equal(wakeUpCount, before + 1)
    const [job] = await queue.claim(connection)
    assert.equal(job?.failedAttempts, 0)
    assert.equal(job?.firstFailedAt, null)
    assert.equal(job?.isForced, true)
    assert.deepEqual(job?.triggers.map(({ name, actor }) => [name, actor]).at(-1), ['retry_now', 'Ada'])
  })

  it('cancels the whole line and keeps it in the history', async () => {
    const { connection, jobId } = await failedJob()
    await queue.enqueue(connection, ['1'], { trigger: 'order_paid' })
    assert.equal(await actions.cancel({ jobId, actor: 'Ada', reason: 'sent by hand' }), 'canceled')
    assert.deepEqual(
      await queue.rows('select id from outbound_sync.sync_job where connection_id = $1', [connection]),
      [],
    )
    const history = await queue.rows(
      'select outcome, message from outbound_sync.attempt where connection_id = $1 group by 1, 2',
      [connection],
    )
    assert.deepEqual(history, [{ outcome: 'canceled', message: 'Canceled by Ada: sent by hand' }])
  })

  it('tells when the job is under way or has gone', async () => {
    const connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
    const [job] = await queue.claim(connection)
    assert.equal(await actions.cancel({ jobId: String(job?.id), actor: 'Ada' }), 'in_flight')
    assert.equal(await actions.retryNow({ jobId: String(job?.id), actor: 'Ada' }), 'in_flight')
    await queue.rows('delete from outbound_sync.sync_job where connection_id = $1', [connection])
    assert.equal(await actions.retryNow({ jobId: String(job?.id), actor: 'Ada' }), 'vanished')
    assert.equal(await actions.cancel({ jobId: String(job?.id), actor: 'Ada' }), 'vanished')
  })

  it('sync now enqueues a forced job with who asked', async () => {
    const connection = await queue.addConnection()
    await actions.syncNow({
      connectionId: connection,
      subject: { model: 'Order', id: '4' },
      scope: eventScope,
      actor: 'Grace',
    })
    const [job] = await queue.claim(connection)
    assert.equal(job?.isForced, true)
    assert.deepEqual(
      job?.triggers.map(({ name, actor }) => [name, actor]),
      [['sync_now', 'Grace']],
    )
  })
})

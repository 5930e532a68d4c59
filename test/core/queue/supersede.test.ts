import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { ClaimedJob } from '../../../core/queue/claimed-job.ts'
import type { Lane } from '../../../core/queue/merge-lines.ts'
import { createRecorder } from '../../../core/queue/recorder.ts'
import { sweep } from '../../../core/queue/sweep.ts'
import { createIdentityLeases } from '../../../core/sync/leases.ts'
import { jobEnd } from '../../support/job-end.ts'
import { quietLog } from '../../support/migrated-database.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

describe('the end of a try whose lease had run out', () => {
  let queue: QueueFixture
  let connection: string
  before(async () => {
    queue = await createQueueFixture()
  })
  after(() => queue.close())
  beforeEach(async () => {
    connection = await queue.addConnection()
    await queue.enqueue(connection, ['1'])
  })

  const claim = async (lane: Lane): Promise<ClaimedJob> => {
    // A claim that could not use a ticket gives it back for half a second later.
    await queue.rows('update outbound_sync_boss.job set start_after = now()')
    const [job] = await queue.claim(connection, { lane })
    assert.ok(job)
    return job
  }

  const loseLeases = async (): Promise<void> => {
    await queue.rows(`update outbound_sync.lease set until = now() - interval '1 second'`)
    await sweep(queue)
  }

  const claimAndLoseLease = async (lane: Lane): Promise<ClaimedJob> => {
    const job = await claim(lane)
    await loseLeases()
    return job
  }

  const report = async (job: ClaimedJob): Promise<void> => {
    const worker = 'worker-1'
    const recorder = createRecorder({
      database: queue.database,
      boss: queue.boss,
      identityLeases: createIdentityLeases({ database: queue.database, worker, leaseSeconds: 60 }),
      worker,
      log: quietLog,
      onEnded: () => undefined,
      onClosed: () => undefined,
      onFailing: () => undefined,
    })
    recorder.ended(jobEnd(job, { kind: 'succeeded' }))
    await recorder.drain()
  }

  const rows = () =>
    queue.rows('select state, force from outbound_sync.sync_job where connection_id = $1 order by id', [connection])
  const attemptOf = async ({ fence }: ClaimedJob) =>
    (await queue.rows('select outcome, message from outbound_sync.attempt where id = $1', [fence]))[0]

  it('has the record sent once more, unchanged or not', async () => {
    const job = await claimAndLoseLease('ordinary')
    await report(job)
    assert.deepEqual(await rows(), [
      { state: 'waiting', force: false },
      { state: 'waiting', force: true },
    ])
    const attempt = await attemptOf(job)
    assert.equal(attempt?.outcome, 'superseded')
    assert.match(String(attempt?.message), /is sent again/)
  })

  it('does not take up a record again that was given up because it stops its workers', async () => {
    await claimAndLoseLease('ordinary')
    await claimAndLoseLease('ordinary')
    await claimAndLoseLease('solo')
    await claimAndLoseLease('solo')
    const last = await claimAndLoseLease('solo')
    assert.deepEqual(await rows(), [{ state: 'needs_attention', force: false }])
    await report(last)
    assert.deepEqual(await rows(), [{ state: 'needs_attention', force: false }])
    const attempt = await attemptOf(last)
    assert.equal(attempt?.outcome, 'superseded')
    assert.match(String(attempt?.message), /when somebody retries it/)
  })

  const reportFirstDuringLastTry = async (): Promise<void> => {
    const first = await claimAndLoseLease('ordinary')
    await claimAndLoseLease('ordinary')
    await claimAndLoseLease('solo')
    await claimAndLoseLease('solo')
    await claim('solo')
    await report(first)
  }

  it('had the record sent once more, which is forgotten with it when it is given up', async () => {
    await reportFirstDuringLastTry()
    assert.deepEqual(await rows(), [
      { state: 'in_flight', force: false },
      { state: 'waiting', force: true },
    ])
    await loseLeases()
    assert.deepEqual(await rows(), [{ state: 'needs_attention', force: false }])
  })

  it('leaves a change that came in meanwhile to be tried', async () => {
    await reportFirstDuringLastTry()
    await queue.enqueue(connection, ['1'], { trigger: 'order_changed' })
    await loseLeases()
    assert.deepEqual(
      (await rows()).map(({ state }) => state),
      ['needs_attention', 'waiting'],
    )
  })
})

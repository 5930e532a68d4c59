import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PgBoss } from 'pg-boss'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

describe('a ticket', () => {
  let queue: QueueFixture
  before(async () => {
    queue = await createQueueFixture()
  })
  after(() => queue.close())

  const ticketsOf = async (connectionId: string) => {
    const rows = await queue.rows(
      `select job.*, start_after - created_on as waits, keep_until - start_after as is_kept
       from outbound_sync_boss.job where name = $1 order by start_after`,
      [`sync-${connectionId}`],
    )
    return rows.map(({ id, name, start_after, created_on, keep_until, ...others }) => others)
  }

  it('is what pg-boss itself would have inserted', async () => {
    const [ours, theirs] = [await queue.addConnection(), await queue.addConnection()]
    const boss = new PgBoss({
      schema: 'outbound_sync_boss',
      migrate: false,
      createSchema: false,
      supervise: false,
      schedule: false,
      db: {
        executeSql: (text: string, values?: unknown[]) =>
          queue.database.executeSql(text, values?.length ? values : undefined),
      },
    })
    await boss.start()
    try {
      await boss.insert(`sync-${theirs}`, [{}, { startAfter: 90 }])
    } finally {
      await boss.stop({ graceful: false, close: false })
    }
    await queue.database.transaction((session) => queue.boss.insertTickets(session, ours, [0, 90_000]))
    const inserted = await ticketsOf(ours)
    assert.equal(inserted.length, 2)
    assert.deepEqual(inserted, await ticketsOf(theirs))
  })

  it('is not inserted for a connection whose queue is gone, and does no harm to the transaction', async () => {
    const connection = await queue.addConnection()
    await queue.boss.deleteQueue(connection)
    await queue.enqueue(connection, ['1'])
    assert.equal(await queue.ticketCount(connection), 0)
  })
})

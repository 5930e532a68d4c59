import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { purgeConnections } from '../../../core/queue/purge-connections.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

const tables = ['connection', 'sync_job', 'external_object', 'sync_link', 'attempt'] as const

describe('purging deleted connections', () => {
  let queue: QueueFixture
  before(async () => {
    queue = await createQueueFixture()
  })
  after(() => queue.close())

  const fill = async (connection: string, count: number): Promise<void> => {
    await queue.enqueue(connection, ['1', '2'])
    await queue.rows(
      `insert into outbound_sync.external_object (connection_id, object_type, id_field, id_value)
       select $1, 'deal', 'code', n::text from generate_series(1, $2::int) n`,
      [connection, count],
    )
    await queue.rows(
      `insert into outbound_sync.sync_link
         (connection_id, source_model, source_id, mapping_key, subject_model, subject_id, external_object_id, sent_hash, sent_epoch)
       select $1, 'Order', id_value, 'deal', 'Order', id_value, id, '', 1
       from outbound_sync.external_object where connection_id = $1`,
      [connection],
    )
    await queue.rows(
      `with tried as (
         insert into outbound_sync.attempt
           (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, triggers,
            failed_attempts, worker, duration_ms)
         select nextval('outbound_sync.fence'), n, $1, '', 'Order', n::text, '', '', 'succeeded', '[]', 0, '', 1
         from generate_series(1, $2::int) n returning id)
       insert into outbound_sync.attempt_object
         (attempt_id, mapping_key, source_model, source_id, object_type, id_field, action)
       select id, 'deal', 'Order', '1', 'deal', 'code', 'created' from tried`,
      [connection, count],
    )
  }

  const counts = async (connection: string) => {
    const found: Record<string, unknown> = {}
    for (const table of tables) {
      const column = table === 'connection' ? 'id' : 'connection_id'
      const [row] = await queue.rows(`select count(*)::int as count from outbound_sync.${table} where ${column} = $1`, [
        connection,
      ])
      found[table] = row?.count
    }
    return found
  }

  it('keeps the ledger thirty days, then deletes everything of that connection and of no other', async () => {
    const [deleted, fresh, living] = [
      await queue.addConnection({ state: 'deleted' }),
      await queue.addConnection({ state: 'deleted' }),
      await queue.addConnection(),
    ]
    // A job that was in flight when its connection was deleted, and more rows than one statement takes.
    await queue.rows(`update outbound_sync.connection set state = 'active' where id = any($1)`, [[deleted, fresh]])
    await fill(deleted, 1500)
    await fill(fresh, 3)
    await fill(living, 3)
    await queue.rows(
      `update outbound_sync.connection set state = 'deleted',
         deleted_at = now() - case when id = $1 then interval '31 days' else interval '29 days' end
       where id = any($2)`,
      [deleted, [deleted, fresh]],
    )
    const kept = { connection: 1, sync_job: 2, external_object: 3, sync_link: 3, attempt: 3 }
    assert.equal(await purgeConnections(queue), 1)
    assert.deepEqual(await counts(deleted), {
      connection: 0,
      sync_job: 0,
      external_object: 0,
      sync_link: 0,
      attempt: 0,
    })
    assert.deepEqual(await counts(fresh), kept)
    assert.deepEqual(await counts(living), kept)
    const [objects] = await queue.rows('select count(*)::int as count from outbound_sync.attempt_object')
    assert.deepEqual(objects, { count: 6 })
    assert.equal(await queue.ticketCount(deleted), 0)
    assert.equal(await purgeConnections(queue), 0)
  })
})

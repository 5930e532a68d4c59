// A queue that is not empty and a history that is long: the drain of some orders beside 100,000 waiting ones, of others and
// of the same connection, and over 1,000,000 attempts, against an empty database of the same server.
import { createPool } from '../../core/database/pool.ts'
import type { Database } from '../../core/database/transaction.ts'
import { createBoss } from '../../core/queue/boss.ts'
import { enqueueSubjects } from '../../core/queue/enqueue.ts'
import { scope } from '../support/fixture-shop.ts'
import { quietLog } from '../support/migrated-database.ts'
import { type Bench, type BenchShop, firstIds } from './bench-shop.ts'
import { drain, waitUntilSent } from './product.ts'
import { medianRatio, perSecond, type Row, row } from './rows.ts'

const backlogCount = 100_000
const historyCount = 1_000_000
const orderCount = 3_000
const chunk = 1_000

type Measure = (shop: BenchShop) => Promise<number>

export async function measureBacklog(bench: Bench): Promise<Row[]> {
  const empty = await bench.openShop({ name: 'empty', orderCount })
  const loaded = await bench.openShop({ name: 'backlog', orderCount: backlogCount + orderCount })
  const aged = await bench.openShop({ name: 'history', orderCount })
  try {
    await addHistory(aged)
    await addOthers(loaded)
    const compare = async (name: string, shop: BenchShop, measure: Measure): Promise<Row> => {
      const base: number[] = []
      const filled: number[] = []
      for (let round = 0; round <= bench.roundCount; round++) {
        const ofEmpty = await drainFew(empty)
        const ofFilled = await measure(shop)
        if (round === 0) continue
        base.push(ofEmpty)
        filled.push(ofFilled)
      }
      return row({
        name: `drain ${name} / empty database`,
        value: medianRatio(filled, base),
        atLeast: 0.9,
        detail: `${perSecond(filled)} against ${perSecond(base)}`,
      })
    }
    return [
      await compare('over 1,000,000 attempts', aged, drainFew),
      await compare('beside 100,000 of others', loaded, drainFew),
      await compare('beside 100,000 not due', loaded, (shop) => drainFew(shop, { notDueCount: backlogCount })),
      await compare('beginning 100,000', loaded, (shop) => drainFew(shop, { alsoDueCount: backlogCount })),
    ]
  } finally {
    await empty.close()
    await loaded.close()
    await aged.close()
  }
}

// Ends when the remote has the orders, as the queue of a backlog is never empty; measured like this on both sides.
async function drainFew(shop: BenchShop, { notDueCount = 0, alsoDueCount = 0 } = {}): Promise<number> {
  const connectionId = await shop.connect()
  await enqueue(shop, connectionId, orderCount, { from: 0 })
  if (notDueCount > 0) {
    await enqueue(shop, connectionId, notDueCount, { from: orderCount })
    await postpone(shop, connectionId, orderCount)
  }
  if (alsoDueCount > 0) await enqueue(shop, connectionId, alsoDueCount, { from: orderCount })
  await shop.pool.query('vacuum analyze outbound_sync.sync_job')
  await shop.pool.query('vacuum analyze outbound_sync_boss.job')
  await shop.pool.query('checkpoint')
  const speed = await drain(shop, { orderCount, until: () => waitUntilSent(shop, orderCount * 3) })
  await shop.disconnectAll()
  await shop.pool.query('delete from outbound_sync.sync_job where connection_id = $1', [connectionId])
  await shop.pool.query('delete from outbound_sync_boss.job where name = $1', [`sync-${connectionId}`])
  return speed
}

/** Half of them due behind a closed gate, half of them not due at an open one. */
async function addOthers(shop: BenchShop): Promise<void> {
  const half = backlogCount / 2
  const paused = await shop.connect()
  await enqueue(shop, paused, half, { from: 0 })
  await shop.pool.query(`update outbound_sync.connection set gate = 'paused' where id = $1`, [paused])
  const waiting = await shop.connect()
  await enqueue(shop, waiting, half, { from: 0 })
  await postpone(shop, waiting, 0)
}

/** Puts off all but the first jobs of a connection, with their tickets. */
async function postpone(shop: BenchShop, connectionId: string, exceptFirst: number): Promise<void> {
  await shop.pool.query(
    `update outbound_sync.sync_job set not_before = now() + interval '1 day'
     where connection_id = $1 and source_id::bigint > $2`,
    [connectionId, exceptFirst],
  )
  await shop.pool.query(
    `update outbound_sync_boss.job set start_after = now() + interval '1 day' where name = $1 and id in (
       select id from outbound_sync_boss.job where name = $1 order by created_on, id offset $2)`,
    [`sync-${connectionId}`, exceptFirst],
  )
}

async function addHistory({ pool }: BenchShop): Promise<void> {
  await pool.query(
    `insert into outbound_sync.attempt
       (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, triggers,
        failed_attempts, worker, duration_ms, finished_at)
     select nextval('outbound_sync.fence'), n, '00000000-0000-4000-8000-000000000001', $1, 'Order', (n % 200000)::text,
            'B' || n, '', 'succeeded', '[{"name": "order_placed"}]', 0, 'worker', 12, now() - interval '30 days'
     from generate_series(1, $2::int) n`,
    [scope, historyCount],
  )
  await pool.query(
    `insert into outbound_sync.attempt_object
       (attempt_id, mapping_key, source_model, source_id, object_type, id_field, id_value, action, remote_id, sent)
     select id, 'deal', 'Order', source_id, 'deal', 'code', source_label, 'updated', source_id,
            '{"code": "B1", "email": "buyer@customers.example", "total": "42.00", "city": "Berlin"}'
     from outbound_sync.attempt`,
  )
  await pool.query('vacuum analyze outbound_sync.attempt, outbound_sync.attempt_object')
}

async function enqueue(
  shop: BenchShop,
  connectionId: string,
  count: number,
  { from }: { from: number },
): Promise<void> {
  const database: Database = createPool({ databaseUrl: shop.databaseUrl, schema: 'outbound_sync', log: quietLog })
  const boss = createBoss({ database, schema: 'outbound_sync_boss', log: quietLog, isWorker: false })
  await boss.start()
  const ids = firstIds(count).map((id) => String(from + Number(id)))
  for (let index = 0; index < ids.length; index += chunk) {
    await database.transaction((session) =>
      enqueueSubjects({ schema: database.schema, boss }, session, {
        connectionId,
        subjects: ids.slice(index, index + chunk).map((id) => ({ model: 'Order', id, scope })),
        trigger: { name: 'bench' },
      }),
    )
  }
  await boss.stop()
  await database.close()
}

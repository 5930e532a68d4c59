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

export async function measureBacklog(bench: Bench): Promise<Row[]> {
  // Each round of a connection that is kept sends orders it has not sent before.
  const rounds = bench.roundCount + 1
  const empty = await bench.openShop({ name: 'empty', orderCount })
  const loaded = await bench.openShop({ name: 'backlog', orderCount: backlogCount + orderCount * rounds })
  const aged = await bench.openShop({ name: 'history', orderCount })
  try {
    const compare = async (
      name: string,
      shop: BenchShop,
      measure: (round: number) => Promise<number>,
    ): Promise<Row> => {
      await settle(shop)
      const base: number[] = []
      const filled: number[] = []
      for (let round = 0; round < rounds; round++) {
        const ofEmpty = await drainNew(empty)
        const ofFilled = await measure(round)
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
    await addHistory(aged)
    const overHistory = await compare('over 1,000,000 attempts', aged, () => drainNew(aged))
    await addOthers(loaded)
    const besideOthers = await compare('beside 100,000 of others', loaded, () => drainNew(loaded))
    await clear(loaded)
    const waiting = await loaded.connect()
    await enqueue(loaded, waiting, { from: 0, count: backlogCount })
    await postpone(loaded, waiting)
    const besideOwn = await compare('beside 100,000 not due', loaded, async (round) => {
      await enqueue(loaded, waiting, { from: backlogCount + orderCount * round, count: orderCount })
      return drainFirst(loaded)
    })
    await clear(loaded)
    await enqueue(loaded, await loaded.connect(), { from: 0, count: backlogCount + orderCount * rounds })
    const fromFull = await compare('out of 100,000', loaded, () => drainFirst(loaded))
    return [overHistory, besideOthers, besideOwn, fromFull]
  } finally {
    await empty.close()
    await loaded.close()
    await aged.close()
  }
}

/** Orders of a new connection, which is taken out of service after it. */
async function drainNew(shop: BenchShop): Promise<number> {
  const connectionId = await shop.connect()
  await enqueue(shop, connectionId, { from: 0, count: orderCount })
  const speed = await drainFirst(shop)
  await shop.pool.query(`update outbound_sync.connection set state = 'disabled' where id = $1`, [connectionId])
  return speed
}

// Ends when the remote has as many orders, as the queue of a backlog is never empty; measured like this on both sides.
function drainFirst(shop: BenchShop): Promise<number> {
  return drain(shop, { orderCount, until: () => waitUntilSent(shop, orderCount * 3) })
}

/** Half of them due behind a closed gate, half of them not due at an open one. */
async function addOthers(shop: BenchShop): Promise<void> {
  const half = backlogCount / 2
  const paused = await shop.connect()
  await enqueue(shop, paused, { from: 0, count: half })
  await shop.pool.query(`update outbound_sync.connection set gate = 'paused' where id = $1`, [paused])
  const waiting = await shop.connect()
  await enqueue(shop, waiting, { from: 0, count: half })
  await postpone(shop, waiting)
}

/** Puts off everything a connection has in the queue, with its tickets. */
async function postpone({ pool }: BenchShop, connectionId: string): Promise<void> {
  await pool.query(`update outbound_sync.sync_job set not_before = now() + interval '1 day' where connection_id = $1`, [
    connectionId,
  ])
  await pool.query(`update outbound_sync_boss.job set start_after = now() + interval '1 day' where name = $1`, [
    `sync-${connectionId}`,
  ])
}

async function clear(shop: BenchShop): Promise<void> {
  await shop.disconnectAll()
  await shop.pool.query('truncate outbound_sync.sync_job')
  await shop.pool.query('delete from outbound_sync_boss.job')
}

/** What autovacuum and the checkpointer would else do in the middle of a measurement. */
async function settle({ pool }: BenchShop): Promise<void> {
  for (const table of ['outbound_sync.sync_job', 'outbound_sync_boss.job', 'outbound_sync.attempt']) {
    await pool.query(`vacuum analyze ${table}`)
  }
  await pool.query('checkpoint')
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
}

async function enqueue(
  shop: BenchShop,
  connectionId: string,
  { from, count }: { from: number; count: number },
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

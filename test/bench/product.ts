// (c) This product in the bench: signals fired in host transactions, and a drain of what they have enqueued.
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { OutboundSync } from '../../core/instance.ts'
import { fromNodePostgres } from '../../core/sdk/from-node-postgres.ts'
import { scope as fixtureScope } from '../support/fixture-shop.ts'
import type { BenchShop } from './bench-shop.ts'
import { inParallel } from './contenders.ts'

/** Each order in a host transaction of its own that fires the signal. */
export async function fireSignals(pool: pg.Pool, sync: OutboundSync, ids: readonly string[]): Promise<void> {
  await inParallel(ids, 8, (id) => fireSignal(pool, sync, { ids: [id] }))
}

/** One host transaction with one signal. */
export async function fireSignal(
  pool: pg.Pool,
  sync: OutboundSync,
  {
    ids,
    scope = fixtureScope,
    preparedStatements = true,
    onCommit,
  }: { ids: readonly string[]; scope?: string; preparedStatements?: boolean; onCommit?(): void },
): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('update fixture.orders set city = city where id = any ($1::bigint[])', [ids])
    await sync.signals.order_placed.promise({
      scope,
      subjects: ids.map((id) => ({ model: 'Order', id })),
      transaction: fromNodePostgres(client, { preparedStatements }),
    })
    onCommit?.()
    await client.query('commit')
  } finally {
    client.release()
  }
}

/** Waits until the queue of this product is empty. */
export async function waitUntilDrained(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query('select exists (select from outbound_sync.sync_job) as has_jobs')
    if (!rows[0]?.has_jobs) return
    await delay(50)
  }
}

/** Waits until the remote holds that many objects. For a queue that is never empty. */
export async function waitUntilSent({ remote }: BenchShop, objectCount: number): Promise<void> {
  while ((await remote.counts()).objectCount < objectCount) await delay(50)
}

/** Orders a second of one worker in this process, from a full queue to an empty one. */
export async function drain(
  shop: BenchShop,
  {
    orderCount,
    objectCount = orderCount * 3,
    until = () => waitUntilDrained(shop.pool),
  }: { orderCount: number; objectCount?: number; until?: () => Promise<void> },
): Promise<number> {
  await shop.remote.clear()
  const startedAt = performance.now()
  let seconds = Number.NaN
  try {
    await shop.sync.worker.start()
    await until()
    seconds = (performance.now() - startedAt) / 1000
  } finally {
    await shop.sync.worker.stop()
  }
  const held = (await shop.remote.counts()).objectCount
  if (held < objectCount) throw new Error(`The remote holds ${held} objects, not ${objectCount}`)
  return orderCount / seconds
}

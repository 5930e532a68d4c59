// The three ways to send the same orders: a bare loop, a plain pg-boss worker, and this product.
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { Agent, request } from 'undici'
import type { OutboundSync } from '../../core/instance.ts'
import { fromNodePostgres } from '../../core/sdk/transaction.ts'
import { concurrency, type FixtureOrder, loadOrders, objectsOf, scope } from '../support/fixture-shop.ts'

const agent = new Agent({ connections: 64 })

async function put(baseUrl: string, object: ReturnType<typeof objectsOf>[number]): Promise<void> {
  const { statusCode, body } = await request(`${baseUrl}/${object.type}/${object.id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(object.properties),
    dispatcher: agent,
  })
  await body.json()
  if (statusCode !== 200) throw new Error(`The bench's remote answered ${statusCode}`)
}

async function sendOrder(baseUrl: string, order: FixtureOrder): Promise<void> {
  for (const object of objectsOf(order)) await put(baseUrl, object)
}

export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index]
      if (item !== undefined) await work(item)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
}

/** (a) Reads the orders in batches and makes the calls; no queue, no bookkeeping, nothing survives a crash. */
export async function runBareLoop(pool: pg.Pool, baseUrl: string, ids: readonly string[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(ids.length / 100) }, (_, index) =>
    ids.slice(index * 100, index * 100 + 100),
  )
  let loading = loadOrders(pool, batches[0] ?? [])
  for (const [index] of batches.entries()) {
    const orders = await loading
    loading = loadOrders(pool, batches[index + 1] ?? [])
    await inParallel(orders, concurrency, (order) => sendOrder(baseUrl, order))
  }
  await loading
}

/** (b) A pg-boss worker with batch size 1 that polls, as its README shows, on as many lanes as the others have. */
export async function runPlainPgBoss(
  pool: pg.Pool,
  { databaseUrl, baseUrl, ids }: { databaseUrl: string; baseUrl: string; ids: readonly string[] },
): Promise<number> {
  const boss = new PgBoss({ connectionString: databaseUrl, schema: 'bench_boss', max: 10 })
  boss.on('error', (error) => process.stderr.write(`${String(error)}\n`))
  await boss.start()
  const queue = `orders-${Date.now()}`
  await boss.createQueue(queue)
  await boss.insert(
    queue,
    ids.map((id) => ({ data: { id } })),
  )
  let doneCount = 0
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const startedAt = performance.now()
  await boss.work<{ id: string }>(
    queue,
    { batchSize: 1, pollingIntervalSeconds: 0.5, localConcurrency: concurrency * 2 },
    async ([job]) => {
      const [order] = await loadOrders(pool, job ? [job.data.id] : [])
      if (order) await sendOrder(baseUrl, order)
      if (++doneCount === ids.length) resolve()
    },
  )
  await done
  const seconds = (performance.now() - startedAt) / 1000
  await boss.stop({ graceful: true })
  return seconds
}

/** (c) Waits until the queue of this product is empty. */
export async function waitUntilDrained(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query('select exists (select from outbound_sync.sync_job) as has_jobs')
    if (!rows[0]?.has_jobs) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Each order in a host transaction of its own that fires the signal. */
export async function fireSignals(pool: pg.Pool, sync: OutboundSync, ids: readonly string[]): Promise<void> {
  await inParallel(ids, 8, async (id) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('update fixture.orders set city = city where id = $1', [id])
      await sync.signals.order_placed.promise({
        scope,
        subjects: [{ model: 'Order', id }],
        transaction: fromNodePostgres(client),
      })
      await client.query('commit')
    } finally {
      client.release()
    }
  })
}

export const closeCalls = (): Promise<void> => agent.close()

// What this product is compared with: a bare loop and a plain pg-boss worker that send the same orders.
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { Agent, request } from 'undici'
import { concurrency, type FixtureOrder, loadOrders, objectsOf } from '../support/fixture-shop.ts'

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

export async function sendOrder(baseUrl: string, order: FixtureOrder): Promise<void> {
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
export async function runBareLoop(
  pool: pg.Pool,
  baseUrl: string,
  ids: readonly string[],
  { batchSize = 100 }: { batchSize?: number } = {},
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, index) =>
    ids.slice(index * batchSize, (index + 1) * batchSize),
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

export const closeCalls = (): Promise<void> => agent.close()

// pg-boss as a person who knows it would set it up: whole batches, several of them at once, fetched again without a pause
// while they come back full.
import { PgBoss } from 'pg-boss'
import { inParallel } from '../contenders.ts'
import { sendMany, type Target } from './send-order.ts'

const batchSize = 100
const parallelBatches = 4
const callsABatch = 12

export async function drainPgBoss(
  target: Target,
  { databaseUrl, ids }: { databaseUrl: string; ids: readonly string[] },
): Promise<number> {
  const boss = new PgBoss({ connectionString: databaseUrl, schema: 'peers_boss', max: 12 })
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  boss.on('error', reject)
  await boss.start()
  const queue = `orders-${Date.now()}`
  await boss.createQueue(queue)
  await boss.insert(
    queue,
    ids.map((id) => ({ data: { id } })),
  )
  let doneCount = 0
  const startedAt = performance.now()
  await boss.work<{ id: string }>(
    queue,
    { batchSize, localConcurrency: parallelBatches, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true },
    async (jobs) => {
      await sendMany(
        target,
        jobs.map((job) => job.data.id),
        (orders, one) => inParallel(orders, callsABatch, one),
      )
      doneCount += jobs.length
      if (doneCount === ids.length) resolve()
    },
  )
  await done
  const seconds = (performance.now() - startedAt) / 1000
  await boss.stop({ graceful: true })
  return ids.length / seconds
}

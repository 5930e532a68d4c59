// BullMQ with a Redis of its own that keeps what it is told, as its documentation asks for in production: append-only
// file, written every second, and no eviction.
import { Queue, Worker } from 'bullmq'
import { sendOne, type Target } from './send-order.ts'

const parallelJobs = 48

export async function drainBullMq(
  target: Target,
  { redisPort, ids }: { redisPort: number; ids: readonly string[] },
): Promise<number> {
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null }
  const name = `orders-${Date.now()}`
  const queue = new Queue(name, { connection })
  await queue.addBulk(ids.map((id) => ({ name: 'send', data: { id }, opts: { removeOnComplete: true } })))
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  let doneCount = 0
  const startedAt = performance.now()
  const worker = new Worker(name, (job) => sendOne(target, job.data.id), { connection, concurrency: parallelJobs })
  worker.on('completed', () => {
    if (++doneCount === ids.length) resolve()
  })
  worker.on('failed', (_job, error) => reject(error))
  worker.on('error', reject)
  await done
  const seconds = (performance.now() - startedAt) / 1000
  await worker.close()
  await queue.obliterate({ force: true })
  await queue.close()
  return ids.length / seconds
}

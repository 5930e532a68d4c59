// graphile-worker, tuned for throughput as its documentation says: a local queue, and completions written together.
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { sendOne, type Target } from './send-order.ts'

const parallelJobs = 48
const logger = new Logger(() => () => undefined)

export async function drainGraphileWorker(
  target: Target,
  { databaseUrl, ids }: { databaseUrl: string; ids: readonly string[] },
): Promise<number> {
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger })
  await utils.migrate()
  await utils.addJobs(ids.map((id) => ({ identifier: 'send_order', payload: { id } })))
  await utils.release()
  let doneCount = 0
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const startedAt = performance.now()
  const runner = await run({
    connectionString: databaseUrl,
    logger,
    noHandleSignals: true,
    taskList: {
      async send_order(payload) {
        await sendOne(target, (payload as { id: string }).id)
        if (++doneCount === ids.length) resolve()
      },
    },
    preset: {
      worker: {
        concurrentJobs: parallelJobs,
        pollInterval: 100,
        maxPoolSize: 12,
        localQueue: { size: 500 },
        completeJobBatchDelay: 5,
        failJobBatchDelay: 5,
      },
    },
  })
  runner.events.on('job:error', ({ error }) => reject(error))
  await done
  const seconds = (performance.now() - startedAt) / 1000
  await runner.stop()
  return ids.length / seconds
}

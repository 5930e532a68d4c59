// Scenario 7: the remote carries writes out and then resets the connection, answers 500 or never answers, while its
// search does not see new objects yet.
import { givenUp, noAttempts } from '../support/attempt-figures.ts'
import { deliveredFigures } from '../support/delivered-figures.ts'
import { createInstance, until } from '../support/instance.ts'
import { atLeast, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

export async function failAfterWrite({
  orderCount,
  searchLagMs,
}: {
  orderCount: number
  searchLagMs: number
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  const workers: WorkerProcess[] = []
  const untilDone = () =>
    until(async () => {
      const left = `select 1 from outbound_sync.sync_job where state <> 'needs_attention' limit 1`
      return (await instance.rows(left)).length === 0
    }, 180_000)
  try {
    await instance.remote.set({ latencyMs: 5, searchLagMs, resetShare: 0.04, errorShare: 0.04, silentShare: 0.02 })
    await instance.placeOrders(1, orderCount)
    const start = () => startWorkerProcess(instance, { isReconciling: true, leaseSeconds: 10 })
    workers.push(...(await Promise.all([start(), start()])))
    await untilDone()
    const delivered = await deliveredFigures(instance, orderCount)
    const { faultCount, conflictCount, overlapCount, callCount } = await instance.remote.counts()
    const attention = await noAttempts(instance, { figure: 'orders given up', which: givenUp })
    const opened = workers
      .flatMap(({ logLines }) => logLines)
      .filter(({ text }) => text.startsWith('An account failed too often'))
    await instance.placeOrders(1, orderCount)
    await untilDone()
    const after = await instance.remote.counts()
    const [again] = await instance.rows(
      `select count(distinct source_id)::int as count from outbound_sync.attempt where outcome = 'nothing_to_do'`,
    )
    return [
      ...delivered,
      atLeast('writes carried out and reported failed', faultCount, Math.floor(orderCount / 10)),
      atLeast('creates answered with 409 and the id', conflictCount, 1),
      equals('overlapping calls for one object', overlapCount, 0),
      attention,
      // One write in ten fails: far from most of them.
      equals('times that the account was called failing', opened.length, 0),
      equals('writes when all is fired once more', after.callCount - callCount, 0),
      equals('orders then called up to date', Number(again?.count), orderCount),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

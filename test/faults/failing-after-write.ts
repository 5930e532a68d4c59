// Scenario 7: the remote carries writes out and then resets the connection, answers 500 or never answers, while its
// search does not see new objects yet.
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
    until(async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0, 180_000)
  try {
    await instance.remote.set({ latencyMs: 5, searchLagMs, resetShare: 0.04, errorShare: 0.04, silentShare: 0.02 })
    await instance.placeOrders(1, orderCount)
    const start = () => startWorkerProcess(instance, { isReconciling: true, leaseSeconds: 10 })
    workers.push(...(await Promise.all([start(), start()])))
    await untilDone()
    const delivered = await deliveredFigures(instance, orderCount)
    const { faultCount, conflictCount, overlapCount, callCount } = await instance.remote.counts()
    const [attention] = await instance.rows(
      `select count(*)::int as count from outbound_sync.attempt where next_try_at is null and outcome <> 'succeeded'`,
    )
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
      equals('orders given up', Number(attention?.count), 0),
      equals('writes when all is fired once more', after.callCount - callCount, 0),
      equals('orders then called up to date', Number(again?.count), orderCount),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

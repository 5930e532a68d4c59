// Scenario 5: bursts of signals and presses of "Sync now" for one order at the same time, with several workers.
import { deliveredFigures, lostTickets } from '../support/delivered-figures.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { openJobActions } from '../support/open-job-actions.ts'
import { atLeast, atMost, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

const workerCount = 3
const signalCount = 10
/** So long that a burst fits into one call. */
const latencyMs = 150

export async function raceForOneOrder({ orderCount }: { orderCount: number }): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  const workers: WorkerProcess[] = []
  const person = openJobActions(instance)
  try {
    await instance.remote.set({ latencyMs })
    // Longer than one could starve here: a lease that runs out would end a worker's right in the middle.
    const start = () => startWorkerProcess(instance, { leaseSeconds: 20 })
    workers.push(...(await Promise.all(Array.from({ length: workerCount }, start))))
    for (let id = 1; id <= orderCount; id++) {
      const signals = Array.from({ length: signalCount }, () => changeOrder(instance, id))
      await Promise.all([...signals, person.syncNow(String(id))])
    }
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0, 60_000)
    const { overlapCount } = await instance.remote.counts()
    const [attempts] = await instance.rows(
      `select max(count)::int as most, count(distinct worker)::int as workers, count(*) filter (where other > 0)::int as other
       from (select source_id, count(*) as count, count(*) filter (where outcome not in ('succeeded', 'nothing_to_do')) as other, min(worker) as worker
             from outbound_sync.attempt group by source_id) attempt`,
    )
    return [
      ...(await deliveredFigures(instance, orderCount)),
      lostTickets(workers),
      equals('overlapping calls for one object', overlapCount, 0),
      atMost('syncs of one order', Number(attempts?.most), 3),
      equals('orders with another end than success', Number(attempts?.other), 0),
      // They share the account's calls, and one may come too late for any.
      atLeast('workers that took part', Number(attempts?.workers), 2),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await person.close()
    await instance.close()
  }
}

async function changeOrder(instance: Instance, id: number): Promise<void> {
  await instance.inTransaction(async (transaction, client) => {
    await client.query('update fixture.orders set total = total + 1 where id = $1', [id])
    const subjects = [{ model: 'Order', id: String(id) }]
    await instance.sync.signals.order_placed.promise({ scope, subjects, transaction })
  })
}

// Scenario 6: a worker is frozen in the middle of a call for longer than its leases last. Another one sends a newer state;
// then the first one wakes up, and so does the remote, which carries its old write out late.

import { deliveredFigures } from '../support/delivered-figures.ts'
import { concurrency } from '../support/fixture-shop.ts'
import { createInstance, until } from '../support/instance.ts'
import { atMost, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

const leaseSeconds = 2
/** Claimed by the frozen worker; as many of them are being sent as there are calls at the same time. */
const ordersPerRound = 40

export async function freezeWorkers({ roundCount }: { roundCount: number }): Promise<Figure[]> {
  const orderCount = roundCount * ordersPerRound
  const instance = await createInstance({ orderCount })
  const workers: WorkerProcess[] = []
  const start = async (): Promise<WorkerProcess> => {
    const worker = await startWorkerProcess(instance, { leaseSeconds })
    workers.push(worker)
    return worker
  }
  const isOver = async (): Promise<boolean> =>
    (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0
  const countSuperseded = async (): Promise<number> => {
    const rows = await instance.rows(
      `select distinct source_id from outbound_sync.attempt where outcome = 'superseded'`,
    )
    return rows.length
  }
  let overwrittenCount = 0
  try {
    for (let round = 1; round <= roundCount; round++) {
      const [from, to] = [(round - 1) * ordersPerRound + 1, round * ordersPerRound]
      await instance.remote.set({ holdNextCount: concurrency })
      await instance.placeOrders(from, to)
      const frozen = await start()
      await until(async () => (await instance.remote.counts()).heldCount === concurrency)
      frozen.process.kill('SIGSTOP')
      await instance.rows(`update fixture.positions set attendee = 'Grace Hopper' where order_id between $1 and $2`, [
        from,
        to,
      ])
      await instance.rows(`update fixture.orders set city = 'Hamburg' where id between $1 and $2`, [from, to])
      await instance.placeOrders(from, to)
      const other = await start()
      await until(isOver, 60_000)
      // The leases are over by now; the remote carries out what the frozen worker had sent.
      await instance.remote.release()
      const bodies = [...(await instance.remote.bodies()).values()]
      overwrittenCount += bodies.filter((body) => body.attendee === 'Ada Lovelace').length
      frozen.process.kill('SIGCONT')
      await until(async () => (await countSuperseded()) >= round * concurrency && (await isOver()), 60_000)
      await Promise.all([frozen.stop(), other.stop()])
    }
    const [attempts] = await instance.rows(
      `select max(succeeded)::int as most, max(failed_attempts)::int as failed from (
         select count(*) filter (where outcome = 'succeeded') as succeeded, max(failed_attempts) as failed_attempts
         from outbound_sync.attempt group by source_id) attempt`,
    )
    const problems = workers.flatMap(({ logLines }) => logLines.filter(({ level }) => level === 'error'))
    return [
      ...(await deliveredFigures(instance, orderCount)),
      equals('objects that the late writes had made old', overwrittenCount, roundCount * concurrency),
      equals('orders with a late result refused', await countSuperseded(), roundCount * concurrency),
      atMost('successful tries of an order', Number(attempts?.most), 2),
      equals('failed attempts counted', Number(attempts?.failed), 0),
      equals('errors in the logs', problems.map(({ text }) => text).join('; ') || 'none', 'none'),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

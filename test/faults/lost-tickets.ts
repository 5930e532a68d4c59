// Every ticket is deleted while orders wait: the sweep gives due jobs new ones, and all arrive.
import { deliveredFigures } from '../support/delivered-figures.ts'
import { createInstance, until } from '../support/instance.ts'
import { atMost, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess } from '../support/start-worker-process.ts'

/** A job without a ticket is left alone for a minute, then the next sweep sees it. */
const graceSeconds = 60
const leaseSeconds = 3

/** @param waitedSeconds so long the jobs have waited already when their tickets are lost */
export async function loseTickets({
  orderCount,
  waitedSeconds,
}: {
  orderCount: number
  waitedSeconds: number
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  try {
    await instance.placeOrders(1, orderCount)
    const deleted = await instance.rows('delete from outbound_sync_boss.job where name = $1 returning id', [
      `sync-${instance.connectionId}`,
    ])
    await instance.rows(
      `update outbound_sync.sync_job set not_before = not_before - make_interval(secs => $1),
         ticketed_at = ticketed_at - make_interval(secs => $1)`,
      [waitedSeconds],
    )
    const startedAt = performance.now()
    const worker = await startWorkerProcess(instance, { leaseSeconds })
    try {
      const [before] = await instance.rows('select count(*)::int as count from outbound_sync.sync_job')
      await until(
        async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0,
        180_000,
      )
      const tookSeconds = (performance.now() - startedAt) / 1000
      return [
        equals('tickets deleted', deleted.length, orderCount),
        equals('jobs waiting without a ticket', Number(before?.count), orderCount),
        ...(await deliveredFigures(instance, orderCount)),
        atMost('all arrived after', tookSeconds, graceSeconds - waitedSeconds + 40, 's'),
      ]
    } finally {
      await worker.kill()
    }
  } finally {
    await instance.close()
  }
}

// Scenario 8: orders that throw, end the process, eat its memory or keep its CPU, among many others. Workers that end are
// started again, as a supervisor does it.
import { deliveredFigures } from '../support/delivered-figures.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { openJobActions } from '../support/open-job-actions.ts'
import type { Poison } from '../support/poisonable-provider.ts'
import { atMost, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

const workerCount = 3

/** What each of them ends as. */
const parkedReasons: Readonly<Record<Poison, string>> = {
  throws: 'internal',
  exits: 'timeout',
  'eats memory': 'timeout',
  spins: 'timeout',
}

export async function poisonOrders({
  orderCount,
  latencyMs,
  poisons,
  slowdown,
}: {
  orderCount: number
  latencyMs: number
  poisons: readonly Poison[]
  /** So many times as long as without them may all others take. */
  slowdown: number
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  const person = openJobActions(instance)
  const crew = superviseWorkers(instance)
  const isDone = async (): Promise<boolean> =>
    (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0
  try {
    await crew.started
    await instance.remote.set({ latencyMs })
    const plainMs = await timeUntil(instance, orderCount, isDone)
    await instance.rows(`update fixture.positions set attendee = 'Grace Hopper'`)
    await instance.rows('update fixture.orders set total = total + 1')
    for (const [index, poison] of poisons.entries()) {
      // The first ones: nobody is told beforehand which record is the bad one.
      await instance.rows('update fixture.orders set city = $1 where id = $2', [poison, index + 1])
    }
    const parked = `select id, reason, crash_count from outbound_sync.sync_job
                    where state = 'needs_attention' order by source_id::bigint`
    const othersMs = await timeUntil(instance, orderCount, async () => {
      const left = await instance.rows('select 1 from outbound_sync.sync_job where source_id::bigint > $1 limit 1', [
        poisons.length,
      ])
      return left.length === 0
    })
    await until(async () => (await instance.rows(parked)).length === poisons.length, 240_000)
    const rows = await instance.rows(parked)
    const exitCount = crew.exitCount()
    await instance.rows(`update fixture.orders set city = 'Berlin'`)
    for (const row of rows) await person.retryNow(String(row.id))
    await until(isDone, 60_000)
    return [
      atMost('time of all others, as a multiple of without', othersMs / plainMs, slowdown),
      equals(
        'parked as',
        rows.map(({ reason }) => reason).join(' '),
        poisons.map((one) => parkedReasons[one]).join(' '),
      ),
      atMost('crashes of one of them while alone', Math.max(...rows.map((row) => Number(row.crash_count))), 3),
      // Once among the others, when nobody knows yet, then alone.
      atMost('workers that ended', exitCount, 4 * poisons.length),
      ...(await deliveredFigures(instance, orderCount)),
    ]
  } finally {
    await crew.stop()
    await person.close()
    await instance.close()
  }
}

async function timeUntil(instance: Instance, orderCount: number, isOver: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now()
  await instance.placeOrders(1, orderCount)
  await until(isOver, 240_000)
  return performance.now() - startedAt
}

function superviseWorkers(instance: Instance) {
  const workers = new Set<WorkerProcess>()
  const starts = new Set<Promise<void>>()
  let isStopping = false
  let exitCount = 0
  const start = (): Promise<void> => {
    const starting = startOne().finally(() => starts.delete(starting))
    starts.add(starting)
    return starting
  }
  const startOne = async (): Promise<void> => {
    const worker = await startWorkerProcess(instance, {
      isPoisonable: true,
      leaseSeconds: 3,
      execArgv: ['--max-old-space-size=256'],
    })
    workers.add(worker)
    worker.process.once('exit', () => {
      workers.delete(worker)
      if (isStopping) return
      exitCount++
      void start()
    })
  }
  return {
    started: Promise.all(Array.from({ length: workerCount }, start)),
    exitCount: () => exitCount,
    async stop() {
      isStopping = true
      await Promise.allSettled([...starts])
      await Promise.all([...workers].map((worker) => worker.kill()))
    },
  }
}

// Scenario 1: workers are killed with SIGKILL at random points, again and again, while orders come in.
import { setTimeout as delay } from 'node:timers/promises'
import { countedAsFailed, noAttempts } from '../support/attempt-figures.ts'
import { deliveredFigures, lostTickets } from '../support/delivered-figures.ts'
import { concurrency } from '../support/fixture-shop.ts'
import { createInstance, until } from '../support/instance.ts'
import { atMost, createRandom, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

/** Between two flushes, and what writing one takes on a busy machine: calls answered meanwhile are not yet recorded. */
const flushWindowMs = 40 + 60

export async function killWorkers({
  seed,
  orderCount,
  workerCount,
  killCount,
  latencyMs,
  quietMs,
}: {
  seed: number
  orderCount: number
  workerCount: number
  killCount: number
  /** Before the remote answers a call. */
  latencyMs: number
  /** Late duplicates would come within this time after the end. */
  quietMs: number
}): Promise<Figure[]> {
  const random = createRandom(seed)
  /** Calls that one kill may cause once more. */
  const callsLostByKill = concurrency + (concurrency * flushWindowMs) / latencyMs
  const instance = await createInstance({ orderCount })
  const workers: WorkerProcess[] = []
  const start = () => startWorkerProcess(instance, { isReconciling: true })
  try {
    await instance.remote.set({ latencyMs })
    workers.push(...(await Promise.all(Array.from({ length: workerCount }, start))))
    const startedAt = performance.now()
    for (let kill = 1; kill <= killCount; kill++) {
      const { callCount } = await instance.remote.counts()
      // As many for each kill, so that every kill hits work.
      const upTo = (count: number): number => Math.round((orderCount * count) / killCount)
      const placing = instance.placeOrders(upTo(kill - 1) + 1, upTo(kill))
      await until(async () => (await instance.remote.counts()).callCount > callCount + concurrency)
      await delay(random() * 400)
      const index = Math.floor(random() * workerCount)
      await workers[index]?.kill()
      const [started] = await Promise.all([start(), placing])
      workers[index] = started
    }
    const lastKillAt = performance.now()
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0, 180_000)
    const endedAt = performance.now()
    await delay(quietMs)
    const { resentCount, conflictCount, keyMismatchCount } = await instance.remote.counts()
    const exits = await Promise.all(workers.map((worker) => worker.stop()))
    return [
      ...(await deliveredFigures(instance, orderCount)),
      atMost('writes sent again', resentCount + conflictCount, killCount * callsLostByKill),
      equals('of them with another idempotency key', keyMismatchCount, 0),
      lostTickets(workers),
      await noAttempts(instance, { figure: 'failed attempts counted', which: countedAsFailed }),
      atMost('nothing in flight after the last kill', (endedAt - lastKillAt) / 1000, 60, 's'),
      atMost('all done', (endedAt - startedAt) / 1000, 180, 's'),
      equals('exit codes after SIGTERM', exits.map(({ code }) => code).join(' '), exits.map(() => 0).join(' ')),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

// Scenario 2: PostgreSQL is killed and started again under load, workers are killed meanwhile, and once it stays away for
// long. No process ends by itself, work goes on soon, nothing is lost.
import { setTimeout as delay } from 'node:timers/promises'
import { countedAsFailed, noAttempts } from '../support/attempt-figures.ts'
import { deliveredFigures } from '../support/delivered-figures.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { atMost, createRandom, equals, type Figure } from '../support/scenario.ts'
import { startWebProcess } from '../support/start-web-process.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'
import { startStoppablePostgres } from '../support/stoppable-postgres.ts'

const workerCount = 3

export async function stopPostgres({
  seed,
  orderCount,
  killCount,
  outagesSeconds,
}: {
  seed: number
  orderCount: number
  /** Kills of workers, spread over the outages. */
  killCount: number
  /** How long the server stays away, each time; 0 starts it again at once. */
  outagesSeconds: readonly number[]
}): Promise<Figure[]> {
  const random = createRandom(seed)
  const postgres = await startStoppablePostgres()
  const instance = await createInstance({ orderCount, server: postgres.databaseUrl })
  const web = await startWebProcess(instance)
  const workers: WorkerProcess[] = []
  const killed = new Set<WorkerProcess>()
  const start = () => startWorkerProcess(instance, { isReconciling: true, leaseSeconds: 5, waitMs: 60_000 })
  const resumedAfterMs: number[] = []
  try {
    await instance.remote.set({ latencyMs: 20 })
    workers.push(...(await Promise.all(Array.from({ length: workerCount }, start))))
    const perOutage = Math.ceil(orderCount / outagesSeconds.length)
    for (const [outage, seconds] of outagesSeconds.entries()) {
      const from = outage * perOutage + 1
      await instance.placeOrders(from, Math.min(from + perOutage - 1, orderCount))
      const killsNow = Math.round((killCount * (outage + 1)) / outagesSeconds.length) - killed.size
      for (let kill = 0; kill < killsNow; kill++) {
        await delay(random() * 300)
        const index = Math.floor(random() * workerCount)
        const victim = workers[index]
        if (!victim) continue
        killed.add(victim)
        await victim.kill()
        workers[index] = await start()
      }
      await delay(random() * 500)
      await postgres.stop()
      await delay(seconds * 1000)
      await postgres.start()
      resumedAfterMs.push(await untilWorkGoesOn(instance))
    }
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0, 180_000)
    await until(async () => (await web.status('/readyz')) === 200)
    const ended = workers.filter((worker) => worker.hasExited()).length
    const busiest = Math.max(...[...workers, ...killed].map(mostErrorsInASecond))
    const exits = await Promise.all(workers.map((worker) => worker.stop()))
    return [
      ...(await deliveredFigures(instance, orderCount)),
      equals('workers that ended by themselves', ended, 0),
      equals('pages that ended by themselves', Number(web.hasExited()), 0),
      atMost('work went on after the server was back', Math.max(...resumedAfterMs) / 1000, 10, 's'),
      atMost('error lines of one worker in one second', busiest, 1),
      await noAttempts(instance, { figure: 'failed attempts counted', which: countedAsFailed }),
      equals('exit codes after SIGTERM', [...new Set(exits.map(({ code }) => code))].join(' '), '0'),
    ]
  } finally {
    await Promise.all([...workers, web].map((one) => one.kill()))
    await instance.close()
    await postgres.close()
  }
}

/** Milliseconds until something is recorded that was not there before; 0 when nothing is left to do. */
async function untilWorkGoesOn(instance: Instance): Promise<number> {
  const startedAt = performance.now()
  const state = async (): Promise<{ jobs: number; attempts: number }> => {
    const [row] = await instance.rows(
      `select (select count(*)::int from outbound_sync.sync_job) as jobs,
              (select count(*)::int from outbound_sync.attempt) as attempts`,
    )
    return { jobs: Number(row?.jobs), attempts: Number(row?.attempts) }
  }
  const before = await state()
  await until(async () => {
    const { jobs, attempts } = await state()
    return jobs === 0 || attempts > before.attempts
  }, 60_000)
  return performance.now() - startedAt
}

function mostErrorsInASecond({ logLines }: WorkerProcess): number {
  const seconds = logLines.filter(({ level }) => level === 'error').map(({ at }) => Math.floor(at / 1000))
  return Math.max(0, ...[...Map.groupBy(seconds, (second) => second).values()].map((list) => list.length))
}

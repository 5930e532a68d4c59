// Scenario 12: workers are replaced one after the other under load, as a deploy does it; one is told to stop while the
// remote does not answer; the pages are stopped while people use them.
import { setTimeout as delay } from 'node:timers/promises'
import { deliveredFigures } from '../support/delivered-figures.ts'
import { concurrency } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { atMost, createRandom, equals, type Figure } from '../support/scenario.ts'
import { startWebProcess, visitUntilClosed } from '../support/start-web-process.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

const workerCount = 2
/** No row may come back by the end of its lease. */
const leaseSeconds = 60
/** Less than a remote is waited for: the worker has to leave while its calls have no answer. */
const hangingDrainSeconds = 5
/** A claim that was under way when the signal came ends within this time. */
const claimEndsMs = 500

export interface RollingRestarts {
  seed: number
  orderCount: number
  restartCount: number
  drainSeconds: number
}

export async function restartRolling(options: RollingRestarts): Promise<Figure[]> {
  const { orderCount } = options
  const instance = await createInstance({ orderCount })
  const workers: WorkerProcess[] = []
  try {
    await instance.remote.set({ latencyMs: 40 })
    const rolling = await rollWorkers(instance, workers, options)
    const delivered = await deliveredFigures(instance, orderCount)
    const { resentCount, conflictCount } = await instance.remote.counts()
    return [
      ...delivered,
      ...rolling,
      equals('writes sent again', resentCount + conflictCount, 0),
      ...(await stopWhileRemoteHangs(instance, workers, options)),
      ...(await stopPagesInUse(instance)),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

async function rollWorkers(
  instance: Instance,
  workers: WorkerProcess[],
  { seed, orderCount, restartCount, drainSeconds }: RollingRestarts,
): Promise<Figure[]> {
  const random = createRandom(seed)
  const start = () => startWorkerProcess(instance, { leaseSeconds, drainSeconds })
  workers.push(...(await Promise.all(Array.from({ length: workerCount }, start))))
  const ends: { code: number | null; tookMs: number }[] = []
  let lateClaimCount = 0
  let keptCount = 0
  for (let restart = 1; restart <= restartCount; restart++) {
    const upTo = (count: number): number => Math.round((orderCount * count) / restartCount)
    const { callCount } = await instance.remote.counts()
    const placing = instance.placeOrders(upTo(restart - 1) + 1, upTo(restart))
    await until(async () => (await instance.remote.counts()).callCount > callCount + concurrency)
    await delay(random() * 200)
    const leaving = workers.shift()
    if (!leaving) break
    const ending = leaving.stop()
    await delay(claimEndsMs)
    const [fence] = await instance.rows('select last_value::text as last from outbound_sync.fence')
    workers.push(await start())
    ends.push(await ending)
    const worker = `%/${leaving.pid}/%`
    const [after] = await instance.rows(
      `select (select count(*)::int from outbound_sync.attempt where worker like $1 and id > $2) as late,
              (select count(*)::int from outbound_sync.sync_job where worker like $1)
              + (select count(*)::int from outbound_sync.lease where worker like $1) as kept`,
      [worker, fence?.last],
    )
    lateClaimCount += Number(after?.late)
    keptCount += Number(after?.kept)
    await placing
  }
  await untilDone(instance)
  return [
    equals('exit codes', [...new Set(ends.map(({ code }) => code))].join(' '), '0'),
    atMost('work under way ended after', Math.max(...ends.map(({ tookMs }) => tookMs)) / 1000, 25, 's'),
    equals('jobs claimed after the signal', lateClaimCount, 0),
    equals('jobs and leases kept by a worker that had left', keptCount, 0),
  ]
}

// The drain time is over, and the calls have no answer: their jobs go back, and another worker sends them.
async function stopWhileRemoteHangs(
  instance: Instance,
  workers: WorkerProcess[],
  { orderCount, ...options }: RollingRestarts,
): Promise<Figure[]> {
  const drainSeconds = Math.min(options.drainSeconds, hangingDrainSeconds)
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
  const leaving = await startWorkerProcess(instance, { leaseSeconds, drainSeconds })
  workers.push(leaving)
  await instance.remote.set({ holdNextCount: concurrency })
  await instance.rows(`update fixture.positions set attendee = 'Grace Hopper' where order_id <= $1`, [concurrency])
  await instance.placeOrders(1, concurrency)
  await until(async () => (await instance.remote.counts()).heldCount === concurrency)
  const { code, tookMs } = await leaving.stop()
  const [left] = await instance.rows(
    `select count(*) filter (where state = 'waiting' and not_before <= now())::int as due,
            coalesce(string_agg(distinct message, '; ') filter (where failed_attempts > 0), 'none') as failures
     from outbound_sync.sync_job`,
  )
  await instance.remote.release()
  const next = await startWorkerProcess(instance, { leaseSeconds, drainSeconds })
  workers.push(next)
  const startedAt = performance.now()
  await untilDone(instance)
  const tookOverMs = performance.now() - startedAt
  const delivered = await deliveredFigures(instance, orderCount)
  return [
    equals('remote hangs: exit code', Number(code), 0),
    atMost('remote hangs: beyond the drain time', tookMs / 1000 - drainSeconds, 4, 's'),
    equals('remote hangs: jobs handed back, due at once', Number(left?.due), concurrency),
    equals('remote hangs: attempts that were counted', String(left?.failures), 'none'),
    atMost('remote hangs: sent by the next worker after', tookOverMs / 1000, 20, 's'),
    ...delivered.filter(({ holds }) => !holds),
  ]
}

async function stopPagesInUse(instance: Instance): Promise<Figure[]> {
  const web = await startWebProcess(instance)
  try {
    await until(async () => (await web.status('/readyz')) === 200)
    const visiting = visitUntilClosed(web.origin, 8)
    await delay(1_000)
    const { code, tookMs } = await web.stop()
    const { answeredCount, failures, resetCount } = await visiting
    return [
      equals('pages in use: exit code', Number(code), 0),
      atMost('pages in use: ended after', tookMs / 1000, 25, 's'),
      equals(`pages in use: failures among ${answeredCount} answers`, failures.join(' ') || 'none', 'none'),
      // Those that were just being opened when the program stopped listening.
      atMost('pages in use: connections closed under a request', resetCount, 2),
    ]
  } finally {
    await web.kill()
  }
}

function untilDone(instance: Instance): Promise<void> {
  return until(async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0, 180_000)
}

// Scenario 3: pages and worker are started before the database; later every connection to it falls silent without being
// closed, first that of the wake-ups alone, then all.
import { setTimeout as delay } from 'node:timers/promises'
import { deliveredFigures } from '../support/delivered-figures.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { atMost, equals, type Figure } from '../support/scenario.ts'
import { startWebProcess } from '../support/start-web-process.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'
import { startStoppablePostgres } from '../support/stoppable-postgres.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const pollIntervalMs = 1_000
/** A statement under way on a connection that fell silent is given up after this. */
const statementSeconds = 30

export async function silenceDatabase({
  startDelaySeconds,
  silentSeconds,
}: {
  /** So long the database is away when the program is started. */
  startDelaySeconds: number
  silentSeconds: number
}): Promise<Figure[]> {
  const postgres = await startStoppablePostgres()
  const instance = await createInstance({ orderCount: 20, server: postgres.databaseUrl })
  const proxy = await startTcpProxy(postgres.port)
  const url = new URL(instance.databaseUrl)
  url.port = String(proxy.port)
  const databaseUrl = url.href
  let worker: WorkerProcess | undefined
  let web: Awaited<ReturnType<typeof startWebProcess>> | undefined
  try {
    await postgres.stop()
    web = await startWebProcess({ ...instance, databaseUrl })
    const { status } = web
    const startingWorker = startWorkerProcess({ ...instance, databaseUrl }, { pollIntervalMs, waitMs: 60_000 })
    const whileDown = [await status('/healthz'), await status('/readyz'), await web.signIn()]
    await delay(startDelaySeconds * 1000)
    await postgres.start()
    const readyMs = await timeUntil(async () => (await status('/readyz')) === 200)
    worker = await startingWorker
    const ordinaryMs = await timeToArrive(instance, 1)
    proxy.swallow()
    const silentAt = performance.now()
    const whileSilent = [await status('/healthz'), await status('/readyz')]
    await delay(Math.max(0, silentSeconds * 1000 - (performance.now() - silentAt)))
    proxy.letNewOnesThrough()
    const recoveredMs = await timeToArrive(instance, 2)
    const readyAgainMs = await timeUntil(async () => (await status('/readyz')) === 200)
    await instance.placeOrders(3, 20)
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0, 30_000)
    const { code } = await worker.stop()
    return [
      equals('database away: /healthz, /readyz, signing in', whileDown.join(' '), '200 503 503'),
      atMost('ready after the database was', readyMs / 1000, 5, 's'),
      atMost('then an order arrives after', ordinaryMs / 1000, pollIntervalMs / 1000 + 5, 's'),
      equals('connections silent: /healthz, /readyz', whileSilent.join(' '), '200 503'),
      atMost(
        'an order arrives after new connections work',
        recoveredMs / 1000,
        Math.max(20, statementSeconds + 10 - silentSeconds),
        's',
      ),
      atMost('ready again after that', readyAgainMs / 1000, 20, 's'),
      ...(await deliveredFigures(instance, 20)),
      equals('exit code after SIGTERM', Number(code), 0),
    ]
  } finally {
    await Promise.all([worker?.kill(), web?.kill()])
    await proxy.close()
    await instance.close()
    await postgres.close()
  }
}

async function timeUntil(condition: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now()
  await until(condition, 120_000)
  return performance.now() - startedAt
}

async function timeToArrive(instance: Instance, id: number): Promise<number> {
  await instance.placeOrder(String(id))
  return timeUntil(async () => (await instance.remote.bodies()).has(`/deal/B${id}`))
}

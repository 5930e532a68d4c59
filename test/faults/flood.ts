// Scenario 14: a flood of signals, nearly all of one tenant, while a small tenant places its first orders and the host goes
// on writing.
import { setTimeout as delay } from 'node:timers/promises'
import { deliveredFigures, lostTickets } from '../support/delivered-figures.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { atLeast, atMost, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'
import { workerFlags } from '../support/worker-flags.ts'

/** Below the connection's scope, as the large tenant is. */
const smallScope = `${scope}/subevent:small`
const smallOrderCount = 10
/** Of a tenant that changes many records at once, in one transaction. */
const subjectsPerSignal = 20
const writerCount = 4

export async function flood({
  signalCount,
  orderCount,
  spreadSeconds,
  seconds,
  addedMs,
}: {
  /** Changes signalled, over all orders of the large tenant again and again. */
  signalCount: number
  orderCount: number
  /** They are spread over this time; 0: as fast as the host can. */
  spreadSeconds: number
  /** All are signalled within this time. */
  seconds: number
  /** What a signal may add to the host's transaction. */
  addedMs: number
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  const worker = await startWorkerProcess(instance, { leaseSeconds: 30, execArgv: workerFlags })
  const largeCount = orderCount - smallOrderCount
  try {
    const startedAt = performance.now()
    let signalledCount = 0
    const flooding = signalAll(instance, {
      signalCount,
      largeCount,
      spreadMs: spreadSeconds * 1000,
      onSignalled: (count) => {
        signalledCount += count
      },
    })
    const watching = watchMemory(worker)
    await until(() => signalledCount > signalCount / 10, 60_000)
    const waitsMs: number[] = []
    for (let id = largeCount + 1; id <= orderCount; id++) waitsMs.push(await timeSmallOrder(instance, id))
    const host = await timeTransactions(instance, 500)
    await flooding
    const floodedMs = performance.now() - startedAt
    await until(async () => (await countJobs(instance)) === 0, 600_000)
    const [syncs] = await instance.rows('select count(*)::int as count from outbound_sync.attempt')
    return [
      atMost(`${signalCount} changes signalled within`, floodedMs / 1000, seconds, 's'),
      lostTickets([worker]),
      atMost('longest wait of the small tenant', Math.max(...waitsMs) / 1000, 10, 's'),
      atMost(
        'a signal adds to a transaction of the host, p95',
        p95(host.signalledMs) - p95(host.plainMs),
        addedMs,
        'ms',
      ),
      atMost('memory of the worker', (await watching.stop()) / 2 ** 20, 300, 'MiB'),
      atLeast('changes sent by one sync, on average', signalCount / Number(syncs?.count), 1),
      ...(await deliveredFigures(instance, orderCount)),
    ]
  } finally {
    await worker.kill()
    await instance.close()
  }
}

async function signalAll(
  instance: Instance,
  {
    signalCount,
    largeCount,
    spreadMs,
    onSignalled,
  }: { signalCount: number; largeCount: number; spreadMs: number; onSignalled(count: number): void },
): Promise<void> {
  const startedAt = performance.now()
  let next = 0
  const write = async (): Promise<void> => {
    while (next < signalCount) {
      const ids = Array.from({ length: subjectsPerSignal }, (_, index) => ((next + index) % largeCount) + 1)
      const turnMs = (spreadMs * next) / signalCount
      next += subjectsPerSignal
      await delay(Math.max(0, turnMs - (performance.now() - startedAt)))
      await instance.inTransaction(async (transaction) => {
        const subjects = ids.map((id) => ({ model: 'Order', id: String(id) }))
        await instance.sync.signals.order_placed.promise({ scope, subjects, transaction })
      })
      onSignalled(subjectsPerSignal)
    }
  }
  await Promise.all(Array.from({ length: writerCount }, write))
}

async function timeSmallOrder(instance: Instance, id: number): Promise<number> {
  const startedAt = performance.now()
  await instance.inTransaction(async (transaction) => {
    const subjects = [{ model: 'Order', id: String(id) }]
    await instance.sync.signals.order_placed.promise({ scope: smallScope, subjects, transaction })
  })
  const isSent = `select 1 from outbound_sync.attempt where source_id = $1 and scope = $2`
  await until(async () => (await instance.rows(isSent, [String(id), smallScope])).length > 0, 60_000)
  return performance.now() - startedAt
}

/** In turn, so that both meet the same load. */
async function timeTransactions(
  instance: Instance,
  count: number,
): Promise<{ plainMs: number[]; signalledMs: number[] }> {
  const times = { plainMs: [] as number[], signalledMs: [] as number[] }
  for (let turn = 0; turn < count * 2; turn++) {
    const startedAt = performance.now()
    await instance.inTransaction(async (transaction, client) => {
      await client.query('update fixture.orders set city = city where id = 1')
      if (turn % 2 === 0) return
      const subjects = [{ model: 'Order', id: '1' }]
      await instance.sync.signals.order_placed.promise({ scope, subjects, transaction })
    })
    times[turn % 2 === 0 ? 'plainMs' : 'signalledMs'].push(performance.now() - startedAt)
  }
  return times
}

function watchMemory(worker: WorkerProcess): { stop(): Promise<number> } {
  let mostBytes = 0
  let isWatching = true
  const running = until(async () => {
    mostBytes = Math.max(mostBytes, await worker.rssBytes())
    return !isWatching
  }, 3_600_000)
  return {
    async stop() {
      isWatching = false
      await running
      return mostBytes
    },
  }
}

async function countJobs(instance: Instance): Promise<number> {
  const [row] = await instance.rows('select count(*)::int as count from outbound_sync.sync_job')
  return Number(row?.count)
}

const p95 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0

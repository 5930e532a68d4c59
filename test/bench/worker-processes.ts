// The same queue drained by one, two and four worker processes, and what memory one of them takes.
import { cpus } from 'node:os'
import { type Bench, type BenchShop, firstIds } from './bench-shop.ts'
import { fireSignals, waitUntilDrained } from './product.ts'
import { median, medianRatio, perSecond, type Row, row } from './rows.ts'
import { forkWorker, type WorkerProcess } from './worker-process.ts'

const counts = [1, 2, 4] as const
/** Of one process; more than one may not be slower by more than the noise of a round. */
const noise = 0.9

export async function measureWorkerProcesses(bench: Bench): Promise<Row[]> {
  const { orderCount } = bench
  const shop = await bench.openShop({ name: 'processes', orderCount })
  const speeds = new Map<number, number[]>(counts.map((count) => [count, []]))
  const peaks: number[] = []
  try {
    for (let round = 0; round <= bench.roundCount; round++) {
      for (const count of counts) {
        const workers = await Promise.all(Array.from({ length: count }, () => forkWorker(shop)))
        try {
          // New processes are slow at first: each drains once before it is measured.
          await drainWith(shop, workers, orderCount)
          const speed = await drainWith(shop, workers, orderCount)
          if (round === 0) continue
          speeds.get(count)?.push(speed)
          if (count === 1) for (const worker of workers) peaks.push(await worker.peakMebibytes())
        } finally {
          await Promise.all(workers.map((worker) => worker.stop()))
        }
      }
    }
  } finally {
    await shop.close()
  }
  const [one, two, four] = counts.map((count) => speeds.get(count) ?? [])
  return [
    ...[two, four].map((many, index) =>
      row({
        name: `${counts[index + 1]} worker processes / one`,
        value: medianRatio(many ?? [], one ?? []),
        atLeast: noise,
        detail: `${perSecond(many ?? [])} against ${perSecond(one ?? [])}, ${cpus().length} cores for workers, PostgreSQL and remote`,
      }),
    ),
    row({
      name: 'memory of a worker process',
      value: median(peaks),
      unit: 'MiB',
      atMost: 250,
      detail: `most RSS over two drains of ${orderCount} orders`,
    }),
  ]
}

async function drainWith(shop: BenchShop, workers: readonly WorkerProcess[], orderCount: number): Promise<number> {
  await shop.remote.clear()
  // Started workers wait for the connection; a queue filled before would be half empty when the last one starts.
  await Promise.all(workers.map((worker) => worker.start()))
  const connectionId = await shop.connect()
  await shop.pool.query(`update outbound_sync.connection set gate = 'paused' where id = $1`, [connectionId])
  await fireSignals(shop.pool, shop.sync, firstIds(orderCount))
  const startedAt = performance.now()
  await shop.pool.query(`update outbound_sync.connection set gate = 'open' where id = $1`, [connectionId])
  await shop.pool.query('notify outbound_sync_wake_up')
  await waitUntilDrained(shop.pool)
  const seconds = (performance.now() - startedAt) / 1000
  await shop.disconnectAll()
  return orderCount / seconds
}

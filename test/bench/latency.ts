// From COMMIT in the host to the arrival at the remote, at light load, with the worker in another process: woken by
// NOTIFY, and through PgBouncer in transaction mode, where nobody can listen and polling finds the work.
import pg from 'pg'
import { type Bench, firstIds } from './bench-shop.ts'
import { type Latencies, placeAtPace, spread, startArrivals } from './light-load.ts'
import { findPgBouncer, startPgBouncer } from './pgbouncer.ts'
import { percentile, type Row, row, skippedRow } from './rows.ts'
import { forkWorker } from './worker-process.ts'

const orderCount = 200
const perSecond = 10
const pollIntervalMs = 1000

export async function measureLatency(bench: Bench): Promise<Row[]> {
  const direct = await latencies(bench, { through: null })
  const detail = (taken: Latencies): string =>
    `${orderCount} orders at ${perSecond}/s; first call ${spread(taken.first)}; third call ${spread(taken.last)}`
  const rows = [
    row({
      name: 'commit to arrival, p50',
      value: percentile(direct.first, 0.5),
      unit: 'ms',
      atMost: 50,
      detail: detail(direct),
    }),
    row({ name: 'commit to arrival, p95', value: percentile(direct.first, 0.95), unit: 'ms', atMost: 150, detail: '' }),
  ]
  const name = 'commit to arrival through PgBouncer, p95'
  const program = await findPgBouncer()
  if (program === null) {
    return [...rows, skippedRow(name, 'pgbouncer is not installed; on Debian: apt-get install pgbouncer')]
  }
  const pooled = await latencies(bench, { through: program })
  return [
    ...rows,
    row({
      name,
      value: percentile(pooled.first, 0.95),
      unit: 'ms',
      atMost: pollIntervalMs,
      detail: `transaction mode, unprepared; ${detail(pooled)}`,
    }),
  ]
}

async function latencies(bench: Bench, { through }: { through: string | null }): Promise<Latencies> {
  const shop = await bench.openShop({ name: 'latency', orderCount: orderCount * 2 })
  const arrivals = await startArrivals()
  const bouncer = through === null ? null : await startPgBouncer({ program: through, databaseUrl: shop.databaseUrl })
  const databaseUrl = bouncer?.databaseUrl ?? shop.databaseUrl
  const preparedStatements = bouncer === null
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 })
  const worker = await forkWorker(shop, { databaseUrl, preparedStatements })
  try {
    await shop.connect({ baseUrl: arrivals.baseUrl })
    await worker.start()
    const pace = { perSecond, pool, preparedStatements }
    const ids = firstIds(orderCount * 2)
    // The first ones warm up.
    await placeAtPace(shop, arrivals, { ...pace, ids: ids.slice(0, orderCount / 4) })
    return await placeAtPace(shop, arrivals, { ...pace, ids: ids.slice(orderCount) })
  } finally {
    await worker.stop()
    await pool.end()
    await bouncer?.stop()
    await arrivals.close()
    await shop.close()
  }
}

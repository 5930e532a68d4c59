// `npm run bench:peers`: the same orders drained by this product, graphile-worker, BullMQ and a tuned pg-boss, in turn, in
// one process on one PostgreSQL; medians. Needs `npm ci --prefix test/bench/peers` and Debian's package redis-server.
import { cpus } from 'node:os'
import { type Bench, type BenchShop, firstIds, openBench } from '../bench-shop.ts'
import { closeCalls } from '../contenders.ts'
import { drain, fireSignals } from '../product.ts'
import { medianRatio, perSecond, type Row, row, skippedRow, table } from '../rows.ts'
import { drainBullMq } from './bullmq.ts'
import { drainGraphileWorker } from './graphile-worker.ts'
import { drainPgBoss } from './pg-boss.ts'
import { startRedis } from './redis.ts'
import { createLedger, type Target } from './send-order.ts'

const bench = await openBench({
  orderCount: Number(process.env.BENCH_ORDERS ?? 4_000),
  roundCount: Number(process.env.BENCH_ROUNDS ?? 3),
})
const redis = await startRedis()
try {
  const rows = await compare(bench)
  process.stdout.write(
    `\n${bench.orderCount} orders, 3 calls and 3 rows each, ${bench.roundCount} rounds, ${cpus().length} cores, Node ${process.version}\n\n${table(rows)}\n`,
  )
  if (rows.some((one) => one.holds === false)) process.exitCode = 1
} finally {
  await closeCalls()
  await redis?.stop()
  await bench.close()
}

async function compare({ orderCount, roundCount, openShop, remote }: Bench): Promise<Row[]> {
  const shop = await openShop({ name: 'peers', orderCount })
  const { pool, databaseUrl } = shop
  await createLedger(pool)
  const ids = firstIds(orderCount)
  const target: Target = { pool, baseUrl: remote.baseUrl }
  const peers: [name: string, run: () => Promise<number>][] = [
    ['graphile-worker', () => drainGraphileWorker(target, { databaseUrl, ids })],
    ...(redis
      ? [['BullMQ', () => drainBullMq(target, { redisPort: redis.port, ids })] satisfies (typeof peers)[0]]
      : []),
    ['pg-boss, tuned', () => drainPgBoss(target, { databaseUrl, ids })],
  ]
  const ours: number[] = []
  const theirs = new Map<string, number[]>(peers.map(([name]) => [name, []]))
  try {
    for (let round = 0; round <= roundCount; round++) {
      await shop.connect()
      await fireSignals(pool, shop.sync, ids)
      const own = await drain(shop, { orderCount })
      await shop.disconnectAll()
      if (round > 0) ours.push(own)
      for (const [name, run] of peers) {
        const speed = await drainPeer(shop, run)
        if (round > 0) theirs.get(name)?.push(speed)
      }
    }
  } finally {
    await shop.close()
  }
  return [
    ...peers.map(([name]) =>
      row({
        name: `drain / ${name}`,
        value: medianRatio(ours, theirs.get(name) ?? []),
        atLeast: 1,
        detail: `${perSecond(ours)} against ${perSecond(theirs.get(name) ?? [])}`,
      }),
    ),
    ...(redis
      ? []
      : [skippedRow('drain / BullMQ', 'redis-server is not installed; on Debian: apt-get install redis-server')]),
  ]
}

async function drainPeer({ pool, remote }: BenchShop, run: () => Promise<number>): Promise<number> {
  await remote.clear()
  await pool.query('truncate peers.sent')
  const speed = await run()
  const { objectCount } = await remote.counts()
  const { rows } = await pool.query('select count(*)::int as count from peers.sent')
  if (rows[0].count !== objectCount) throw new Error(`${objectCount} objects were sent and ${rows[0].count} kept`)
  return speed
}

// `npm run bench`: the same 4,000 orders of 2 positions (three calls an order) sent by a bare loop, by a plain pg-boss
// worker and by this product with everything on, interleaved, after a warm-up; medians of five rounds. The ratio of one
// run counts, not the orders per second of a machine. fsync and synchronous_commit are on.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'
import type { OutboundSync } from '../../core/instance.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { createFixturePlugin, createFixtureTables, scope } from '../support/fixture-shop.ts'
import { startRemote } from '../support/start-remote.ts'
import { closeCalls, fireSignals, runBareLoop, runPlainPgBoss, waitUntilDrained } from './contenders.ts'

const orderCount = Number(process.env.BENCH_ORDERS ?? 4_000)
const roundCount = Number(process.env.BENCH_ROUNDS ?? 5)
const pgBossOrderCount = Math.min(orderCount, 200)

interface Figure {
  ordersPerSecond: number
  cpuMsPerOrder: number
}

const dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-bench-'))
await chmod(dataFolder, 0o711)
const server = await startEmbeddedPostgres({ dataFolder })
const remote = await startRemote()
const { baseUrl } = remote
const pool = new pg.Pool({ connectionString: server.databaseUrl, max: 12 })
const sync = await createOutboundSync({
  databaseUrl: server.databaseUrl,
  plugins: [createFixturePlugin(pool)],
  keyFolder: dataFolder,
  egressAllow: [`127.0.0.1:${remote.port}`],
  logLevel: 'warn',
})

try {
  await createFixtureTables(pool, orderCount)
  await sync.start()
  await run()
} finally {
  await sync.stop()
  await closeCalls()
  await pool.end()
  await remote.stop()
  await server.release()
  await rm(dataFolder, { recursive: true, force: true })
}

async function run(): Promise<void> {
  const ids = Array.from({ length: orderCount }, (_, index) => String(index + 1))
  const figures = { loop: [] as Figure[], drain: [] as Figure[], sustained: [] as Figure[], pgBoss: [] as Figure[] }
  for (let round = -1; round < roundCount; round++) {
    const loop = await measure(orderCount, () => runBareLoop(pool, baseUrl, ids))
    const drain = await measureDrain(ids)
    const sustained = await measureSustained(ids)
    const seconds = await runPlainPgBoss(pool, {
      databaseUrl: server.databaseUrl,
      baseUrl,
      ids: ids.slice(0, pgBossOrderCount),
    })
    await remote.clear()
    const label = round < 0 ? 'warm-up' : `round ${round + 1}`
    process.stderr.write(
      `${label}: loop ${loop.ordersPerSecond.toFixed(0)}/s, drain ${drain.ordersPerSecond.toFixed(0)}/s, sustained ${sustained.ordersPerSecond.toFixed(0)}/s\n`,
    )
    if (round < 0) continue
    figures.loop.push(loop)
    figures.drain.push(drain)
    figures.sustained.push(sustained)
    figures.pgBoss.push({ ordersPerSecond: pgBossOrderCount / seconds, cpuMsPerOrder: Number.NaN })
  }
  report(figures)
}

async function measure(count: number, work: () => Promise<void>): Promise<Figure> {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  return { ordersPerSecond: count / seconds, cpuMsPerOrder: (used.user + used.system) / 1000 / count }
}

// A connection of its own for every measurement, so that nothing is known and every object is sent.
async function withConnection(work: (sync: OutboundSync) => Promise<Figure>): Promise<Figure> {
  await pool.query(`update outbound_sync.connection set state = 'disabled'`)
  await sync.operations.ensureConnection({
    provider: 'fixture',
    name: `Bench ${performance.now()}`,
    scope,
    settings: { baseUrl },
    actor: 'bench',
  })
  await remote.clear()
  const figure = await work(sync)
  const { objectCount } = await remote.counts()
  if (objectCount !== orderCount * 3) throw new Error(`The remote holds ${objectCount} objects, not ${orderCount * 3}`)
  return figure
}

function measureDrain(ids: readonly string[]): Promise<Figure> {
  return withConnection(async (sync) => {
    await fireSignals(pool, sync, ids)
    return measure(orderCount, async () => {
      await sync.worker.start()
      await waitUntilDrained(pool)
    }).finally(() => sync.worker.stop())
  })
}

function measureSustained(ids: readonly string[]): Promise<Figure> {
  return withConnection(async (sync) => {
    await sync.worker.start()
    return measure(orderCount, async () => {
      await fireSignals(pool, sync, ids)
      await waitUntilDrained(pool)
    }).finally(() => sync.worker.stop())
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function report(figures: Record<'loop' | 'drain' | 'sustained' | 'pgBoss', Figure[]>): void {
  const speed = (list: readonly Figure[]): number => median(list.map((figure) => figure.ordersPerSecond))
  const cpu = (list: readonly Figure[]): string => median(list.map((figure) => figure.cpuMsPerOrder)).toFixed(2)
  // Ratios are taken round by round: the machine's speed drifts.
  const ratio = (over: readonly Figure[], under: readonly Figure[]): string =>
    median(over.map((figure, index) => figure.ordersPerSecond / (under[index]?.ordersPerSecond ?? Number.NaN))).toFixed(
      2,
    )
  const lines = [
    '',
    `${orderCount} orders of 2 positions, 3 calls an order, ${roundCount} rounds, ${cpus().length} cores, Node ${process.version}`,
    '',
    '                               orders/s   ratio to (a)   CPU ms/order',
    `(a) bare loop                  ${speed(figures.loop).toFixed(0).padStart(8)}           1.00   ${cpu(figures.loop).padStart(12)}`,
    `(b) plain pg-boss, batch 1     ${speed(figures.pgBoss).toFixed(0).padStart(8)}   ${ratio(figures.pgBoss, figures.loop).padStart(12)}              –`,
    `(c) this product, drain        ${speed(figures.drain).toFixed(0).padStart(8)}   ${ratio(figures.drain, figures.loop).padStart(12)}   ${cpu(figures.drain).padStart(12)}`,
    `(c) this product, sustained    ${speed(figures.sustained).toFixed(0).padStart(8)}   ${ratio(figures.sustained, figures.loop).padStart(12)}   ${cpu(figures.sustained).padStart(12)}`,
    '',
    `drain c/a ${ratio(figures.drain, figures.loop)} (at least 0.25), c/b ${ratio(figures.drain, figures.pgBoss)} (at least 10), memory ${(process.memoryUsage.rss() / 1024 / 1024).toFixed(0)} MiB`,
    '',
  ]
  process.stdout.write(lines.join('\n'))
}

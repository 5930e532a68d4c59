// How fast one worker sends: a full queue drained, and orders sent while the host places them, each against a bare loop
// that makes the same three calls an order. Interleaved, so that the machine's drift meets all of them.
import { concurrency } from '../support/fixture-shop.ts'
import { type Bench, type BenchShop, firstIds } from './bench-shop.ts'
import { runBareLoop, runPlainPgBoss } from './contenders.ts'
import { drain, fireSignals, waitUntilDrained } from './product.ts'
import { medianRatio, perSecond, type Row, row } from './rows.ts'

const pgBossOrderCount = 200

export async function measureDrain(bench: Bench): Promise<Row[]> {
  const { orderCount, roundCount } = bench
  const shop = await bench.openShop({ name: 'drain', orderCount })
  const ids = firstIds(orderCount)
  const loops: number[] = []
  const drains: number[] = []
  const sustained: number[] = []
  const pgBoss: number[] = []
  try {
    for (let round = 0; round <= roundCount; round++) {
      const loop = await loopSpeed(shop, ids)
      await shop.connect()
      await fireSignals(shop.pool, shop.sync, ids)
      const drained = await drain(shop, { orderCount })
      const kept = await drain(shop, {
        orderCount,
        until: async () => {
          await shop.disconnectAll()
          await shop.connect()
          await fireSignals(shop.pool, shop.sync, ids)
          await waitUntilDrained(shop.pool)
        },
      })
      await shop.disconnectAll()
      const plain = await pgBossSpeed(shop)
      if (round === 0) continue
      loops.push(loop)
      drains.push(drained)
      sustained.push(kept)
      pgBoss.push(plain)
    }
  } finally {
    await shop.close()
  }
  const of = `${orderCount} orders, loop ${perSecond(loops)}`
  return [
    row({
      name: 'drain / bare loop',
      value: medianRatio(drains, loops),
      atLeast: 0.45,
      detail: `${perSecond(drains)}, ${of}`,
    }),
    row({ name: 'sustained / bare loop', value: medianRatio(sustained, loops), detail: perSecond(sustained) }),
    row({
      name: 'drain / plain pg-boss, batch 1',
      value: medianRatio(drains, pgBoss),
      atLeast: 10,
      detail: `${perSecond(pgBoss)} on ${concurrency * 2} polling lanes`,
    }),
  ]
}

export async function loopSpeed(shop: BenchShop, ids: readonly string[], batchSize?: number): Promise<number> {
  await shop.remote.clear()
  const startedAt = performance.now()
  await runBareLoop(shop.pool, shop.remote.baseUrl, ids, batchSize ? { batchSize } : {})
  return ids.length / ((performance.now() - startedAt) / 1000)
}

async function pgBossSpeed(shop: BenchShop): Promise<number> {
  const ids = firstIds(pgBossOrderCount)
  const seconds = await runPlainPgBoss(shop.pool, { databaseUrl: shop.databaseUrl, baseUrl: shop.remote.baseUrl, ids })
  return ids.length / seconds
}

// A remote that takes 20 ms and a fixed number of calls at the same time: the cap decides, so the product must keep it
// full. The loop it is compared with has all orders loaded and never waits for a batch.
import { concurrency } from '../support/fixture-shop.ts'
import { type Bench, firstIds } from './bench-shop.ts'
import { loopSpeed } from './drain.ts'
import { drain, fireSignals } from './product.ts'
import { medianRatio, perSecond, type Row, row } from './rows.ts'

const orderCount = 1_500
const latencyMs = 20

export async function measureSlowRemote(bench: Bench): Promise<Row[]> {
  const shop = await bench.openShop({ name: 'slow', orderCount })
  const ids = firstIds(orderCount)
  const loops: number[] = []
  const drains: number[] = []
  await bench.remote.set({ latencyMs })
  try {
    for (let round = 0; round <= bench.roundCount; round++) {
      const loop = await loopSpeed(shop, ids, orderCount)
      await shop.connect()
      await fireSignals(shop.pool, shop.sync, ids)
      const drained = await drain(shop, { orderCount })
      await shop.disconnectAll()
      if (round === 0) continue
      loops.push(loop)
      drains.push(drained)
    }
  } finally {
    await bench.remote.set({ latencyMs: 0 })
    await shop.close()
  }
  return [
    row({
      name: `drain / bare loop at ${latencyMs} ms and ${concurrency} calls`,
      value: medianRatio(drains, loops),
      atLeast: 0.9,
      detail: `${perSecond(drains)} against ${perSecond(loops)}`,
    }),
  ]
}

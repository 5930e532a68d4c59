// The same 3,000 orders over 300 connections of ten each and over one: small connections must not cost much more.
import { type Bench, type BenchShop, firstIds } from './bench-shop.ts'
import { inParallel } from './contenders.ts'
import { drain, fireSignal, fireSignals } from './product.ts'
import { medianRatio, perSecond, type Row, row } from './rows.ts'

const connectionCount = 300
const ordersEach = 10

export async function measureManyConnections(bench: Bench): Promise<Row[]> {
  const orderCount = connectionCount * ordersEach
  const shop = await bench.openShop({ name: 'connections', orderCount })
  const one: number[] = []
  const many: number[] = []
  try {
    for (let round = 0; round <= bench.roundCount; round++) {
      await shop.connect()
      await fireSignals(shop.pool, shop.sync, firstIds(orderCount))
      const ofOne = await drain(shop, { orderCount })
      await shop.disconnectAll()
      await spreadOrders(shop)
      const ofMany = await drain(shop, { orderCount })
      await shop.disconnectAll()
      if (round === 0) continue
      one.push(ofOne)
      many.push(ofMany)
    }
  } finally {
    await shop.close()
  }
  return [
    row({
      name: `${connectionCount} connections x ${ordersEach} / one x ${orderCount}`,
      value: medianRatio(many, one),
      atLeast: 0.7,
      detail: `${perSecond(many)} against ${perSecond(one)}`,
    }),
  ]
}

async function spreadOrders(shop: BenchShop): Promise<void> {
  const numbers = Array.from({ length: connectionCount }, (_, index) => index)
  await inParallel(numbers, 8, async (number) => {
    const scope = `organizer:number${number}`
    // An account of its own at the remote.
    await shop.connect({ scope, baseUrl: `${shop.remote.baseUrl}/account${number}` })
    const ids = firstIds(ordersEach).map((id) => String(number * ordersEach + Number(id)))
    await fireSignal(shop.pool, shop.sync, { ids, scope: `${scope}/event:conf26` })
  })
}

// Connections whose remote accepts and never answers must not hold up the others: what a healthy connection's orders take
// at light load, with and without them, with the worker in another process.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Bench, type BenchShop, firstIds } from './bench-shop.ts'
import { type Arrivals, type Latencies, placeAtPace, spread, startArrivals } from './light-load.ts'
import { fireSignal } from './product.ts'
import { percentile, type Row, row } from './rows.ts'
import { forkWorker } from './worker-process.ts'

const orderCount = 200
const perSecond = 20
const hangingOrders = 400

export async function measureHangingConnection(bench: Bench): Promise<Row[]> {
  const shop = await bench.openShop({ name: 'hanging', orderCount: orderCount * 4 })
  const arrivals = await startArrivals()
  const remote = await startHangingRemote()
  const worker = await forkWorker(shop)
  try {
    await shop.connect({ baseUrl: arrivals.baseUrl })
    await worker.start()
    const ids = firstIds(orderCount * 4)
    await placeAtPace(shop, arrivals, { ids: ids.slice(0, orderCount / 4), perSecond })
    const alone = await place(shop, arrivals, ids.slice(orderCount, orderCount * 2))
    await addHanging(shop, remote, 1)
    const besideOne = await place(shop, arrivals, ids.slice(orderCount * 2, orderCount * 3))
    await addHanging(shop, remote, 3)
    const besideFour = await place(shop, arrivals, ids.slice(orderCount * 3))
    const beside = (count: string, latencies: Latencies): Row =>
      row({
        name: `p95 beside ${count} / without`,
        value: percentile(latencies.last, 0.95) / percentile(alone.last, 0.95),
        atMost: 2,
        detail: `third call ${spread(latencies.last)} against ${spread(alone.last)}`,
      })
    return [beside('a hanging connection', besideOne), beside('four hanging connections', besideFour)]
  } finally {
    remote.close()
    await worker.stop()
    await arrivals.close()
    await shop.close()
  }
}

const place = (shop: BenchShop, arrivals: Arrivals, ids: readonly string[]): Promise<Latencies> =>
  placeAtPace(shop, arrivals, { ids, perSecond })

interface HangingRemote {
  baseUrl: string
  /** Resolves when that many connections were accepted. */
  accepted(count: number): Promise<void>
  close(): void
}

async function startHangingRemote(): Promise<HangingRemote> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.resume()
    server.emit('accepted')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async accepted(count) {
      while (sockets.length < count) await once(server, 'accepted')
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

// In a scope of their own, so that the healthy connection's orders are not theirs too.
async function addHanging(shop: BenchShop, remote: HangingRemote, count: number): Promise<void> {
  const scope = `organizer:hanging${count}`
  for (let number = 0; number < count; number++) await shop.connect({ scope, baseUrl: `${remote.baseUrl}/${number}` })
  await fireSignal(shop.pool, shop.sync, { ids: firstIds(hangingOrders), scope: `${scope}/event:conf26` })
  await remote.accepted(count)
}

// Orders placed one after another at a light pace, and a remote in this process that notes when their calls arrive: one
// clock for both ends.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { BenchShop } from './bench-shop.ts'
import { fireSignal } from './product.ts'
import { percentile } from './rows.ts'

export interface Arrivals {
  baseUrl: string
  /** When the first and the last call of an order arrived, by the order's id. */
  first: Map<string, number>
  last: Map<string, number>
  close(): Promise<void>
}

const callsAnOrder = 3

export async function startArrivals(): Promise<Arrivals> {
  const first = new Map<string, number>()
  const last = new Map<string, number>()
  const counts = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const arrivedAt = performance.now()
    const [type, name = ''] = (request.url ?? '').split('/').slice(-2)
    // Tickets are numbered by position, two an order; deals are called B and the order's id.
    const id = type === 'ticket' ? String(Math.floor(Number(name) / 2)) : name.slice(1)
    if (!first.has(id)) first.set(id, arrivedAt)
    counts.set(id, (counts.get(id) ?? 0) + 1)
    if (counts.get(id) === callsAnOrder) last.set(id, arrivedAt)
    request.resume()
    await once(request, 'end')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: name, isNew: true }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    first,
    last,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Latencies {
  /** From the moment COMMIT is sent to the arrival of the order's first call. */
  first: number[]
  /** The same to the arrival of its third call. */
  last: number[]
}

/** About `perSecond` orders a second, at uneven gaps so that they meet every moment of the polling. */
export async function placeAtPace(
  shop: BenchShop,
  arrivals: Arrivals,
  {
    ids,
    perSecond,
    pool = shop.pool,
    preparedStatements = true,
    mostMs = 10_000,
  }: {
    ids: readonly string[]
    perSecond: number
    pool?: pg.Pool
    preparedStatements?: boolean
    /** How long the last one is waited for. */
    mostMs?: number
  },
): Promise<Latencies> {
  const committedAt = new Map<string, number>()
  const firing: Promise<void>[] = []
  for (const [index, id] of ids.entries()) {
    // Gaps between half and one and a half of the mean, spread by the golden ratio.
    await delay((1000 / perSecond) * (0.5 + ((index * 0.618_034) % 1)))
    const onCommit = (): void => {
      committedAt.set(id, performance.now())
    }
    firing.push(fireSignal(pool, shop.sync, { ids: [id], preparedStatements, onCommit }))
  }
  await Promise.all(firing)
  const deadline = performance.now() + mostMs
  while (!ids.every((id) => arrivals.last.has(id)) && performance.now() < deadline) await delay(50)
  // What has not arrived by then counts as never.
  const since = (arrived: Map<string, number>): number[] =>
    ids.map((id) => (arrived.get(id) ?? Number.POSITIVE_INFINITY) - (committedAt.get(id) ?? Number.NaN))
  return { first: since(arrivals.first), last: since(arrivals.last) }
}

export const spread = (values: readonly number[]): string =>
  [0.5, 0.95, 0.99]
    .map((share) => `p${share * 100} ${percentile(values, share).toFixed(0)}`)
    .join(', ')
    .concat(' ms')

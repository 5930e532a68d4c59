// Whether everything arrived exactly once: what the remote holds, what the ledger knows, and what history says.
import type { Instance } from './instance.ts'
import { equals, type Figure } from './scenario.ts'
import type { WorkerProcess } from './start-worker-process.ts'

/** For orders 1 to `orderCount` of the fixture shop: two tickets and a deal each. */
export async function deliveredFigures(instance: Instance, orderCount: number): Promise<Figure[]> {
  const { objectCount } = await instance.remote.counts()
  const bodies = await instance.remote.bodies()
  const orders = await instance.rows('select id, code, email, total, city from fixture.orders order by id limit $1', [
    orderCount,
  ])
  const positions = await instance.rows(
    'select id, item, price, attendee from fixture.positions where order_id <= $1',
    [orderCount],
  )
  const outdated = [
    ...orders.filter(({ id, ...order }) => !isSame(bodies.get(`/deal/${order.code}`), order)),
    ...positions.filter(({ id, ...position }) => !isSame(bodies.get(`/ticket/${id}`), position)),
  ]
  const [ledger] = await instance.rows(
    `select (select count(*)::int from outbound_sync.external_object) as objects,
            (select count(*)::int from outbound_sync.sync_link) as links,
            (select count(distinct source_id)::int from outbound_sync.attempt
             where outcome in ('succeeded', 'nothing_to_do')) as orders,
            (select count(*)::int from outbound_sync.sync_job) as jobs,
            -- A worker keeps its share of an account's call slots for a while.
            (select count(*)::int from outbound_sync.lease where until > now() and key !~ '^(slot|want)//') as leases`,
  )
  return [
    equals('objects at the remote', objectCount, orderCount * 3),
    equals('of them missing or not the newest', outdated.length, 0),
    equals('objects in the ledger', Number(ledger?.objects), orderCount * 3),
    equals('links in the ledger', Number(ledger?.links), orderCount * 3),
    equals('orders that history calls sent', Number(ledger?.orders), orderCount),
    equals('jobs left', Number(ledger?.jobs), 0),
    equals('leases left', Number(ledger?.leases), 0),
  ]
}

/** A due job without a ticket lies for a minute, until a sweep finds it. */
export function lostTickets(workers: readonly WorkerProcess[]): Figure {
  const found = workers.flatMap(({ logLines }) => logLines).filter(({ text }) => text.startsWith('Due jobs without'))
  return equals('sweeps that found a due job without a ticket', found.length, 0)
}

function isSame(body: Record<string, unknown> | undefined, source: Record<string, unknown>): boolean {
  return body !== undefined && Object.entries(source).every(([key, value]) => String(body[key]) === String(value))
}

// Reads a batch of orders: each by a call of its own, because pretix's API knows no other way, some at the same time; what
// belongs to their events once for all of them. One that cannot be read does not keep back the others.
import type { LoadOptions } from '../../../core/sdk/index.ts'
import type { PretixClient } from '../client.ts'
import type { EventFacts, EventReader, ItemFacts, SubEventFacts, VoucherFacts } from '../event-reader.ts'
import { eventPath, isWithin, type OrderReference, orderId, parseOrderId, parseScope } from '../order-reference.ts'
import { concernsAllOfPretix } from '../pretix-errors.ts'
import { orderSchema, type PretixOrder } from '../pretix-records.ts'

/** An order with everything its fields read from. */
export interface ReadOrder {
  reference: OrderReference
  order: PretixOrder
  event: EventFacts
  items: ReadonlyMap<number, ItemFacts>
  subEvents: ReadonlyMap<number, SubEventFacts | null>
  vouchers: ReadonlyMap<number, VoucherFacts>
}

export interface OrderSource {
  client: PretixClient
  events: EventReader
}

export async function readOrders(
  source: OrderSource,
  ids: readonly string[],
  { scope, signal, unreadable }: LoadOptions,
): Promise<ReadOrder[]> {
  signal.throwIfAborted()
  const parts = parseScope(scope)
  const references = ids.flatMap((id) => parseOrderId(id) ?? []).filter((reference) => isWithin(reference, parts))
  const controller = new AbortController()
  const either = AbortSignal.any([signal, controller.signal])
  const read = await Promise.all(
    references.map(async (reference) => {
      try {
        return await readOrder(source, reference, either)
      } catch (error) {
        if (unreadable && !either.aborted && !concernsAllOfPretix(error)) {
          unreadable(orderId(reference), error)
          return null
        }
        // The others that are under way or wait for their turn would only learn the same.
        controller.abort(error)
        throw error
      }
    }),
  )
  return read.flatMap((one) => one ?? [])
}

async function readOrder(
  { client, events }: OrderSource,
  reference: OrderReference,
  signal: AbortSignal,
): Promise<ReadOrder | null> {
  signal.throwIfAborted()
  const { organizer, event: eventSlug, code } = reference
  const order = await client.find({
    what: `The order ${code} of ${organizer}/${eventSlug}`,
    path: `${eventPath(reference)}orders/${code}/`,
    query: [['include_canceled_positions', 'true']],
    schema: orderSchema,
    signal,
  })
  if (!order) return null
  const { positions } = order
  const idsOf = (key: 'item' | 'subevent' | 'voucher'): number[] => [
    ...new Set(positions.flatMap((position) => position[key] ?? [])),
  ]
  const [event, items, subEvents, vouchers] = await Promise.all([
    events.event(reference),
    events.items(reference, idsOf('item')),
    byId(idsOf('subevent'), (id) => events.subEvent(reference, id)),
    byId(idsOf('voucher'), (id) => events.voucher(reference, id)),
  ])
  return { reference, order, event, items, subEvents, vouchers }
}

async function byId<T>(ids: readonly number[], read: (id: number) => Promise<T>): Promise<Map<number, T>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await read(id)] as const)))
}

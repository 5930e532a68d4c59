// Places orders: the first step of DESIGN section 5. One transaction saves them all and fires `order_placed` once for all.
import type { EntityManager } from '@mikro-orm/postgresql'
import { loadEventCatalogue } from './event-catalogue.ts'
import { findEvent } from './find-event.ts'
import { fireSignal } from './fire-signal.ts'
import { insertOrders, OrderCodeTaken } from './insert-orders.ts'
import { allocateOrderCodes } from './order-code.ts'
import { draftOrder, findCustomers } from './order-draft.ts'
import { type PlaceOrdersInput, placeOrdersSchema } from './order-input.ts'
import type { OrderSummary } from './order-summary.ts'
import { eventScope } from './scope-path.ts'
import type { Shop } from './shop-database.ts'
import { parseInput } from './shop-error.ts'

const placementTries = 3

/** Places up to 1000 orders of one event; all of them or none. */
export async function placeOrders(shop: Shop, input: PlaceOrdersInput): Promise<OrderSummary[]> {
  const { event: reference, orders, isImport, ...request } = parseInput(placeOrdersSchema, input, 'place orders')
  const now = new Date()
  const place = (outer: EntityManager): Promise<OrderSummary[]> =>
    outer.transactional(async (em) => {
      const event = await findEvent(em, reference)
      const positions = orders.flatMap((order) => order.positions)
      const catalogue = await loadEventCatalogue(em, event, positions)
      const customers = await findCustomers(em, event, orders)
      const codes = await allocateOrderCodes(em, { event, wanted: orders.map((order) => order.code) })
      const drafts = orders.map((order, index) =>
        draftOrder(order, { event, catalogue, customers, isImport, now, code: codes[index] ?? '' }),
      )
      const placed = await insertOrders(em, drafts)
      // The vouchers that were redeemed.
      await em.flush()
      const scope = eventScope(event.organizer.slug, event.slug)
      const subjects = placed.map(({ id }) => ({ model: 'Order', id }))
      await fireSignal(shop, { em, name: 'order_placed', payload: { scope, subjects, version: 1, ...request } })
      return placed
    })
  for (let tries = 1; ; tries += 1) {
    try {
      return await place(shop.database.openEntityManager())
    } catch (error) {
      // Another transaction took one of our codes between the look and the insert; the next look sees it.
      if (!(error instanceof OrderCodeTaken) || tries === placementTries) throw error
    }
  }
}

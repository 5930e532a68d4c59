// What an order would cost: everything that placing it does is done and then undone, so that the answer, with every
// refusal, is the one that placing it would give.
import { loadEventCatalogue } from '../event-catalogue.ts'
import { findEvent } from '../find-event.ts'
import { draftOrder, findCustomers } from '../order-draft.ts'
import { type PlaceOrdersInput, placeOrdersSchema } from '../order-input.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { parseInput } from '../shop-error.ts'

export async function quoteOrder(database: ShopDatabase, input: PlaceOrdersInput): Promise<string> {
  const { event: reference, orders, isImport } = parseInput(placeOrdersSchema, input, 'work out the total')
  const em = database.openEntityManager()
  await em.begin()
  try {
    const event = await findEvent(em, reference)
    const positions = orders.flatMap((order) => order.positions)
    const catalogue = await loadEventCatalogue(em, event, positions)
    const customers = await findCustomers(em, event, orders)
    const [draft] = orders.map((order) =>
      draftOrder(order, { event, catalogue, customers, isImport, now: new Date(), code: '' }),
    )
    return draft?.columns.total ?? '0.00'
  } finally {
    // A draft redeems its vouchers; nobody has bought anything yet.
    await em.rollback()
  }
}

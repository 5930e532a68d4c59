// Writes drafted orders with all that belongs to them, many rows a statement, so that a thousand cost a few statements.
import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import { allocateIds, positionCounts } from './allocate-ids.ts'
import { InvoiceAddress } from './entities/invoice-address.entity.ts'
import { Order } from './entities/order.entity.ts'
import { Payment } from './entities/payment.entity.ts'
import { inChunks, insertPositions } from './insert-positions.ts'
import type { OrderDraft } from './order-draft.ts'
import type { OrderSummary } from './order-summary.ts'
import { ShopError } from './shop-error.ts'

/** Another order got the code first. */
export class OrderCodeTaken extends ShopError {}

export async function insertOrders(em: EntityManager, drafts: readonly OrderDraft[]): Promise<OrderSummary[]> {
  const ids = await allocateIds(em, {
    order: drafts.length,
    ...positionCounts(drafts.flatMap(({ positions }) => positions)),
  })
  const numbered = drafts.map((draft) => ({ orderId: ids.order.take(), ...draft }))
  const orders = numbered.map(({ orderId, columns }) => ({ id: orderId, ...columns }))
  await insertOrderRows(em, orders)
  await insertPositions(
    em,
    numbered.map(({ orderId, positions }) => ({ orderId, drafts: positions })),
    ids,
  )
  const addresses = numbered.flatMap(({ orderId, invoiceAddress }) =>
    invoiceAddress ? [{ order: orderId, ...invoiceAddress }] : [],
  )
  await inChunks(addresses, (chunk) => em.insertMany(InvoiceAddress, chunk))
  const payments = numbered.flatMap(({ orderId, columns, payments }) =>
    payments.map(({ paidAt, ...payment }) => ({
      order: orderId,
      ...payment,
      paidAt: paidAt ?? (payment.state === 'confirmed' ? columns.placedAt : null),
    })),
  )
  await inChunks(payments, (chunk) => em.insertMany(Payment, chunk))
  return orders.map(({ id, code, status, total, version }) => ({ id, code, status, total, version }))
}

async function insertOrderRows(
  em: EntityManager,
  rows: readonly ({ id: string } & OrderDraft['columns'])[],
): Promise<void> {
  try {
    await inChunks(rows, (chunk) => em.insertMany(Order, chunk))
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error
    throw new OrderCodeTaken('Another order took one of these codes at the same moment. Try again.', { cause: error })
  }
}

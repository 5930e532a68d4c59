// What an order still owes, and the status that follows from it.
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Order } from './entities/order.entity.ts'
import { Payment } from './entities/payment.entity.ts'
import { addMoney, compareMoney, subtractMoney } from './money.ts'
import { awaitsApproval } from './order-status.ts'

export async function outstandingAmount(em: EntityManager, order: Order): Promise<string> {
  const confirmed = await em.find(Payment, { order, state: 'confirmed' })
  return subtractMoney(order.total, addMoney(...confirmed.map(({ amount }) => amount)))
}

/** Paid when nothing is owed and nobody has to approve, else pending. */
export async function settleStatus(em: EntityManager, order: Order): Promise<void> {
  const isPaid = !awaitsApproval(order) && compareMoney(await outstandingAmount(em, order), '0') <= 0
  order.status = isPaid ? 'p' : 'n'
}

/** Payments that have not come yet are not waited for any more. */
export async function cancelOpenPayments(em: EntityManager, order: Order): Promise<void> {
  for (const payment of await em.find(Payment, { order, state: { $in: ['created', 'pending'] } })) {
    payment.state = 'canceled'
  }
}

// Moves positions of an order into a new order of their own, with their answers and check-ins, a copy of the invoice address
// and, if the order was paid, the money for them.
import { z } from '../../core/sdk/index.ts'
import { InvoiceAddress } from './entities/invoice-address.entity.ts'
import { Order } from './entities/order.entity.ts'
import { OrderPosition } from './entities/order-position.entity.ts'
import { Payment } from './entities/payment.entity.ts'
import { addMoney, compareMoney, negateMoney, subtractMoney } from './money.ts'
import { allocateOrderCodes, newSecret } from './order-code.ts'
import { orderReferenceSchema, positionidSchema, requestShape } from './order-input.ts'
import type { OrderSummary } from './order-summary.ts'
import { type OrderActionContext, runOrderAction } from './run-order-action.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const splitSchema = z.strictObject({
  order: orderReferenceSchema,
  /** Main positions; their add-ons follow them. */
  positionids: z.array(positionidSchema).min(1).max(1000),
  ...requestShape,
})

export async function splitOrder(
  shop: Shop,
  input: z.input<typeof splitSchema>,
): Promise<{ order: OrderSummary; newOrders: OrderSummary[] }> {
  const { positionids, ...request } = parseInput(splitSchema, input, 'split an order')
  return runOrderAction(shop, request, {
    move: 'split',
    signal: 'order_split',
    async act(context) {
      const { em, order } = context
      const positions = await em.find(OrderPosition, { order }, { orderBy: { positionid: 'asc' } })
      const moved = choosePositions(positions, { order, positionids })
      const newOrder = await createSplitOrder(moved, context)
      moved.forEach((position, index) => {
        position.order = newOrder
        position.positionid = index + 1
      })
      order.total = subtractMoney(order.total, newOrder.total)
      if (order.status === 'p') await moveMoney(newOrder, context)
      const changes = [{ newOrder: newOrder.code, positionids: [...positionids] }]
      return { newOrders: [newOrder], changes }
    },
  })
}

function choosePositions(
  positions: readonly OrderPosition[],
  { order, positionids }: { order: Order; positionids: readonly number[] },
): OrderPosition[] {
  const chosen = new Set<OrderPosition>()
  for (const positionid of positionids) {
    const position = positions.find((candidate) => candidate.positionid === positionid)
    if (!position || position.isCanceled) {
      throw new ShopError(`Order ${order.code} has no position ${positionid} that could be split off.`)
    }
    if (position.addonTo) {
      throw new ShopError(`Position ${positionid} is an add-on. Split off the position it belongs to.`)
    }
    for (const candidate of positions) {
      if (candidate === position || candidate.addonTo?.id === position.id) chosen.add(candidate)
    }
  }
  if (!positions.some((position) => !position.isCanceled && !chosen.has(position))) {
    throw new ShopError(`Cannot split every position off order ${order.code}: one has to stay.`)
  }
  return [...chosen].sort((left, right) => left.positionid - right.positionid)
}

async function createSplitOrder(moved: readonly OrderPosition[], { em, order, event, now }: OrderActionContext) {
  const [code = ''] = await allocateOrderCodes(em, { event, wanted: [undefined] })
  const { status, customer, email, phone, locale, expiresAt, requiresApproval, approvedAt } = order
  const newOrder = em.create(Order, {
    event,
    code,
    secret: newSecret(),
    status,
    customer,
    email,
    phone,
    locale,
    placedAt: now,
    expiresAt,
    total: addMoney(...moved.filter(({ isCanceled }) => !isCanceled).map(({ price }) => price)),
    requiresApproval,
    approvedAt,
  })
  const address = await em.findOne(InvoiceAddress, { order })
  if (address) {
    const { isBusiness, nameParts, company, street, zipcode, city, state, country, vatId } = address
    em.create(InvoiceAddress, {
      order: newOrder,
      ...{ isBusiness, nameParts, company, street, zipcode, city, state, country, vatId },
    })
  }
  return newOrder
}

// The money keeps the day it came on, so that the new order's payment date is the old one's.
async function moveMoney(newOrder: Order, { em, order, now }: OrderActionContext): Promise<void> {
  if (compareMoney(newOrder.total, '0') === 0) return
  const confirmed = await em.find(Payment, { order, state: 'confirmed' }, { orderBy: { paidAt: 'desc', id: 'desc' } })
  const paidAt = confirmed.find((payment) => payment.paidAt)?.paidAt ?? now
  const payment = { state: 'confirmed', provider: 'offsetting', paidAt } as const
  em.create(Payment, { order, ...payment, amount: negateMoney(newOrder.total) })
  em.create(Payment, { order: newOrder, ...payment, amount: newOrder.total })
}

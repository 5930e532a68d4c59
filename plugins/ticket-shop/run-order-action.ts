// The frame of every action on an order that exists: one transaction that locks the order, lets the action change it, raises
// its version, and fires the action's signal after the flush. If anything throws, nothing of it remains.
import { LockMode } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { SignalName, SignalPayload } from '../../core/sdk/index.ts'
import { Event } from './entities/event.entity.ts'
import { Order } from './entities/order.entity.ts'
import { findEvent } from './find-event.ts'
import { fireSignal, type RequestOrigin } from './fire-signal.ts'
import type { OrderReference } from './order-input.ts'
import { type OrderMove, requireMove } from './order-status.ts'
import { type OrderSummary, summarizeOrder } from './order-summary.ts'
import { eventScope } from './scope-path.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

export interface OrderActionContext {
  em: EntityManager
  order: Order
  /** With its organizer. */
  event: Event
  now: Date
}

export interface OrderActionResult {
  /** What changed, without the personal data itself. */
  changes?: SignalPayload['changes']
  /** Orders that the action made; their version becomes that of the order. */
  newOrders?: readonly Order[]
}

export interface OrderActionRequest extends RequestOrigin {
  order: OrderReference
}

export interface OrderActionStep {
  move: OrderMove
  signal: SignalName
  act(context: OrderActionContext): Promise<OrderActionResult>
}

export async function runOrderAction(
  shop: Shop,
  { order: reference, actor, origin }: OrderActionRequest,
  { move, signal, act }: OrderActionStep,
): Promise<{ order: OrderSummary; newOrders: OrderSummary[] }> {
  return shop.database.openEntityManager().transactional(async (em) => {
    const order = await lockOrder(em, reference)
    const event = await em.findOneOrFail(Event, order.event.id, { populate: ['organizer'] })
    requireMove(order, move)
    const { changes, newOrders = [] } = await act({ em, order, event, now: new Date() })
    order.version += 1
    // One signal tells of all of them with one version, and a load must not find any of them older.
    for (const newOrder of newOrders) newOrder.version = order.version
    await em.flush()
    const orders = [order, ...newOrders]
    await fireSignal(shop, {
      em,
      name: signal,
      payload: {
        scope: eventScope(event.organizer.slug, event.slug),
        subjects: orders.map(({ id }) => ({ model: 'Order', id })),
        version: order.version,
        changes,
        actor,
        origin,
      },
    })
    return { order: summarizeOrder(order), newOrders: newOrders.map(summarizeOrder) }
  })
}

async function lockOrder(em: EntityManager, reference: OrderReference): Promise<Order> {
  const where =
    'id' in reference
      ? { id: reference.id }
      : { event: (await findEvent(em, reference.event)).id, code: reference.code }
  const order = await em.findOne(Order, where, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (order) return order
  throw new ShopError(
    'id' in reference
      ? `There is no order with the id ${reference.id}.`
      : `The event ${reference.event} has no order ${reference.code}.`,
  )
}

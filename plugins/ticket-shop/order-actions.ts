// The actions that move an order from one status to another: pay, cancel, reactivate, expire, extend, approve, deny. Which
// move is allowed when stands in order-status.ts.
import { z } from '../../core/sdk/index.ts'
import { OrderPosition } from './entities/order-position.entity.ts'
import { Payment } from './entities/payment.entity.ts'
import { compareMoney } from './money.ts'
import { paymentTermDays } from './order-draft.ts'
import { instantSchema, orderReferenceSchema, requestShape } from './order-input.ts'
import { cancelOpenPayments, outstandingAmount, settleStatus } from './order-payments.ts'
import type { OrderSummary } from './order-summary.ts'
import { redeemVouchersAgain, releaseVouchers } from './order-vouchers.ts'
import {
  type OrderActionContext,
  type OrderActionResult,
  type OrderActionStep,
  runOrderAction,
} from './run-order-action.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const requestSchema = z.strictObject({ order: orderReferenceSchema, ...requestShape })
export type OrderRequest = z.input<typeof requestSchema>

const paySchema = requestSchema.extend({
  provider: z.string().trim().min(1).max(128).default('manual'),
  /** @default now */
  paidAt: instantSchema.optional(),
})

/** Records the payment of what is still owed and marks the order as paid. */
export async function markOrderPaid(shop: Shop, input: z.input<typeof paySchema>): Promise<OrderSummary> {
  const { provider, paidAt, ...request } = parseInput(paySchema, input, 'mark an order as paid')
  return runMove(shop, request, {
    move: 'pay',
    signal: 'order_paid',
    async act({ em, order, now }) {
      const amount = await outstandingAmount(em, order)
      if (compareMoney(amount, '0') > 0) {
        em.create(Payment, { order, state: 'confirmed', amount, provider, paidAt: paidAt ?? now })
      }
      order.status = 'p'
      return { changes: [{ field: 'status', to: 'p', paid: amount }] }
    },
  })
}

export async function cancelOrder(shop: Shop, input: OrderRequest): Promise<OrderSummary> {
  return runMove(shop, parseInput(requestSchema, input, 'cancel an order'), {
    move: 'cancel',
    signal: 'order_canceled',
    act: endOrder,
  })
}

/** Brings a canceled order back: paid if it was paid for, else pending with time to pay. */
export async function reactivateOrder(shop: Shop, input: OrderRequest): Promise<OrderSummary> {
  return runMove(shop, parseInput(requestSchema, input, 'reactivate an order'), {
    move: 'reactivate',
    signal: 'order_reactivated',
    async act({ em, order, now }) {
      await redeemVouchersAgain(em, { positions: await em.find(OrderPosition, { order, isCanceled: false }), now })
      await settleStatus(em, order)
      if (order.status === 'n' && order.expiresAt < now) order.expiresAt = daysAfter(now, paymentTermDays)
      return { changes: [{ field: 'status', to: order.status }] }
    },
  })
}

export async function expireOrder(shop: Shop, input: OrderRequest): Promise<OrderSummary> {
  return runMove(shop, parseInput(requestSchema, input, 'expire an order'), {
    move: 'expire',
    signal: 'order_expired',
    async act({ order }) {
      order.status = 'e'
      return { changes: [{ field: 'status', to: 'e' }] }
    },
  })
}

const extendSchema = requestSchema.extend({ expiresAt: instantSchema })

/** Gives an order until another time to be paid; an expired one is pending again. */
export async function changeOrderExpiry(shop: Shop, input: z.input<typeof extendSchema>): Promise<OrderSummary> {
  const { expiresAt, ...request } = parseInput(extendSchema, input, 'change the expiry of an order')
  return runMove(shop, request, {
    move: 'extend',
    signal: 'order_expiry_changed',
    async act({ order, now }) {
      if (expiresAt <= now) throw new ShopError(`Cannot extend order ${order.code}: the new expiry is in the past.`)
      order.expiresAt = expiresAt
      order.status = 'n'
      return { changes: [{ field: 'expires_at', to: expiresAt.toISOString() }] }
    },
  })
}

export async function approveOrder(shop: Shop, input: OrderRequest): Promise<OrderSummary> {
  return runMove(shop, parseInput(requestSchema, input, 'approve an order'), {
    move: 'approve',
    signal: 'order_approved',
    async act({ em, order, now }) {
      order.approvedAt = now
      // The time to pay begins now, not when the order was placed.
      order.expiresAt = daysAfter(now, paymentTermDays)
      await settleStatus(em, order)
      return { changes: [{ field: 'status', to: order.status }] }
    },
  })
}

export async function denyOrder(shop: Shop, input: OrderRequest): Promise<OrderSummary> {
  return runMove(shop, parseInput(requestSchema, input, 'deny an order'), {
    move: 'deny',
    signal: 'order_denied',
    act: endOrder,
  })
}

async function runMove(
  shop: Shop,
  request: z.output<typeof requestSchema>,
  step: OrderActionStep,
): Promise<OrderSummary> {
  const { order } = await runOrderAction(shop, request, step)
  return order
}

async function endOrder({ em, order }: OrderActionContext): Promise<OrderActionResult> {
  await releaseVouchers(em, await em.find(OrderPosition, { order, isCanceled: false }))
  await cancelOpenPayments(em, order)
  order.status = 'c'
  return { changes: [{ field: 'status', to: 'c' }] }
}

function daysAfter(date: Date, dayCount: number): Date {
  return new Date(date.getTime() + dayCount * 86_400_000)
}

// Money that came, or is to come, for an order. A negative one moves money to an order that was split off.
import { defineEntity, p } from '@mikro-orm/core'
import { Order } from './order.entity.ts'

export const paymentStates = ['created', 'pending', 'confirmed', 'failed', 'canceled', 'refunded'] as const
export type PaymentState = (typeof paymentStates)[number]

const PaymentSchema = defineEntity({
  name: 'Payment',
  properties: {
    id: p.bigint('string').primary(),
    order: () => p.manyToOne(Order),
    state: p.enum(paymentStates),
    amount: p.decimal('string').precision(13).scale(2),
    provider: p.text(),
    /** When the money came. */
    paidAt: p.datetime().nullable(),
  },
})

export class Payment extends PaymentSchema.class {}
PaymentSchema.setClass(Payment)

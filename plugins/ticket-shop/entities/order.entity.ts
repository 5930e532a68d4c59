// An order; the source model `Order`. Changed only by the order actions, each of which raises its version.
import { defineEntity, p } from '@mikro-orm/core'
import { orderStatuses } from '../order-status.ts'
import { Customer } from './customer.entity.ts'
import { Event } from './event.entity.ts'

const OrderSchema = defineEntity({
  name: 'Order',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    /** What people call it; unique within the event. */
    code: p.text(),
    /** Part of the buyer's link. */
    secret: p.text(),
    status: p.enum(orderStatuses),
    customer: () => p.manyToOne(Customer).nullable(),
    email: p.text().nullable(),
    phone: p.text().nullable(),
    locale: p.text(),
    placedAt: p.datetime(),
    expiresAt: p.datetime(),
    /** The sum of its positions; an imported order may differ from it by the rounding of where it came from. */
    total: p.decimal('string').precision(13).scale(2),
    requiresApproval: p.boolean().default(false),
    approvedAt: p.datetime().nullable(),
    /** Grows with every change. */
    version: p.integer().default(1),
  },
})

export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order)

// One line of an order: for a ticket one person's seat, for goods a quantity. The nested source model `OrderPosition`.
import { defineEntity, p } from '@mikro-orm/core'
import type { NameParts } from '../name-scheme.ts'
import { addressColumns } from './address-columns.ts'
import { Item } from './item.entity.ts'
import { ItemVariation } from './item-variation.entity.ts'
import { Order } from './order.entity.ts'
import { SubEvent } from './sub-event.entity.ts'
import { Voucher } from './voucher.entity.ts'

const OrderPositionSchema = defineEntity({
  name: 'OrderPosition',
  properties: {
    id: p.bigint('string').primary(),
    order: () => p.manyToOne(Order),
    /** Counts from 1 within the order and is never given twice. */
    positionid: p.integer(),
    item: () => p.manyToOne(Item),
    variation: () => p.manyToOne(ItemVariation).nullable(),
    subEvent: () => p.manyToOne(SubEvent).nullable(),
    /** Of the whole line, not of one unit. */
    price: p.decimal('string').precision(13).scale(2),
    quantity: p.integer().default(1),
    addonTo: () => p.manyToOne(OrderPosition).nullable(),
    attendeeNameParts: p.json<NameParts>().nullable(),
    attendeeEmail: p.text().nullable(),
    ...addressColumns,
    voucher: () => p.manyToOne(Voucher).nullable(),
    /** What is on the ticket and scanned at the door. */
    secret: p.text(),
    /** Part of the link to the ticket, so that the link does not open the door. */
    webSecret: p.text(),
    isCanceled: p.boolean().default(false),
  },
})

export class OrderPosition extends OrderPositionSchema.class {}
OrderPositionSchema.setClass(OrderPosition)

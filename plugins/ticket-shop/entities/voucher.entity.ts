// A code that gives a position another price, a limited number of times.
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.entity.ts'
import { Item } from './item.entity.ts'

const VoucherSchema = defineEntity({
  name: 'Voucher',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    code: p.text(),
    /** Null: good for every item. */
    item: () => p.manyToOne(Item).nullable(),
    /** Price of one unit; null leaves the usual one. */
    price: p.decimal('string').precision(13).scale(2).nullable(),
    maxUsages: p.integer().default(1),
    redeemedCount: p.integer().default(0),
    validUntil: p.datetime().nullable(),
  },
})

export class Voucher extends VoucherSchema.class {}
VoucherSchema.setClass(Voucher)

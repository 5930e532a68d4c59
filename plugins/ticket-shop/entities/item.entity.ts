// Something that can be ordered: a ticket, a workshop seat, a box of tea. The source model `Product`.
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.entity.ts'
import { ItemCategory } from './item-category.entity.ts'

const ItemSchema = defineEntity({
  name: 'Item',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    category: () => p.manyToOne(ItemCategory).nullable(),
    /** Stable within the event, chosen by whoever sets it up. */
    identifier: p.text(),
    name: p.text(),
    defaultPrice: p.decimal('string').precision(13).scale(2),
    isAdmission: p.boolean().default(false),
    isActive: p.boolean().default(true),
    supplier: p.text().nullable(),
    quantityPerUnit: p.text().nullable(),
    unitsInStock: p.integer().nullable(),
    sortIndex: p.integer().default(0),
  },
})

export class Item extends ItemSchema.class {}
ItemSchema.setClass(Item)

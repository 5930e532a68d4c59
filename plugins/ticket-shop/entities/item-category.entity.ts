// A group of items on the shop's page; the source model `Category`.
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.entity.ts'

const ItemCategorySchema = defineEntity({
  name: 'ItemCategory',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    /** Stable within the event, chosen by whoever sets it up. */
    identifier: p.text(),
    name: p.text(),
    description: p.text().nullable(),
    sortIndex: p.integer().default(0),
  },
})

export class ItemCategory extends ItemCategorySchema.class {}
ItemCategorySchema.setClass(ItemCategory)

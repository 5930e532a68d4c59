// One choice within an item (a size, a tier); its price, when set, replaces the item's.
import { defineEntity, p } from '@mikro-orm/core'
import { Item } from './item.entity.ts'

const ItemVariationSchema = defineEntity({
  name: 'ItemVariation',
  properties: {
    id: p.bigint('string').primary(),
    item: () => p.manyToOne(Item),
    /** Stable within the item. */
    identifier: p.text(),
    name: p.text(),
    price: p.decimal('string').precision(13).scale(2).nullable(),
    isActive: p.boolean().default(true),
    sortIndex: p.integer().default(0),
  },
})

export class ItemVariation extends ItemVariationSchema.class {}
ItemVariationSchema.setClass(ItemVariation)

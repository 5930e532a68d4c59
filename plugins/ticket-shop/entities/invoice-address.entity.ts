// Whom an order is billed to; at most one an order.
import { defineEntity, p } from '@mikro-orm/core'
import type { NameParts } from '../name-scheme.ts'
import { addressColumns } from './address-columns.ts'
import { Order } from './order.entity.ts'

const InvoiceAddressSchema = defineEntity({
  name: 'InvoiceAddress',
  properties: {
    id: p.bigint('string').primary(),
    order: () => p.manyToOne(Order),
    isBusiness: p.boolean().default(false),
    nameParts: p.json<NameParts>().nullable(),
    ...addressColumns,
    vatId: p.text().nullable(),
  },
})

export class InvoiceAddress extends InvoiceAddressSchema.class {}
InvoiceAddressSchema.setClass(InvoiceAddress)

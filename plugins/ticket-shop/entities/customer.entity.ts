// A buyer that an organizer knows by an identifier; the source model `Customer`.
import { defineEntity, p } from '@mikro-orm/core'
import type { NameParts } from '../name-scheme.ts'
import { addressColumns } from './address-columns.ts'
import { Organizer } from './organizer.entity.ts'

const CustomerSchema = defineEntity({
  name: 'Customer',
  properties: {
    id: p.bigint('string').primary(),
    organizer: () => p.manyToOne(Organizer),
    identifier: p.text(),
    email: p.text().nullable(),
    phone: p.text().nullable(),
    nameParts: p.json<NameParts>().nullable(),
    jobTitle: p.text().nullable(),
    ...addressColumns,
    /** Grows with every change. */
    version: p.integer().default(1),
  },
})

export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer)

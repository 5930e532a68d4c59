// Who sells: the first segment of every scope (`organizer:acme`). Customers belong to an organizer.
import { defineEntity, p } from '@mikro-orm/core'

const OrganizerSchema = defineEntity({
  name: 'Organizer',
  properties: {
    id: p.bigint('string').primary(),
    slug: p.text().unique(),
    name: p.text(),
  },
})

export class Organizer extends OrganizerSchema.class {}
OrganizerSchema.setClass(Organizer)

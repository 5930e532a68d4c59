// What is sold for: a conference, a concert, or a whole shop. The second segment of a scope (`organizer:acme/event:conf26`).
import { defineEntity, p } from '@mikro-orm/core'
import { nameSchemeKeys } from '../name-scheme.ts'
import { Organizer } from './organizer.entity.ts'

const EventSchema = defineEntity({
  name: 'Event',
  properties: {
    id: p.bigint('string').primary(),
    organizer: () => p.manyToOne(Organizer),
    slug: p.text(),
    name: p.text(),
    currency: p.text(),
    /** IANA zone; every date of the event is told in it. */
    timezone: p.text(),
    /** The first one is the default. */
    locales: p.array().columnType('text[]'),
    dateFrom: p.datetime().nullable(),
    dateTo: p.datetime().nullable(),
    nameScheme: p.enum(nameSchemeKeys),
    /** Where buyers find the shop, without a slash at the end; order and ticket links begin with it. */
    publicUrl: p.text().nullable(),
  },
})

export class Event extends EventSchema.class {}
EventSchema.setClass(Event)

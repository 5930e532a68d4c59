// One date of an event that has several: a workshop, a performance.
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.entity.ts'

const SubEventSchema = defineEntity({
  name: 'SubEvent',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    slug: p.text(),
    name: p.text(),
    dateFrom: p.datetime(),
    dateTo: p.datetime().nullable(),
  },
})

export class SubEvent extends SubEventSchema.class {}
SubEventSchema.setClass(SubEvent)

// A door: positions are checked in on a list. A list of a sub-event admits only its positions.
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.entity.ts'
import { SubEvent } from './sub-event.entity.ts'

const CheckInListSchema = defineEntity({
  name: 'CheckInList',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    subEvent: () => p.manyToOne(SubEvent).nullable(),
    name: p.text(),
  },
})

export class CheckInList extends CheckInListSchema.class {}
CheckInListSchema.setClass(CheckInList)

// One passing of a door. An annulled check-in stays as a record and counts no more.
import { defineEntity, p } from '@mikro-orm/core'
import { CheckInList } from './check-in-list.entity.ts'
import { OrderPosition } from './order-position.entity.ts'

export const checkInTypes = ['entry', 'exit'] as const
export type CheckInType = (typeof checkInTypes)[number]

const CheckInSchema = defineEntity({
  name: 'CheckIn',
  properties: {
    id: p.bigint('string').primary(),
    position: () => p.manyToOne(OrderPosition),
    list: () => p.manyToOne(CheckInList),
    type: p.enum(checkInTypes),
    checkedInAt: p.datetime(),
    annulledAt: p.datetime().nullable(),
  },
})

export class CheckIn extends CheckInSchema.class {}
CheckInSchema.setClass(CheckIn)

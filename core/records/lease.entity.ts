// The right of one worker to work on a subject or an external identity until a time. The fence tells a late result from a current one.
import { defineEntity, p } from '@mikro-orm/core'

const LeaseSchema = defineEntity({
  name: 'Lease',
  tableName: 'lease',
  properties: {
    key: p.text().primary(),
    worker: p.text(),
    until: p.datetime().columnType('timestamptz'),
    fence: p.bigint('string'),
  },
})

export class Lease extends LeaseSchema.class {}
LeaseSchema.setClass(Lease)

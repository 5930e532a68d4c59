// What an impact run judges, and what was decided about the records it found affected.
import { defineEntity, p } from '@mikro-orm/core'

const ImpactSchema = defineEntity({
  name: 'Impact',
  tableName: 'impact',
  properties: {
    runId: p.uuid().primary(),
    /** Null: the mapping in force was judged. */
    draftRevision: p.integer().nullable(),
    document: p.json().$type<unknown>(),
    models: p.array(),
    newestCount: p.integer().nullable(),
    resync: p.text().$type<'now' | 'later' | 'never'>().nullable(),
    resyncActor: p.text().nullable(),
    resyncAt: p.datetime().columnType('timestamptz').nullable(),
  },
})

export class Impact extends ImpactSchema.class {}
ImpactSchema.setClass(Impact)

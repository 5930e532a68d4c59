// What somebody is changing of a connection's mapping and has not published yet. The revision goes up with every change,
// so that two people do not overwrite each other.
import { defineEntity, p } from '@mikro-orm/core'

const MappingDraftSchema = defineEntity({
  name: 'MappingDraft',
  tableName: 'mapping_draft',
  properties: {
    connectionId: p.uuid().primary(),
    document: p.json().$type<unknown>(),
    basedOn: p.integer().nullable(),
    revision: p.integer(),
    author: p.text(),
    updatedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class MappingDraft extends MappingDraftSchema.class {}
MappingDraftSchema.setClass(MappingDraft)

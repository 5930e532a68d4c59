// One object at the remote that we know: the ledger.
import { defineEntity, p } from '@mikro-orm/core'

const ExternalObjectSchema = defineEntity({
  name: 'ExternalObject',
  tableName: 'external_object',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    connectionId: p.uuid(),
    objectType: p.text(),
    idField: p.text(),
    idValue: p.text(),
    remoteId: p.text().nullable(),
    customs: p.json().$type<object>().nullable(),
    sentValues: p.json().$type<Record<string, unknown>>().defaultRaw(`'{}'`),
    versionDate: p.datetime().columnType('timestamptz').nullable(),
    state: p.text().$type<'present' | 'deleted' | 'orphaned' | 'erased'>().defaultRaw(`'present'`),
    href: p.text().nullable(),
    displayName: p.text().nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    updatedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class ExternalObject extends ExternalObjectSchema.class {}
ExternalObjectSchema.setClass(ExternalObject)

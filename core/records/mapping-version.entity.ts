// One version of a connection's mapping document; the published one with the highest version is in force.
import { defineEntity, p } from '@mikro-orm/core'

const MappingVersionSchema = defineEntity({
  name: 'MappingVersion',
  tableName: 'mapping_version',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    connectionId: p.uuid(),
    version: p.integer(),
    document: p.json().$type<unknown>(),
    author: p.text(),
    publishedAt: p.datetime().columnType('timestamptz').nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class MappingVersion extends MappingVersionSchema.class {}
MappingVersionSchema.setClass(MappingVersion)

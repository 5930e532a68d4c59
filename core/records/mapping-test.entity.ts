// A record of the host, as its fields were once, with what the mappings of a connection are to make of it: run when a
// mapping is published and when the connection moves to another version.
import { defineEntity, p } from '@mikro-orm/core'

const MappingTestSchema = defineEntity({
  name: 'MappingTest',
  tableName: 'mapping_test',
  properties: {
    id: p.uuid().primary(),
    connectionId: p.uuid(),
    name: p.text(),
    record: p.json().$type<unknown>(),
    isMasked: p.boolean(),
    author: p.text(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    expectation: p.json().$type<unknown>().nullable(),
    acceptedBy: p.text().nullable(),
    acceptedAt: p.datetime().columnType('timestamptz').nullable(),
    greenProviderVersion: p.text().nullable(),
    greenPluginVersion: p.text().nullable(),
  },
})

export class MappingTest extends MappingTestSchema.class {}
MappingTestSchema.setClass(MappingTest)

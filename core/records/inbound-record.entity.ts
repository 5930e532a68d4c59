// Something that came in from a remote. The dedupe key keeps a repeated delivery out.
import { defineEntity, p } from '@mikro-orm/core'

const InboundRecordSchema = defineEntity({
  name: 'InboundRecord',
  tableName: 'inbound_record',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    connectionId: p.uuid(),
    kind: p.text(),
    remoteId: p.text(),
    dedupeKey: p.text(),
    payload: p.json().$type<unknown>(),
    state: p.text().$type<'received' | 'handled' | 'dropped'>().defaultRaw(`'received'`),
    receivedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class InboundRecord extends InboundRecordSchema.class {}
InboundRecordSchema.setClass(InboundRecord)

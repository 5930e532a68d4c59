// The change feed: append-only, read by watermark. A reader stops before the oldest transaction still open.
import { defineEntity, p } from '@mikro-orm/core'

const SourceChangeSchema = defineEntity({
  name: 'SourceChange',
  tableName: 'source_change',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    transactionId: p.text().columnType('xid8').defaultRaw(`pg_current_xact_id()`),
    scope: p.text(),
    sourceModel: p.text(),
    sourceId: p.text(),
    stream: p.text().defaultRaw(`''`),
    kind: p.text().$type<'inserted' | 'updated' | 'deleted'>(),
    at: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class SourceChange extends SourceChangeSchema.class {}
SourceChangeSchema.setClass(SourceChange)

// Which source record uses which external object, through which mapping, and the hash of what it sent.
import { defineEntity, p } from '@mikro-orm/core'

const SyncLinkSchema = defineEntity({
  name: 'SyncLink',
  tableName: 'sync_link',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    connectionId: p.uuid(),
    sourceModel: p.text(),
    sourceId: p.text(),
    stream: p.text().defaultRaw(`''`),
    mappingKey: p.text(),
    subjectModel: p.text(),
    subjectId: p.text(),
    externalObjectId: p.bigint('string'),
    sentHash: p.text(),
    sentEpoch: p.integer(),
    sentAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    lastSeenRun: p.uuid().nullable(),
  },
})

export class SyncLink extends SyncLinkSchema.class {}
SyncLinkSchema.setClass(SyncLink)

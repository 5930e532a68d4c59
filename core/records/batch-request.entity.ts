// A group of objects handed to a remote that answers later, with what the answer will need; its jobs carry its local id.
import { defineEntity, p } from '@mikro-orm/core'

const BatchRequestSchema = defineEntity({
  name: 'BatchRequest',
  tableName: 'batch_request',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    connectionId: p.uuid(),
    stream: p.text(),
    localBatchId: p.uuid(),
    remoteBatchId: p.text().nullable(),
    state: p.text().$type<'initialized' | 'commit' | 'sent_to_remote' | 'ongoing' | 'done' | 'fail'>(),
    checkAt: p.datetime().columnType('timestamptz').nullable(),
    objects: p.json().$type<unknown>().defaultRaw(`'[]'`),
    expiresAt: p.datetime().columnType('timestamptz').nullable(),
    failedChecks: p.integer().defaultRaw(`0`),
    message: p.text().nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    updatedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class BatchRequest extends BatchRequestSchema.class {}
BatchRequestSchema.setClass(BatchRequest)

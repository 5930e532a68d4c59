// One wish to sync a subject to a connection. Rows are only ever inserted by enqueue; the claim coalesces them. States and moves: core/queue/job-states.ts.
import { defineEntity, p } from '@mikro-orm/core'

const SyncJobSchema = defineEntity({
  name: 'SyncJob',
  tableName: 'sync_job',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    connectionId: p.uuid(),
    scope: p.text(),
    sourceModel: p.text(),
    sourceId: p.text(),
    stream: p.text().defaultRaw(`''`),
    operation: p.text().$type<'sync' | 'delete'>().defaultRaw(`'sync'`),
    state: p.text().$type<'waiting' | 'in_flight' | 'submitted' | 'needs_attention'>().defaultRaw(`'waiting'`),
    reason: p.text().$type<'exceeded' | 'permanent' | 'config' | 'internal' | 'timeout'>().nullable(),
    message: p.text().nullable(),
    notBefore: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    checkAt: p.datetime().columnType('timestamptz').nullable(),
    waitingFor: p.json().$type<object>().nullable(),
    failedAttempts: p.integer().defaultRaw(`0`),
    crashCount: p.integer().defaultRaw(`0`),
    solo: p.boolean().defaultRaw(`false`),
    returnedAt: p.datetime().columnType('timestamptz').nullable(),
    firstFailedAt: p.datetime().columnType('timestamptz').nullable(),
    expiresAt: p.datetime().columnType('timestamptz').nullable(),
    triggers: p.json().$type<{ name: string; at: string; actor?: string; run?: string }[]>().defaultRaw(`'[]'`),
    changes: p.json().$type<unknown>().defaultRaw(`'[]'`),
    sourceVersion: p.bigint('string').nullable(),
    priority: p.smallint().$type<0 | 10>().defaultRaw(`10`),
    force: p.boolean().defaultRaw(`false`),
    mustFinalize: p.boolean().defaultRaw(`false`),
    openBatches: p.array().columnType('uuid[]').nullable(),
    answers: p.json().$type<Record<string, object>>().nullable(),
    mappingVersion: p.integer().nullable(),
    worker: p.text().nullable(),
    leaseUntil: p.datetime().columnType('timestamptz').nullable(),
    fence: p.bigint('string').nullable(),
    ticketedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    traceId: p.text().nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class SyncJob extends SyncJobSchema.class {}
SyncJobSchema.setClass(SyncJob)

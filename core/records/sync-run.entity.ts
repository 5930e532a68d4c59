// One pass over many subjects: mode, phase, checkpoint.
import { defineEntity, p } from '@mikro-orm/core'

const SyncRunSchema = defineEntity({
  name: 'SyncRun',
  tableName: 'sync_run',
  properties: {
    id: p.uuid().primary(),
    /** Null: a retry or cancel over all connections. */
    connectionId: p.uuid().nullable(),
    mode: p.text().$type<'full' | 'incremental' | 'backfill' | 'retry' | 'cancel' | 'audit' | 'impact'>(),
    sourceModel: p.text(),
    scope: p.text(),
    filter: p.json().$type<Record<string, string>>().defaultRaw(`'{}'`),
    phase: p.text().defaultRaw(`''`),
    state: p.text().$type<'waiting' | 'canary' | 'running' | 'paused' | 'stopped' | 'finished' | 'failed'>(),
    checkpoint: p.json().$type<object>().nullable(),
    totalCount: p.integer().defaultRaw(`0`),
    enqueuedCount: p.integer().defaultRaw(`0`),
    reason: p.text().nullable(),
    actor: p.text(),
    jobIds: p.array().columnType('bigint[]').nullable(),
    auditRunId: p.uuid().nullable(),
    /** A backfill of what this impact found affected. */
    impactRunId: p.uuid().nullable(),
    worker: p.text().nullable(),
    leaseUntil: p.datetime().columnType('timestamptz').nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    startedAt: p.datetime().columnType('timestamptz').nullable(),
    finishedAt: p.datetime().columnType('timestamptz').nullable(),
  },
})

export class SyncRun extends SyncRunSchema.class {}
SyncRunSchema.setClass(SyncRun)

// One try of a job and the outcome it ended in. Append-only; its id is the fence of the claim.
import { defineEntity, p } from '@mikro-orm/core'

const AttemptSchema = defineEntity({
  name: 'Attempt',
  tableName: 'attempt',
  properties: {
    id: p.bigint('string').primary(),
    jobId: p.bigint('string'),
    connectionId: p.uuid(),
    scope: p.text(),
    sourceModel: p.text(),
    sourceId: p.text(),
    sourceLabel: p.text(),
    stream: p.text(),
    outcome: p.text(),
    message: p.text().nullable(),
    triggers: p.json().$type<{ name: string; at: string; actor?: string; run?: string }[]>(),
    failedAttempts: p.integer(),
    nextTryAt: p.datetime().columnType('timestamptz').nullable(),
    mappingVersion: p.integer().nullable(),
    worker: p.text(),
    runId: p.uuid().nullable(),
    traceId: p.text().nullable(),
    durationMs: p.integer(),
    finishedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class Attempt extends AttemptSchema.class {}
AttemptSchema.setClass(Attempt)

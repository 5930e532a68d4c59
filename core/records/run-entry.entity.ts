// How one subject ended in a run.
import { defineEntity, p } from '@mikro-orm/core'

const RunEntrySchema = defineEntity({
  name: 'RunEntry',
  tableName: 'run_entry',
  properties: {
    runId: p.uuid().primary(),
    sourceModel: p.text().primary(),
    sourceId: p.text().primary(),
    stream: p.text().primary().defaultRaw(`''`),
    phase: p.text().primary().defaultRaw(`''`),
    /** The record's, where the run writes it down. */
    scope: p.text().nullable(),
    operation: p.text().defaultRaw(`'sync'`),
    outcome: p.text(),
    message: p.text().nullable(),
    createdCount: p.integer().defaultRaw(`0`),
    updatedCount: p.integer().defaultRaw(`0`),
    nothingToDoCount: p.integer().defaultRaw(`0`),
    skippedCount: p.integer().defaultRaw(`0`),
    failedCount: p.integer().defaultRaw(`0`),
    at: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class RunEntry extends RunEntrySchema.class {}
RunEntrySchema.setClass(RunEntry)

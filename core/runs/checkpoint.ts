// Where a run stands, as it is stored in sync_run.checkpoint. Written in the transaction that does the page, so
// that a worker that dies leaves neither a page without its checkpoint nor a checkpoint without its page.
import { z } from 'zod'
import { impactFiguresSchema } from './impact-figures.ts'

// Times are written and compared by the database, for its clock is the only one.
const readingSchema = z.object({
  /** The source model's own, after the last page that was done. */
  cursor: z.string().nullable().default(null),
  /** Times in a row that the host's records could not be read. */
  failedTries: z.int().default(0),
  /** Not before this time after a failed try. */
  retryAt: z.string().nullable().default(null),
  /** True when the last page is done. */
  isAtEnd: z.boolean().default(false),
})

export const checkpointSchema = readingSchema.extend({
  /** Since when the first ten are awaited. */
  canarySince: z.string().nullable().default(null),
  /** Which records those are. */
  canaryIds: z.array(z.string()).default([]),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

const count = z.int().default(0)

export const auditCheckpointSchema = readingSchema.extend({
  /** How many records there are of each finding so far. */
  complete: count,
  waiting: count,
  plugin_off: count,
  canceled: count,
  never_synced: count,
  failed: count,
  overdue: count,
  stale: count,
})
export type AuditCheckpoint = z.infer<typeof auditCheckpointSchema>

export const impactCheckpointSchema = readingSchema.extend({
  /** Which of the impact's models is being read. */
  modelIndex: count,
  /** For each model, how many of its first records are still to be passed over. */
  toPass: z.array(z.int()).default([]),
  figures: impactFiguresSchema.prefault({}),
})
export type ImpactCheckpoint = z.infer<typeof impactCheckpointSchema>

export const bulkCheckpointSchema = z.object({
  /** How many of the lines have been looked at. */
  position: count,
  done: count,
  inFlight: count,
  vanished: count,
  askedAgain: count,
  /** Lines that matched, and that whoever asked may see and not change. */
  refused: count,
})
export type BulkCheckpoint = z.infer<typeof bulkCheckpointSchema>

export type RunMode = 'backfill' | 'audit' | 'retry' | 'cancel' | 'impact'

export const checkpointSchemas = {
  backfill: checkpointSchema,
  audit: auditCheckpointSchema,
  retry: bulkCheckpointSchema,
  cancel: bulkCheckpointSchema,
  impact: impactCheckpointSchema,
} as const

// Where a backfill stands, as it is stored in sync_run.checkpoint. Written in the transaction that enqueues the page, so
// that a worker that dies leaves neither a page without its checkpoint nor a checkpoint without its page.
import { z } from 'zod'

// Times are written and compared by the database, for its clock is the only one.
export const checkpointSchema = z.object({
  /** The source model's own, after the last page that was enqueued. */
  cursor: z.string().nullable().default(null),
  /** True when the last page is enqueued. */
  isAtEnd: z.boolean().default(false),
  /** Times in a row that the host's records could not be read. */
  failedTries: z.int().default(0),
  /** Not before this time after a failed try. */
  retryAt: z.string().nullable().default(null),
  /** Since when the first ten are awaited. */
  canarySince: z.string().nullable().default(null),
  /** Which records those are. */
  canaryIds: z.array(z.string()).default([]),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

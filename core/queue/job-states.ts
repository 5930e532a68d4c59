// The stored states of a sync job, and what moves each. A job that is done has no row: its attempts are the history.
//
//   waiting          enqueued, backing off, or behind a gate      -> in_flight (claim), gone (cancel)
//   in_flight        a worker holds the lease of its subject       -> done, waiting, submitted, needs_attention (record),
//                                                                    waiting (sweep: the worker died)
//   submitted        the remote accepted it and answers later      -> waiting (answered), needs_attention (an error, or no
//                                                                    answer in time), gone (cancel)
//   needs_attention  waits for a person, for one of five reasons   -> waiting (retry), in_flight (coalesced), gone (cancel)
//
// "Held" is no state: it is the page's word for a waiting job behind a gate, because gates are evaluated at the claim
// and 100,000 rows are not rewritten for a switch.

export const jobStates = ['waiting', 'in_flight', 'submitted', 'needs_attention'] as const
export type JobState = (typeof jobStates)[number]

export const attentionReasons = ['exceeded', 'permanent', 'config', 'internal', 'timeout'] as const
export type AttentionReason = (typeof attentionReasons)[number]

/** Live work goes before a backfill. */
export const livePriority = 10
export const backfillPriority = 0
/** There are no others: the claim looks for due jobs of each. */
export const priorities = [livePriority, backfillPriority] as const
export type Priority = (typeof priorities)[number]

export interface JobTrigger {
  /** The signal or the act that asked for the sync. */
  name: string
  /** ISO 8601. */
  at: string
  actor?: string
  /** The id of the sync run that asked. */
  run?: string
}

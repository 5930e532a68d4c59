// When a failed job is tried again. Pure: the random number comes in.

/** Waits after the first, second, ... failed attempt; the last one repeats. */
export const retryWaitsMs = [60_000, 300_000, 1_800_000, 7_200_000] as const

/** Spread of a wait, so that jobs that failed together do not come back together. */
const jitterShare = 0.1

/**
 * @param failedAttempts this failure included, at least 1
 * @param random in [0, 1)
 * @returns milliseconds, the wait plus up to a tenth of it
 */
export function retryDelayMs({ failedAttempts, random }: { failedAttempts: number; random: number }): number {
  const index = Math.min(Math.max(failedAttempts, 1), retryWaitsMs.length) - 1
  const wait = retryWaitsMs[index] ?? retryWaitsMs[0]
  return Math.round(wait * (1 + jitterShare * random))
}

const shortestUnreadMs = 2_000
const longestUnreadMs = 60_000

/**
 * How long a record waits that could not be read because its database is away: as long as it has waited already, within
 * limits, so that a short interruption is over soon and a long one does not fill the history.
 *
 * @param waitedMs since its newest trigger; the clocks that say so may differ
 */
export function unreadDelayMs({ waitedMs, random }: { waitedMs: number; random: number }): number {
  const known = Number.isNaN(waitedMs) ? 0 : waitedMs
  return withJitter(Math.min(Math.max(known, shortestUnreadMs), longestUnreadMs), random)
}

const longestWaitMs = 24 * 60 * 60 * 1000

/** Never shorter, up to a tenth longer, never more than a day. */
export function withJitter(delayMs: number, random: number): number {
  return Math.min(Math.ceil(delayMs * (1 + jitterShare * random)), longestWaitMs)
}

/** A date a provider or a remote asked for, as a delay: never in the past, never more than a day. */
export function delayUntil(at: Date, now: Date): number {
  const delay = at.getTime() - now.getTime()
  return Number.isNaN(delay) ? 0 : Math.min(Math.max(delay, 0), longestWaitMs)
}

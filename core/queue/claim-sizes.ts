// How many jobs of a connection a worker holds: what it sends in about half a second. More would lie claimed in one
// process while others are free, and in front of what comes in later; less would let the remote wait for the next claim.

export interface ClaimSizes {
  /** How many jobs of the connection may be open now. */
  target(connectionId: string, now: number): number
  /** A job of the connection is through. @param now milliseconds of a clock that only goes forward */
  synced(connectionId: string, now: number): void
}

const fewest = 20
const heldMs = 500
/** Shorter ones tell too little. */
const shortestWindowMs = 20
const windowMs = 250

interface Pace {
  windowStartedAt: number
  count: number
  /** Jobs a millisecond in the last full window. */
  rate: number
}

export function createClaimSizes({ most }: { most: number }): ClaimSizes {
  const paces = new Map<string, Pace>()

  return Object.freeze({
    target(connectionId, now) {
      const pace = paces.get(connectionId)
      if (!pace) return Math.min(fewest, most)
      const elapsed = now - pace.windowStartedAt
      const current = elapsed >= shortestWindowMs ? pace.count / elapsed : 0
      const rate = Math.max(pace.rate, current)
      if (elapsed >= windowMs) {
        if (pace.count === 0) paces.delete(connectionId)
        else Object.assign(pace, { windowStartedAt: now, count: 0, rate: current })
      }
      return Math.min(Math.max(Math.ceil(rate * heldMs), fewest), most)
    },
    synced(connectionId, now) {
      const pace = paces.get(connectionId)
      if (pace) pace.count++
      else paces.set(connectionId, { windowStartedAt: now, count: 1, rate: 0 })
    },
  } satisfies ClaimSizes)
}

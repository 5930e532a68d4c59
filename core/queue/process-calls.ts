// How many calls one process has under way at the same time, over all accounts. One that waits long for its answer costs
// nothing any more and gives its place away: a few accounts whose remotes hang would else take all places.
import type { Slots } from '../sync/slots.ts'

/** A call that is under way for longer gives its place to the next in line. */
const longMs = 250
const lookMs = 50

export function createProcessCalls(count: number): Slots {
  let free = count
  const line: (() => void)[] = []
  /** Calls that hold a place, with the time they began; the oldest first. */
  const placed = new Map<symbol, number>()
  let looking: NodeJS.Timeout | null = null

  const giveBack = (): void => {
    const next = line.shift()
    if (next) next()
    else free++
  }

  // Only while somebody waits, so that quick calls have no timer.
  const lookForLongCalls = (): void => {
    looking ??= setInterval(() => {
      const longSince = performance.now() - longMs
      for (const [call, startedAt] of placed) {
        if (startedAt > longSince || line.length === 0) break
        placed.delete(call)
        giveBack()
      }
      if (line.length > 0 || looking === null) return
      clearInterval(looking)
      looking = null
    }, lookMs).unref()
  }

  return Object.freeze({
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (free > 0) free--
      else {
        await new Promise<void>((resolve) => {
          line.push(resolve)
          lookForLongCalls()
        })
      }
      const call = Symbol('call')
      placed.set(call, performance.now())
      try {
        return await work()
      } finally {
        if (placed.delete(call)) giveBack()
      }
    },
  } satisfies Slots)
}

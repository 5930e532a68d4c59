// Drives the runs in a worker process. Any number of drivers may run: each works on the runs whose row lease it
// holds, and takes over those of a dead one when the lease is over. A run whose host hangs holds back no other.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { advanceRun } from './advance-run.ts'
import { type ClaimedRun, claimRuns, releaseRuns } from './claim-runs.ts'
import type { RunDependencies } from './run-dependencies.ts'

export interface RunDriver {
  /** One round: every run of ours that is due takes one step. Resolves when all have taken it. */
  tick(signal: AbortSignal): Promise<{ activeCount: number }>
  start(): void
  /** Ends the steps under way and gives the leases back. */
  stop(): Promise<void>
}

export interface RunDriverOptions extends RunDependencies {
  /** A run of a dead worker is taken over after this time. @default 15 */
  leaseSeconds?: number
}

const busyGapMs = 250
const idleGapMs = 1_000

export function createRunDriver({ leaseSeconds = 15, ...given }: RunDriverOptions): RunDriver {
  const { database, log } = given
  // Two drivers of one name must still tell their runs apart.
  const worker = `${given.worker}/${randomUUID().slice(0, 8)}`
  const deps: RunDependencies = { ...given, worker }
  const stopping = new AbortController()
  const steps = new Map<string, Promise<void>>()
  let looping: Promise<void> | null = null

  async function takeStep(run: ClaimedRun, signal: AbortSignal): Promise<void> {
    try {
      await advanceRun(deps, run, signal)
    } catch (error) {
      // Nothing of the step was written. The next one begins where this one did.
      log.warn({ run: run.id, error: messageOf(error) }, `A step of the ${run.mode} failed and is repeated`)
    } finally {
      steps.delete(run.id)
    }
  }

  // Does not wait for the steps: the claim of the next round renews the lease of one that takes long.
  async function launch(signal: AbortSignal): Promise<{ activeCount: number }> {
    const runs = await claimRuns(database, { worker, leaseSeconds })
    for (const run of runs) {
      if (!steps.has(run.id)) steps.set(run.id, takeStep(run, signal))
    }
    return { activeCount: runs.length }
  }

  async function loop(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      let gapMs = idleGapMs
      try {
        const { activeCount } = await launch(signal)
        if (activeCount > 0) gapMs = busyGapMs
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'Cannot look for runs; this is tried again')
      }
      await delay(gapMs, undefined, { signal }).catch(() => undefined)
    }
  }

  return Object.freeze({
    async tick(signal) {
      const launched = await launch(signal)
      await Promise.all(steps.values())
      return launched
    },
    start() {
      looping ??= loop()
    },
    async stop() {
      stopping.abort()
      await looping
      await Promise.all(steps.values())
      await releaseRuns(database, worker).catch((error: unknown) => {
        log.warn({ error: messageOf(error) }, 'Cannot give back the runs; others take them when the lease is over')
      })
    },
  } satisfies RunDriver)
}

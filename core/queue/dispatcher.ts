// The loop of a worker: finds connections with due work, claims batches for those with room, hands them on. Woken by
// NOTIFY and by ends of jobs; polling is the fallback.

import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { Log } from '../sdk/log.ts'
import { createClaimSizes } from './claim-sizes.ts'
import type { ClaimedJob } from './claimed-job.ts'
import type { DueConnection } from './due-connections.ts'
import type { Lane } from './merge-lines.ts'

export interface DispatcherOptions {
  findDue(): Promise<DueConnection[]>
  claim(connection: DueConnection, request: { lane: Lane; limit: number }): Promise<ClaimedJob[]>
  /** Starts the batch; each of its jobs comes back through `synced`, then through `recorded`. Must not throw. */
  execute(connection: DueConnection, jobs: ClaimedJob[]): void
  /** How many jobs of the connection shall be open, however slow it is. */
  fewest(connection: DueConnection): number
  /** Jobs claimed at once for one connection. */
  batchSize: number
  /** Jobs this process holds at once. */
  maxInFlight: number
  pollIntervalMs: number
  log: Log
}

export interface Dispatcher {
  start(): void
  wakeUp(): void
  /** A job of the connection is through: there is room for another one. */
  synced(connectionId: string): void
  /** The end of a job is written. */
  recorded(job: ClaimedJob): void
  inFlightCount(): number
  /** No more claims; resolves when the one under way is done. */
  stop(): Promise<void>
}

/** A connection that had due rows but no ticket or no free subject is left alone this long. */
const emptyClaimPauseMs = 100
const parallelClaims = 4
/** While the database is away nobody is told so more often than this. */
const failurePauseMs = 1_000

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  /** Claimed and not yet through. */
  const openByConnection = new Map<string, number>()
  const pausedUntil = new Map<string, number>()
  const claimSizes = createClaimSizes({ most: options.batchSize * 2 })
  /** How many jobs of a connection were to be open when it was last looked at. */
  const targets = new Map<string, number>()
  /** Claimed and not yet recorded. */
  let held = 0
  /** From the claim of a job that goes alone until its end is written. */
  let isSoloBusy = false
  let soloPausedUntil = 0
  let lastSoloConnection = ''
  let isStopping = false
  const stopping = new AbortController()
  let running: Promise<void> | null = null
  let wake: (() => void) | null = null
  let isWoken = false

  const wakeUp = (): void => {
    isWoken = true
    wake?.()
  }

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (isWoken || isStopping) return resolve()
      const timer = setTimeout(done, ms)
      function done(): void {
        clearTimeout(timer)
        wake = null
        resolve()
      }
      wake = done
    })

  // Claiming for every job that ends would claim in crumbs.
  const roomWorthAClaim = Math.ceil(options.batchSize / 2)
  const hasRoom = (): boolean => options.maxInFlight - held >= roomWorthAClaim

  const roomFor = (connection: DueConnection): number => {
    const own = openByConnection.get(connection.id) ?? 0
    const fewest = Math.min(options.fewest(connection), options.batchSize)
    const wanted = Math.max(claimSizes.target(connection.id, performance.now()), fewest)
    const target = Math.min(wanted, connection.mostOpen ?? Infinity)
    targets.set(connection.id, target)
    // The next batch is claimed and loaded while half of the last one is still to be sent.
    if (own > target / 2 || (pausedUntil.get(connection.id) ?? 0) > performance.now()) return 0
    return hasRoom() ? Math.min(options.batchSize, target - own, options.maxInFlight - held) : 0
  }

  const begin = (connection: DueConnection, jobs: ClaimedJob[]): void => {
    held += jobs.length
    openByConnection.set(connection.id, (openByConnection.get(connection.id) ?? 0) + jobs.length)
    options.execute(connection, jobs)
  }

  const claimOne = async (connection: DueConnection): Promise<boolean> => {
    const limit = roomFor(connection)
    if (limit <= 0 || isStopping || connection.scopes.length === 0) return false
    const jobs = await options.claim(connection, { lane: 'ordinary', limit })
    if (jobs.length === 0) {
      pausedUntil.set(connection.id, performance.now() + emptyClaimPauseMs)
      return false
    }
    pausedUntil.delete(connection.id)
    begin(connection, jobs)
    return true
  }

  // The connections take turns, beside all ordinary work.
  const claimSolo = async (due: readonly DueConnection[]): Promise<boolean> => {
    const waiting = due.filter(({ soloScopes }) => soloScopes.length > 0).sort((a, b) => (a.id < b.id ? -1 : 1))
    const connection = waiting.find(({ id }) => id > lastSoloConnection) ?? waiting[0]
    if (!connection || isSoloBusy || isStopping || soloPausedUntil > performance.now()) return false
    lastSoloConnection = connection.id
    isSoloBusy = true
    try {
      const jobs = await options.claim(connection, { lane: 'solo', limit: 1 })
      isSoloBusy = jobs.length > 0
      if (isSoloBusy) begin(connection, jobs)
      else soloPausedUntil = performance.now() + emptyClaimPauseMs
    } catch (error) {
      isSoloBusy = false
      throw error
    }
    return isSoloBusy
  }

  const round = async (): Promise<boolean> => {
    if (!hasRoom()) return false
    const due = await options.findDue()
    // The least busy first, so that a long backlog of one does not keep taking the room of the others.
    due.sort((a, b) => (openByConnection.get(a.id) ?? 0) - (openByConnection.get(b.id) ?? 0))
    let hasClaimed = false
    for (let index = 0; index < due.length; index += parallelClaims) {
      const claims = await Promise.all(due.slice(index, index + parallelClaims).map(claimOne))
      hasClaimed ||= claims.includes(true)
    }
    hasClaimed = (await claimSolo(due)) || hasClaimed
    const isPaused = soloPausedUntil > performance.now() || due.some((connection) => pausedUntil.has(connection.id))
    if (!hasClaimed && isPaused) {
      setTimeout(wakeUp, emptyClaimPauseMs).unref()
    }
    return hasClaimed
  }

  const loop = async (): Promise<void> => {
    while (!isStopping) {
      isWoken = false
      let hasClaimed = false
      try {
        hasClaimed = await round()
      } catch (error) {
        options.log.error({ error: messageOf(error) }, 'Claiming work failed; trying again')
        await delay(failurePauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        continue
      }
      // The interval is the longest that work lies unseen; spread, so that many workers do not ask at the same moment.
      if (!hasClaimed) await sleep(options.pollIntervalMs * (0.75 + Math.random() / 5))
    }
  }

  return Object.freeze({
    start() {
      running ??= loop()
    },
    wakeUp,
    synced(connectionId) {
      const own = (openByConnection.get(connectionId) ?? 1) - 1
      if (own > 0) openByConnection.set(connectionId, own)
      else openByConnection.delete(connectionId)
      claimSizes.synced(connectionId, performance.now())
      // Once, when it falls to where a claim is worth it.
      const target = Math.max(targets.get(connectionId) ?? 0, claimSizes.target(connectionId, performance.now()))
      if (own <= target / 2) wakeUp()
    },
    recorded(job) {
      const hadRoom = hasRoom()
      held--
      if (job.isSolo) isSoloBusy = false
      if (job.isSolo || (!hadRoom && hasRoom())) wakeUp()
    },
    inFlightCount: () => held,
    async stop() {
      isStopping = true
      stopping.abort()
      wakeUp()
      await running
    },
  } satisfies Dispatcher)
}

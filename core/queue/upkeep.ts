// What a worker does beside sending, each in its own rhythm: renews its leases, sets its share of slots right, sweeps up
// after dead workers, deletes what belongs to connections that are long gone. None of it may stop the others.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../sdk/log.ts'
import type { ShareOfSlots } from './account-slots.ts'
import type { Boss } from './boss.ts'
import { createClockWatch } from './clock-skew.ts'
import { purgeConnections } from './purge-connections.ts'
import { sweep } from './sweep.ts'

export interface UpkeepOptions {
  database: Database
  boss: Boss
  worker: string
  leaseSeconds: number
  slots: Pick<ShareOfSlots, 'rebalance'>
  /** The leases this process knows to hold; those of slots are renewed with their share. */
  heldKeys(): readonly string[]
  /** Jobs may be due now. */
  wakeUp(): void
  onClockSkew?: ((skewMs: number) => void) | undefined
  log: Log
  /** Ends all of it. */
  signal: AbortSignal
}

export interface Upkeep {
  /** False when they may have run out: no call may start then. */
  areLeasesValid(): boolean
  /** Resolves when no slot is taken or given back any more. */
  readonly slotsSettled: Promise<void>
  /** Resolves when all of it has ended. */
  readonly ended: Promise<unknown>
}

const sweepIntervalMs = 10_000
const purgeIntervalMs = 10 * 60_000
/** No call starts this close to the end of the leases. */
const leaseMarginMs = 1_000

export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { database, boss, worker, leaseSeconds, log, signal } = options
  const leaseMs = leaseSeconds * 1000
  let leasesValidUntil = performance.now() + leaseMs - leaseMarginMs
  let lastRenewedAt = performance.now()
  const watchClock = createClockWatch({ log, onSkew: (skewMs) => options.onClockSkew?.(skewMs) })

  const every = async (ms: number, complaint: string, work: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      await delay(ms, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await work().catch((error: unknown) => log.warn({ error: messageOf(error) }, complaint))
    }
  }

  const renewing = every(Math.max(500, leaseMs / 6), 'The leases could not be renewed', async () => {
    const renewedAt = performance.now()
    const askedAt = Date.now()
    // Only what is known here: a lease whose COMMIT was not answered is nobody's work and has to run out.
    // Rows that a flush holds are skipped: waiting for them while holding others would stop both until a timeout.
    const { rows } = await database.executeSql<{ now_ms: number }>(
      `with renewed as (
         update ${database.schema}.lease set until = now() + make_interval(secs => $2)
         where key in (select key from ${database.schema}.lease where worker = $1 and key = any ($3::text[]) for update skip locked)
       )
       select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms`,
      [worker, leaseSeconds, options.heldKeys()],
    )
    if (rows[0]) watchClock({ askedAt, databaseAt: rows[0].now_ms, answeredAt: Date.now() })
    // A skipped row was renewed the time before.
    leasesValidUntil = lastRenewedAt + leaseMs - leaseMarginMs
    lastRenewedAt = renewedAt
  })

  const rebalancing = every(
    Math.min(1_000, leaseMs / 8),
    'The slots of accounts could not be looked at; trying again',
    () => options.slots.rebalance(),
  )

  const sweeping = every(
    Math.min(sweepIntervalMs, leaseMs / 2),
    'The sweep failed; the next one tries again',
    async () => {
      const { returnedCount, parkedCount, ticketedCount } = await sweep({ database, boss })
      if (returnedCount > 0) log.warn({ returnedCount }, 'Jobs of a worker that died were returned to the queue')
      if (parkedCount > 0) log.error({ parkedCount }, 'Jobs that killed three workers in a row wait for a person')
      if (ticketedCount > 0) log.warn({ ticketedCount }, 'Due jobs without a ticket got one')
      if (returnedCount + ticketedCount > 0) options.wakeUp()
    },
  )

  const purging = every(purgeIntervalMs, 'Purging deleted connections failed; the next time goes on', async () => {
    const purgedCount = await purgeConnections({ database, boss })
    if (purgedCount > 0) log.info({ purgedCount }, 'Connections that were deleted long ago are gone with all they had')
  })

  return Object.freeze({
    areLeasesValid: () => performance.now() < leasesValidUntil,
    slotsSettled: rebalancing,
    ended: Promise.all([renewing, rebalancing, sweeping, purging]),
  } satisfies Upkeep)
}

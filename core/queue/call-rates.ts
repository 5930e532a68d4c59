// The rate of an account over all workers: so many calls in so many seconds, in every stretch of that length. Calls are
// handed out by the database's clock, several at a time, and a process uses what it was given within a moment.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../database/transaction.ts'
import { askDatabase } from '../sync/leases.ts'

export interface CallRate {
  calls: number
  perSeconds: number
}

export interface CallRates {
  /** Resolves when a call may be made; rejects when the process stops. */
  take(accountKey: string, rate: CallRate): Promise<void>
}

interface Pace {
  /** Calls that may be made at once after a while without any, and the most that are handed out together. */
  burst: number
  secondsPerCall: number
  /** What is handed out is used within this, or not at all. */
  validMs: number
}

/**
 * How calls are spread so that no stretch of `perSeconds` holds more than `calls`, although some are handed out at once
 * and used a moment later: a stretch sees the burst, and what became free within it and that moment.
 */
export function paceOf({ calls, perSeconds }: CallRate): Pace {
  const burst = Math.max(1, Math.floor(calls / 10))
  const validMs = Math.min(1_000, perSeconds * 100)
  return { burst, validMs, secondsPerCall: (perSeconds + validMs / 1000) / Math.max(1, calls - burst) }
}

interface Line {
  waiting: { resolve(): void; reject(reason: unknown): void }[]
  left: number
  validUntil: number
  isAsking: boolean
  isKnown: boolean
}

const question = 'for a call at the rate of the account'

export function createCallRates({ database, signal }: { database: Database; signal: AbortSignal }): CallRates {
  const lines = new Map<string, Line>()

  const serve = async (accountKey: string, line: Line, pace: Pace): Promise<void> => {
    line.isAsking = true
    try {
      if (!line.isKnown) {
        const noted = database.executeSql(
          `insert into ${database.schema}.account_gate (account_key) values ($1) on conflict do nothing`,
          [accountKey],
        )
        await askDatabase(question, noted)
        line.isKnown = true
      }
      while (line.waiting.length > 0) {
        signal.throwIfAborted()
        if (line.left === 0 || performance.now() >= line.validUntil) {
          const asked = Math.min(line.waiting.length, pace.burst)
          const askedAt = performance.now()
          const { count, waitMs } = await askDatabase(question, reserve(database, accountKey, pace, asked))
          line.left = count
          // From before it was handed out, so that a slow answer makes it shorter and not longer.
          line.validUntil = askedAt + pace.validMs
          if (count === 0) {
            await delay(waitMs, undefined, { signal })
            continue
          }
          if (performance.now() >= line.validUntil) continue
        }
        line.left--
        line.waiting.shift()?.resolve()
      }
    } catch (error) {
      for (const one of line.waiting.splice(0)) one.reject(error)
    } finally {
      line.isAsking = false
    }
  }

  return Object.freeze({
    take(accountKey, rate) {
      const line = lines.get(accountKey) ?? { waiting: [], left: 0, validUntil: 0, isAsking: false, isKnown: false }
      lines.set(accountKey, line)
      return new Promise<void>((resolve, reject) => {
        line.waiting.push({ resolve, reject })
        if (!line.isAsking) void serve(accountKey, line, paceOf(rate))
      })
    },
  } satisfies CallRates)
}

// `rate_free_at` is when all calls that were handed out are spent at the pace of the rate: it runs ahead of the clock by
// at most the burst.
async function reserve(
  database: Database,
  accountKey: string,
  { burst, secondsPerCall }: Pace,
  asked: number,
): Promise<{ count: number; waitMs: number }> {
  const { rows } = await database.executeSql<{ count: number; wait_ms: number }>(
    `with known as (
       select account_key, greatest(rate_free_at, clock_timestamp()) as free_at, clock_timestamp() as at
       from ${database.schema}.account_gate where account_key = $1 for update
     ),
     room as (
       select *, greatest(least($2::int, floor($3::int - extract(epoch from free_at - at)::float8 / $4::float8 + 1e-6)::int), 0) as count
       from known
     )
     update ${database.schema}.account_gate gate set rate_free_at = room.free_at + make_interval(secs => room.count * $4::float8)
     from room where gate.account_key = room.account_key
     returning room.count, (extract(epoch from room.free_at - room.at)::float8 - ($3::int - 1) * $4::float8) * 1000 as wait_ms`,
    [accountKey, asked, burst, secondsPerCall],
  )
  return { count: rows[0]?.count ?? 0, waitMs: Math.max(rows[0]?.wait_ms ?? 0, 5) }
}

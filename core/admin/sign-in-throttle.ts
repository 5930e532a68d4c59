// Slows down guessing, per account and for all processes together: after three failures an account has to wait, each time
// longer, up to ten minutes. It never locks for ever, and it counts before the password is looked at, so that a hundred
// guesses at the same moment are one.
import type { Database } from '../database/transaction.ts'

const freeTries = 3
const firstDelaySeconds = 15
const longestDelaySeconds = 600
/** An account that was left alone for so long begins anew. */
const forgetAfterSeconds = 900

export interface SignInThrottle {
  /** Takes one try. Null: go on. Otherwise how many seconds to wait. */
  take(account: string): Promise<number | null>
  /** After a good sign-in. */
  clear(account: string): Promise<void>
}

export function createSignInThrottle(database: Database): SignInThrottle {
  const table = `${database.schema}.sign_in_attempt`
  return Object.freeze({
    async take(account) {
      await database.executeSql(`delete from ${table} where blocked_until < now() - make_interval(secs => $1)`, [
        forgetAfterSeconds,
      ])
      const { rows: taken } = await database.executeSql(
        `insert into ${table} as known (account, failed_count, blocked_until) values ($1, 1, now())
         on conflict (account) do update set
           failed_count = known.failed_count + 1,
           blocked_until = now() + make_interval(secs => case when known.failed_count + 1 < $2 then 0
             else least($3 * power(2, least(known.failed_count + 1 - $2, 20)), $4) end)
         where known.blocked_until <= now()
         returning account`,
        [account, freeTries, firstDelaySeconds, longestDelaySeconds],
      )
      if (taken.length > 0) return null
      const { rows } = await database.executeSql<{ seconds: number }>(
        `select greatest(1, ceil(extract(epoch from blocked_until - now())))::int as seconds from ${table} where account = $1`,
        [account],
      )
      return rows[0]?.seconds ?? 1
    },
    async clear(account) {
      await database.executeSql(`delete from ${table} where account = $1`, [account])
    },
  } satisfies SignInThrottle)
}

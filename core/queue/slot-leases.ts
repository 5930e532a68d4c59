// The slots of accounts, as leases in the database: a slot is one call at a time to one account, and belongs to one worker
// until it gives it back or its lease runs out. So the limit of an account holds over all workers. These leases are short:
// the slots of a worker that died are what all others wait for.
import type { Database } from '../database/transaction.ts'

export interface AccountShare {
  accountKey: string
  /** Slots the account has in all. */
  most: number
}

export interface SlotHolders {
  /** This worker's, by number. */
  own: number[]
  /** Other workers that have some. */
  otherCount: number
  freeCount: number
  /** A worker that has none and asks for some. */
  wantedBy: 'nobody' | 'us' | 'another'
}

export interface SlotLeases {
  /** Free slots of accounts that no other worker asks for; where there is none, it is asked for. @returns numbers by account */
  take(accounts: readonly AccountShare[]): Promise<Map<string, number[]>>
  /** Who holds what; this worker's own are renewed. */
  look(accounts: readonly AccountShare[]): Promise<Map<string, SlotHolders>>
  /** How long slots may be used after they were taken or looked at. */
  readonly validMs: number
  giveBack(slots: readonly { accountKey: string; slot: number }[], unwanted: readonly string[]): Promise<void>
}

// Two slashes keep them apart from the leases of subjects and identities, which begin with a connection's id.
const longestLeaseSeconds = 10

const slotKey = (accountKey: string, slot: number): string => `slot//${accountKey}/${slot}`
const wantKey = (accountKey: string): string => `want//${accountKey}`
const slotsOf = ({ accountKey, most }: AccountShare): string[] =>
  Array.from({ length: most }, (_, slot) => slotKey(accountKey, slot))

export function createSlotLeases({
  database,
  worker,
  leaseSeconds,
}: {
  database: Database
  worker: string
  leaseSeconds: number
}): SlotLeases {
  const lease = `${database.schema}.lease`
  const seconds = Math.min(leaseSeconds, longestLeaseSeconds)
  let renewedAt = Number.NEGATIVE_INFINITY
  const insert = (keys: readonly string[], condition = 'true') =>
    database.executeSql<{ key: string }>(
      `insert into ${lease} (key, worker, until, fence)
       select key, $2, now() + make_interval(secs => $3), nextval('${database.schema}.fence')
       from (select key from unnest($1::text[]) as wanted (key) where ${condition} order by key) free
       on conflict (key) do update set worker = excluded.worker, until = excluded.until, fence = excluded.fence
       where lease.until < now()
       returning key`,
      [keys, worker, seconds],
    )
  const renew = async (keys: readonly string[]): Promise<void> => {
    const now = performance.now()
    if (now - renewedAt < seconds * 250) return
    await database.executeSql(
      `update ${lease} set until = now() + make_interval(secs => $3)
       where key in (select key from ${lease} where key = any ($1::text[]) and worker = $2 for update skip locked)`,
      [keys, worker, seconds],
    )
    renewedAt = now
  }
  const remove = (keys: readonly string[]) =>
    database.executeSql(`delete from ${lease} where key = any ($1::text[]) and worker = $2`, [keys, worker])

  return Object.freeze({
    async take(accounts) {
      const { rows } = await insert(
        accounts.flatMap(slotsOf),
        // What another has asked for is left to it.
        `not exists (select from ${lease} where worker <> $2 and lease.key = 'want//' || substring(wanted.key from '^slot//(.*)/'))`,
      )
      const won = new Set(rows.map((row) => row.key))
      const taken = new Map(
        accounts.map((account) => {
          const numbers = slotsOf(account).flatMap((key, slot) => (won.has(key) ? slot : []))
          return [account.accountKey, numbers]
        }),
      )
      const wanted = accounts.filter(({ accountKey }) => taken.get(accountKey)?.length === 0)
      if (wanted.length > 0) await insert(wanted.map(({ accountKey }) => wantKey(accountKey)))
      return taken
    },

    // Renewed each quarter of their time, and no call uses one beyond half of it.
    validMs: seconds * 500,

    async look(accounts) {
      const keys = accounts.flatMap((account) => [...slotsOf(account), wantKey(account.accountKey)])
      await renew(keys)
      const { rows } = await database.executeSql<{ key: string; worker: string }>(
        `select key, worker from ${lease} where key = any ($1::text[]) and until >= now()`,
        [keys],
      )
      const holders = new Map(rows.map((row) => [row.key, row.worker]))
      return new Map(
        accounts.map((account) => {
          const held = slotsOf(account).map((key) => holders.get(key))
          const wanter = holders.get(wantKey(account.accountKey))
          return [
            account.accountKey,
            {
              own: held.flatMap((holder, slot) => (holder === worker ? slot : [])),
              otherCount: new Set(held.filter((holder) => holder !== undefined && holder !== worker)).size,
              freeCount: held.filter((holder) => holder === undefined).length,
              wantedBy: wanter === undefined ? 'nobody' : wanter === worker ? 'us' : 'another',
            } satisfies SlotHolders,
          ]
        }),
      )
    },

    async giveBack(slots, unwanted) {
      const keys = [...slots.map(({ accountKey, slot }) => slotKey(accountKey, slot)), ...unwanted.map(wantKey)]
      if (keys.length > 0) await remove(keys)
    },
  } satisfies SlotLeases)
}

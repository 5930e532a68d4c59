// Leases on external identities: one object at the remote is written by one call at a time, whichever orders share it.
// Asked for one at a time, won together: while one statement runs, the next requests gather.
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, type SqlSession, together } from '../database/transaction.ts'
import { type ExternalIdentity, identityKey } from './identity.ts'
import { type KnownExternalObject, loadExternalObjects } from './ledger.ts'

export interface IdentityLease {
  key: string
  /** The object as the ledger knows it, read after the lease was won. */
  known: KnownExternalObject | null
}

export interface IdentityLeases {
  /**
   * Null when another worker keeps holding it: the job goes back to the queue.
   * @param fence of the job: what a dead worker's leases were taken for is what it was sending
   */
  acquire(identity: ExternalIdentity, fence: string): Promise<IdentityLease | null>
  /** To be called when the rows of these keys are deleted. */
  released(keys: readonly string[]): void
}

const retryWaitsMs = [20, 40, 80, 160, 320, 640]
/** Between two statements: under load each takes more requests along, and the database is asked less often. */
const gatherMs = 10

interface Request {
  identity: ExternalIdentity
  key: string
  fence: string
  resolve(lease: IdentityLease | null): void
  reject(error: unknown): void
}

export function createIdentityLeases({
  database,
  worker,
  leaseSeconds,
}: {
  database: Database
  worker: string
  leaseSeconds: number
}): IdentityLeases {
  // Held by this process: the next in line waits here instead of asking the database.
  const waitingInLine = new Map<string, (() => void)[]>()
  let gathered: Request[] = []
  let isAsking = false

  const ask = async (): Promise<void> => {
    if (isAsking) return
    isAsking = true
    try {
      while (gathered.length > 0) {
        const requests = gathered
        gathered = []
        await answer(requests)
        await delay(gatherMs)
      }
    } finally {
      isAsking = false
    }
  }

  const answer = async (requests: readonly Request[]): Promise<void> => {
    try {
      const inOrder = requests.toSorted((a, b) => (a.key < b.key ? -1 : 1))
      // Two statements, so that the second sees what the last holder of a lease wrote; one round trip for both.
      const [{ rows }, known] = await database.session((session) =>
        together([
          session.executeSql<{ key: string }>(
            `insert into ${database.schema}.lease (key, worker, until, fence)
             select key, $2, now() + make_interval(secs => $3), fence
             from unnest($1::text[], $4::bigint[]) as wanted (key, fence)
             on conflict do nothing returning key`,
            [inOrder.map((request) => request.key), worker, leaseSeconds, inOrder.map((request) => request.fence)],
          ),
          loadExternalObjects(
            session,
            database.schema,
            requests.map((request) => request.identity),
          ),
        ]),
      )
      const won = new Set(rows.map((row) => row.key))
      for (const request of requests) {
        const lease = { key: request.key, known: known.get(request.key) ?? null }
        request.resolve(won.has(request.key) ? lease : null)
      }
    } catch (error) {
      for (const request of requests) request.reject(error)
    }
  }

  const tryOnce = (identity: ExternalIdentity, key: string, fence: string): Promise<IdentityLease | null> =>
    new Promise((resolve, reject) => {
      gathered.push({ identity, key, fence, resolve, reject })
      void ask()
    })

  const leaveLine = (key: string): void => {
    const next = waitingInLine.get(key)?.shift()
    if (next) next()
    else waitingInLine.delete(key)
  }

  return Object.freeze({
    async acquire(identity, fence) {
      const key = identityKey(identity)
      const line = waitingInLine.get(key)
      if (line) await new Promise<void>((resolve) => line.push(resolve))
      else waitingInLine.set(key, [])
      try {
        for (const waitMs of retryWaitsMs) {
          const lease = await tryOnce(identity, key, fence)
          if (lease) return lease
          await delay(waitMs + randomInt(waitMs))
        }
      } catch (error) {
        leaveLine(key)
        throw error
      }
      leaveLine(key)
      return null
    },
    released(keys) {
      for (const key of keys) leaveLine(key)
    },
  } satisfies IdentityLeases)
}

/** Gives leases back inside the transaction that writes what was done under them. */
export async function releaseLeases(
  session: SqlSession,
  schema: string,
  { keys, worker }: { keys: readonly string[]; worker: string },
): Promise<void> {
  if (keys.length === 0) return
  await session.executeSql(`delete from ${schema}.lease where key = any($1::text[]) and worker = $2`, [keys, worker])
}

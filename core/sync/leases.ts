// Leases on external identities: one object at the remote is written by one call at a time, whichever orders share it.
// Asked for one at a time, won together: while one statement runs, the next requests gather.
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, type SqlSession, together } from '../database/transaction.ts'
import { messageOf, RetryableError } from '../errors.ts'
import type { GatheredCalls } from './gathered-calls.ts'
import { type ExternalIdentity, identityKey } from './identity.ts'
import { type KnownExternalObject, loadExternalObjects } from './ledger.ts'

export interface IdentityLease {
  kind: 'leased'
  key: string
  /** The object as the ledger knows it, read after the lease was won. */
  known: KnownExternalObject | null
}

/** Another one keeps it: the job goes back to the queue. */
export interface IdentityInUse {
  kind: 'in_use'
  /** Until the remote is asked for the answer of the batch that has it; null when a worker has it. */
  answerInMs: number | null
}

export interface IdentityLeases {
  /**
   * @param fence of the job: what a dead worker's leases were taken for is what it was sending
   * @param onWait called once when it is not free at once
   */
  acquire(identity: ExternalIdentity, fence: string, onWait?: () => void): Promise<IdentityLease | IdentityInUse>
  /** To be called when the rows of these keys are deleted. */
  released(keys: readonly string[]): void
  /** What is held, or was asked for just now: to be renewed. */
  heldKeys(): string[]
}

/** Nothing may be sent now, through no fault of the remote's or of the record's. */
export class LeaseError extends RetryableError {}

/** What work under way asks of our own database. When that gives no answer, nobody has failed. @param what "for a call" */
export async function askDatabase<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw new LeaseError(`The database could not be asked ${what}: ${messageOf(error)}`, { cause: error })
  }
}

const retryWaitsMs = [20, 40, 80, 160, 320, 640]
/** Between two statements: under load each takes more requests along, and the database is asked less often. */
const gatherMs = 4

interface Request {
  identity: ExternalIdentity
  key: string
  fence: string
  resolve(lease: IdentityLease | IdentityInUse): void
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
      const answers = await loadAnswerTimes(
        database,
        inOrder.map((request) => request.key).filter((key) => !won.has(key)),
      )
      for (const { key, resolve } of requests) {
        resolve(
          won.has(key)
            ? { kind: 'leased', key, known: known.get(key) ?? null }
            : { kind: 'in_use', answerInMs: answers.get(key) ?? null },
        )
      }
    } catch (error) {
      const message = `The database could not be asked for the lease of an object: ${messageOf(error)}`
      for (const request of requests) request.reject(new LeaseError(message, { cause: error }))
    }
  }

  const tryOnce = (identity: ExternalIdentity, key: string, fence: string): Promise<IdentityLease | IdentityInUse> =>
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
    async acquire(identity, fence, onWait) {
      const key = identityKey(identity)
      const line = waitingInLine.get(key)
      if (line) {
        onWait?.()
        await new Promise<void>((resolve) => line.push(resolve))
      } else waitingInLine.set(key, [])
      let answerInMs: number | null = null
      try {
        for (const waitMs of retryWaitsMs) {
          const lease = await tryOnce(identity, key, fence)
          if (lease.kind === 'leased') return lease
          answerInMs = lease.answerInMs
          // A batch has it for much longer than is worth waiting here.
          if (answerInMs !== null) break
          onWait?.()
          await delay(waitMs + randomInt(waitMs))
        }
      } catch (error) {
        leaveLine(key)
        throw error
      }
      leaveLine(key)
      return { kind: 'in_use', answerInMs }
    },
    released(keys) {
      for (const key of keys) leaveLine(key)
    },
    heldKeys: () => [...waitingInLine.keys()],
  } satisfies IdentityLeases)
}

/** For a pipeline; those it is gathered with do not wait while another one has the identity. */
export function acquireIdentity(
  identity: ExternalIdentity,
  { leases, gathered, job }: { leases: IdentityLeases; gathered: GatheredCalls | null; job: { fence: string } },
): Promise<IdentityLease | IdentityInUse> {
  if (!gathered) return leases.acquire(identity, job.fence)
  return gathered.aside((begin) => leases.acquire(identity, job.fence, begin))
}

/** Milliseconds until the next look for an answer, of the keys that submitted batches have. */
async function loadAnswerTimes(database: Database, keys: readonly string[]): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map()
  const { rows } = await database.executeSql<{ key: string; ms: number }>(
    `select l.key, greatest(extract(epoch from b.check_at - now()) * 1000, 0)::float8 as ms
     from ${database.schema}.lease l
     join ${database.schema}.batch_request b
       on b.local_batch_id = case when starts_with(l.worker, $2) then substr(l.worker, length($2) + 1)::uuid end
     where l.key = any($1::text[])`,
    [keys, batchHolder('')],
  )
  return new Map(rows.map((row) => [row.key, row.ms]))
}

/** Who has the identities of a submitted batch until its answer: no worker. */
export function batchHolder(localBatchId: string): string {
  return `batch/${localBatchId}`
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

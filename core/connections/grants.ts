// The grants of connections, over all processes: one that has ended is renewed once, whoever notices it. In this process all
// callers wait for one renewal; among processes a lease decides who makes it, and the others wait for what she stores. No
// transaction is open during the call, and its answer is stored before anything else is done.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { AuthMemory, Grant, Grants } from '../auth/authorizer.ts'
import type { Database } from '../database/transaction.ts'
import { HeldError, isErrorKind, messageOf } from '../errors.ts'
import type { Log } from '../sdk/log.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { type GrantRow, openGrant, type StoredGrant, storeGrant } from './stored-grant.ts'

/** What of a connection a client is made with. */
export interface GrantedConnection {
  id: string
  /** Of its settings and credentials. */
  revision: string
  storedGrant: StoredGrant
}

export interface ConnectionGrants {
  /** What clients of the connection share in this process, while its settings stay what they are. */
  memoryOf(connection: GrantedConnection): AuthMemory
  /** Resolves when no renewal is under way. */
  settled(): Promise<void>
}

/** Renewed while a call is under way; those who wait for a process that died wait for so long. */
const leaseSeconds = 10
const keepLeaseMs = 2_500
const lookAgainMs = 100
const storeTries = 20
const storeAgainMs = 500
/** Connections whose memory is kept; the one not used for longest goes first. */
const mostMemories = 2000

interface Memory extends AuthMemory {
  revision: string
  stored: StoredGrant
}

export function createConnectionGrants({
  database,
  dataKeys,
  log,
}: {
  database: Database
  dataKeys: DataKeys
  log: Log
}): ConnectionGrants {
  const { schema } = database
  const holder = `grants/${randomUUID()}`
  const memories = new Map<string, Memory>()
  const renewals = new Set<Promise<unknown>>()

  function createMemory({ id, revision, storedGrant }: GrantedConnection): Memory {
    let renewing: Promise<Grant> | null = null
    const grants: Grants = {
      current: () => memory.stored.grant,
      renew(old, obtain) {
        const { grant } = memory.stored
        if (grant && grant !== old) return Promise.resolve(grant)
        renewing ??= track(renewOnce(id, memory, obtain)).finally(() => {
          renewing = null
        })
        return renewing
      },
    }
    const memory: Memory = { revision, stored: storedGrant, notes: new Map(), grants: Object.freeze(grants) }
    return memory
  }

  async function track<T>(renewal: Promise<T>): Promise<T> {
    renewals.add(renewal)
    try {
      return await renewal
    } finally {
      renewals.delete(renewal)
    }
  }

  async function renewOnce(
    id: string,
    memory: Memory,
    obtain: (stored: Grant | null) => Promise<Grant>,
  ): Promise<Grant> {
    const old = memory.stored.grant
    for (;;) {
      const isOurs = await asked(takeLease(id))
      const keeping = isOurs ? setInterval(() => void keepLease(id), keepLeaseMs) : undefined
      try {
        // Under the lease once more: who had it before may have stored one just now.
        await asked(look(id, memory))
        const { grant } = memory.stored
        // Also when it came with a connection that was loaded meanwhile.
        if (grant && grant !== old) return grant
        if (isOurs) return await obtainAndStore(id, memory, obtain)
      } finally {
        clearInterval(keeping)
        if (isOurs) await giveBackLease(id)
      }
      await delay(lookAgainMs)
    }
  }

  async function obtainAndStore(
    id: string,
    memory: Memory,
    obtain: (stored: Grant | null) => Promise<Grant>,
  ): Promise<Grant> {
    const { grant: old, revision } = memory.stored
    const grant = await obtain(old)
    const isStored = await store({ connectionId: id, grant, revision })
    if (isStored !== false) {
      // What could not be stored serves this process all the same, and its successor is stored in its place.
      memory.stored = { grant, revision: isStored ? revision + 1 : revision }
      return grant
    }
    // Written by somebody who brought another one, or by ourselves without hearing of it.
    await asked(look(id, memory))
    if (memory.stored.grant && memory.stored.grant !== old) return memory.stored.grant
    throw changedMeanwhile()
  }

  /**
   * A rotated refresh token exists nowhere else: a database that is away for a moment must not lose it.
   * @returns false when another grant is in force, null when the database stays away
   */
  async function store(request: Parameters<typeof storeGrant>[2]): Promise<boolean | null> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await storeGrant(database, dataKeys, request)
      } catch (error) {
        const data = { connection: request.connectionId, error: messageOf(error) }
        if (tries === storeTries) {
          log.error(data, 'A renewed grant could not be stored; its account may have to be reconnected')
          return null
        }
        log.warn(data, 'A renewed grant could not be stored yet; trying again')
        await delay(storeAgainMs)
      }
    }
  }

  /** Takes over what is in force: another grant, or none any more. */
  async function look(id: string, memory: Memory): Promise<void> {
    const { rows } = await database.executeSql<GrantRow & { revision: string }>(
      `select id, sealed_grant, grant_expires_at, grant_revision, updated_at::text as revision
       from ${schema}.connection where id = $1 and state <> 'deleted'`,
      [id],
    )
    const [row] = rows
    // What this client was made with is not what is in force: it must not obtain anything with it.
    if (row?.revision !== memory.revision) throw changedMeanwhile()
    if (row.grant_revision === memory.stored.revision) return
    memory.stored = openGrant(row, await dataKeys.opener([row.sealed_grant ?? []].flat()))
  }

  async function takeLease(id: string): Promise<boolean> {
    const { rows } = await database.executeSql(
      `insert into ${schema}.lease as held (key, worker, until, fence)
       values ($1, $2, now() + make_interval(secs => $3), nextval('${schema}.fence'))
       on conflict (key) do update set worker = excluded.worker, until = excluded.until, fence = excluded.fence
       where held.until < now()
       returning key`,
      [leaseKey(id), holder, leaseSeconds],
    )
    return rows.length > 0
  }

  async function keepLease(id: string): Promise<void> {
    try {
      await database.executeSql(
        `update ${schema}.lease set until = now() + make_interval(secs => $3) where key = $1 and worker = $2`,
        [leaseKey(id), holder, leaseSeconds],
      )
    } catch (error) {
      log.warn({ connection: id, error: messageOf(error) }, 'The lease of a grant under renewal could not be kept')
    }
  }

  async function giveBackLease(id: string): Promise<void> {
    try {
      await database.executeSql(`delete from ${schema}.lease where key = $1 and worker = $2`, [leaseKey(id), holder])
    } catch (error) {
      // It runs out by itself; what was renewed is stored.
      log.warn({ connection: id, error: messageOf(error) }, 'The lease of a renewed grant could not be given back')
    }
  }

  return Object.freeze({
    memoryOf(connection) {
      const { id, revision, storedGrant } = connection
      const known = memories.get(id)
      const memory = known?.revision === revision ? known : createMemory(connection)
      if (storedGrant.revision > memory.stored.revision) memory.stored = storedGrant
      memories.delete(id)
      memories.set(id, memory)
      const [oldest] = memories.keys()
      if (oldest !== undefined && memories.size > mostMemories) memories.delete(oldest)
      return memory
    },
    async settled() {
      while (renewals.size > 0) await Promise.allSettled(renewals)
    },
  } satisfies ConnectionGrants)
}

const leaseKey = (connectionId: string): string => `grant:${connectionId}`

/** Of the database; what fails there is no fault of the remote's, and no try of the record. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (isErrorKind(error, 'OutboundSyncError')) throw error
    throw new HeldError(`The stored access of the connection could not be read: ${messageOf(error)}`)
  }
}

function changedMeanwhile(): HeldError {
  return new HeldError(
    'The connection was changed while its access was renewed; the record is sent with what it is now.',
  )
}

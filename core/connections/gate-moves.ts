// What a person does to the gates of a connection: pause, resume, and "try now" for everything that would otherwise wait.
// No job is rewritten: they are held, or go on, at the next claim.
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { TransitionError } from '../errors.ts'
import { type ConnectionGate, gateInForce } from './connection-gates.ts'

export interface PauseRequest {
  connectionId: string
  actor: string
  /** It goes on by itself after this, by the database's clock. Left out: until somebody resumes it. */
  seconds?: number
}

export interface ResumeRequest {
  connectionId: string
  actor: string
  /** Of what waited meanwhile, only what was taken in from then on is sent; null: nothing of it. @default all of it */
  sendSince?: Date | null
  /** Begin with one call at a time, and twice as many each second. @default false */
  isRamped?: boolean
}

const longestPauseSeconds = 366 * 24 * 3600

/** Nothing is sent until `resume`, or until the time is over. Pausing a paused one changes how long. */
export async function pauseConnection(
  database: Database,
  { connectionId, actor, seconds }: PauseRequest,
): Promise<void> {
  if (seconds !== undefined && !(seconds > 0 && seconds <= longestPauseSeconds)) {
    throw new TransitionError(
      `Cannot pause the connection for ${seconds} seconds: expected more than 0 and at most ${longestPauseSeconds} (a year), or no time at all.`,
    )
  }
  await moveGate(database, { connectionId, actor, verb: 'pause', action: 'connection.paused' }, () => ({
    // A refused credential is forgotten meanwhile; should it still be refused, the first call after the pause tells.
    own: { gate: 'paused', seconds: seconds ?? null },
  }))
}

/** @returns how many of those that waited were canceled */
export async function resumeConnection(
  database: Database,
  { connectionId, actor, sendSince, isRamped = false }: ResumeRequest,
  cancelWaiting: (session: SqlSession, request: { connectionId: string; before: Date | null }) => Promise<number>,
): Promise<{ canceledCount: number }> {
  let canceledCount = 0
  await moveGate(
    database,
    { connectionId, actor, verb: 'resume', action: 'connection.resumed' },
    ({ name, ownGate }) => {
      if (ownGate !== 'paused') throw new TransitionError(`Cannot resume the connection "${name}": it is not paused.`)
      return {
        own: { gate: 'open', seconds: null },
        async also(session, { id, account_key }) {
          if (sendSince !== undefined) {
            canceledCount = await cancelWaiting(session, { connectionId: id, before: sendSince })
          }
          if (isRamped) await ramp(session, database.schema, account_key)
          return { ...(sendSince === undefined ? {} : { sendSince, canceledCount }), ...(isRamped ? { isRamped } : {}) }
        },
      }
    },
  )
  return { canceledCount }
}

// As after a breaker: what the claim grows from, second by second.
async function ramp(session: SqlSession, schema: string, accountKey: string): Promise<void> {
  await session.executeSql(
    `insert into ${schema}.account_gate (account_key, recovered_at) values ($1, now())
     on conflict (account_key) do update set recovered_at = excluded.recovered_at`,
    [accountKey],
  )
}

/**
 * Opens what waits for new credentials, for a rate limit or for a remote to recover: that of the account goes for all its
 * connections. Should the remote still not want to be called, its first answer closes the gate again.
 */
export async function tryConnectionNow(
  database: Database,
  { connectionId, actor }: { connectionId: string; actor: string },
): Promise<void> {
  await moveGate(database, { connectionId, actor, verb: 'try', action: 'connection.tried' }, ({ name, gate }) => {
    if (gate === 'open') throw new TransitionError(`There is nothing to try at "${name}": nothing holds it back.`)
    if (gate === 'paused') throw new TransitionError(`Cannot try the connection "${name}": it is paused. Resume it.`)
    return { own: { gate: 'open', seconds: null }, opensAccount: true }
  })
}

interface GateFacts {
  id: string
  name: string
  scope: string
  account_key: string
  /** Of the connection's own row. */
  own_gate: ConnectionGate
  gate: ConnectionGate
  gate_until: Date | null
}

interface GateChange {
  own: { gate: 'open' | 'paused'; seconds: number | null }
  opensAccount?: boolean
  /** In the same transaction; what it answers stands in the audit log. */
  also?: (session: SqlSession, facts: GateFacts) => Promise<Record<string, unknown>>
}

async function moveGate(
  database: Database,
  request: { connectionId: string; actor: string; verb: string; action: string },
  decide: (facts: { name: string; gate: ConnectionGate; ownGate: ConnectionGate }) => GateChange,
): Promise<void> {
  const { schema } = database
  await database.transaction(async (session) => {
    const { rows } = await session.executeSql<GateFacts>(
      `select c.id, c.name, c.scope, c.account_key, c.gate as own_gate, gate.gate, gate.gate_until
       from ${schema}.connection c ${gateInForce(schema)}
       where c.id::text = lower($1) and c.state <> 'deleted' for no key update of c`,
      [request.connectionId],
    )
    const [row] = rows
    if (!row)
      throw new TransitionError(`Cannot ${request.verb} the connection ${request.connectionId}: it does not exist.`)
    const { own, opensAccount, also } = decide({ name: row.name, gate: row.gate, ownGate: row.own_gate })
    const { rows: changed } = await session.executeSql<{ gate_until: Date | null }>(
      `update ${schema}.connection set gate = $2, gate_until = now() + make_interval(secs => $3), gate_reason = null
       where id = $1 returning gate_until`,
      [row.id, own.gate, own.seconds],
    )
    if (opensAccount) {
      await session.executeSql(
        `update ${schema}.account_gate set limited_until = null, limited_reason = null, breaker_probe_at = null,
           breaker_reason = null, alerted_percent = 0, alerted_at = null,
           recovered_at = case when breaker_probe_at is null then recovered_at else now() end
         where account_key = $1`,
        [row.account_key],
      )
    }
    const more = await also?.(session, row)
    await writeAuditEntry(session, schema, {
      actor: request.actor,
      action: request.action,
      scope: row.scope,
      target: `connection:${row.id}`,
      before: { gate: row.gate, until: row.gate_until },
      after: { gate: own.gate, until: changed[0]?.gate_until ?? null, ...more },
    })
  })
}

// What still lies in the queue, and whether a worker could do something about it now. Judged by the database's clock, as
// the worker does.
import { type ConnectionGate, gateInForce } from '../connections/connection-gates.ts'
import type { Database } from '../database/transaction.ts'
import type { Subject } from '../sdk/signals.ts'

/** One wish to sync a record that is not done yet. */
export interface TestJob {
  subject: Subject
  connectionId: string
  scope: string
  /** `waiting`, `in_flight`, `submitted` (the remote answers later) or `needs_attention` (a person has to act). */
  state: 'waiting' | 'in_flight' | 'submitted' | 'needs_attention'
  /** Why a person has to act: `exceeded`, `permanent`, `config`, `internal` or `timeout`. */
  reason: string | null
  message: string | null
  failedAttempts: number
  /** Milliseconds until it is tried, or its answer is asked for; 0 when that is due. */
  dueInMs: number
  /** What keeps its connection from sending: `paused`, `reconnect`, `limited` or `breaker`; `open` when nothing does. */
  gate: ConnectionGate
  gateReason: string | null
  /** Milliseconds until the gate opens by itself; null when it is open, or waits for somebody. */
  gateOpensInMs: number | null
}

interface QueuedJob extends TestJob {
  provider: string
  isConnectionActive: boolean
  isDeferred: boolean
  runIds: readonly string[]
}

/** Another worker, or another job of the same object, is just at it: looked at again in two seconds. */
const longestDeferralMs = 3_000

export async function readQueue(database: Database): Promise<QueuedJob[]> {
  const { schema } = database
  const { rows } = await database.executeSql<{
    source_model: string
    source_id: string
    connection_id: string
    scope: string
    state: TestJob['state']
    reason: string | null
    message: string | null
    failed_attempts: number
    due_in_ms: number
    gate: ConnectionGate
    gate_reason: string | null
    gate_opens_in_ms: number | null
    provider: string
    is_active: boolean
    last_outcome: string | null
    run_ids: string[] | null
  }>(
    `select j.source_model, j.source_id, j.connection_id, j.scope, j.state, j.reason, j.message, j.failed_attempts,
            ${millisecondsUntil(`case when j.state = 'submitted' then j.check_at else j.not_before end`)} as due_in_ms,
            gate.gate, gate.gate_reason,
            case when gate.gate_until is not null then ${millisecondsUntil('gate.gate_until')} end as gate_opens_in_ms,
            c.provider, c.state = 'active' as is_active,
            (select outcome from ${schema}.attempt where job_id = j.id order by id desc limit 1) as last_outcome,
            (select array_agg(one ->> 'run') from jsonb_array_elements(j.triggers) one where one ? 'run') as run_ids
     from ${schema}.sync_job j join ${schema}.connection c on c.id = j.connection_id ${gateInForce(schema)}
     order by j.id`,
    [],
  )
  return rows.map((row) => ({
    subject: { model: row.source_model, id: row.source_id },
    connectionId: row.connection_id,
    scope: row.scope,
    state: row.state,
    reason: row.reason,
    message: row.message,
    failedAttempts: row.failed_attempts,
    dueInMs: row.due_in_ms,
    gate: row.gate,
    gateReason: row.gate_reason,
    gateOpensInMs: row.gate_opens_in_ms,
    provider: row.provider,
    isConnectionActive: row.is_active,
    isDeferred: row.last_outcome === 'deferred',
    runIds: row.run_ids ?? [],
  }))
}

function millisecondsUntil(time: string): string {
  return `greatest(extract(epoch from (${time}) - now())::float8 * 1000, 0)`
}

/** True when a worker has it, or would take it by itself. Whether its plugin is switched on is another question. */
export function isDue(job: QueuedJob): boolean {
  if (job.state === 'in_flight') return true
  if (job.state === 'needs_attention' || !job.isConnectionActive || !mayProceed(job)) return false
  return job.dueInMs === 0 || (job.isDeferred && job.dueInMs <= longestDeferralMs)
}

// The breaker's time is that of its next probe, for which a single job may go.
function mayProceed({ gate, gateOpensInMs }: TestJob): boolean {
  return gate === 'open' || (gate === 'breaker' && gateOpensInMs === 0)
}

/** Milliseconds until something that only waits for time goes on; null when nothing does. */
export function nextDueMs(queue: readonly QueuedJob[]): number | null {
  const times = queue
    .filter((job) => (job.state === 'waiting' || job.state === 'submitted') && job.isConnectionActive)
    .filter((job) => job.gate === 'open' || job.gateOpensInMs !== null)
    .map((job) => Math.max(job.dueInMs, job.gateOpensInMs ?? 0))
  return times.length > 0 ? Math.ceil(Math.min(...times)) : null
}

export function toTestJob({ provider, isConnectionActive, isDeferred, runIds, ...job }: QueuedJob): TestJob {
  return job
}

/** Runs that would go on by themselves: those with nothing in the queue, whose own jobs say what they wait for. */
export async function countDueRuns(database: Database, queue: readonly QueuedJob[]): Promise<number> {
  const { rows } = await database.executeSql<{ count: number }>(
    `select count(*)::int as count from ${database.schema}.sync_run
     where state in ('waiting', 'canary', 'running') and id::text <> all ($1::text[])`,
    [queue.flatMap(({ runIds }) => runIds)],
  )
  return rows[0]?.count ?? 0
}

/** For a sentence: what it is, how it stands and why. */
export function describeJob({ subject, state, reason, message, dueInMs, gate, gateReason }: TestJob): string {
  const standing =
    state === 'needs_attention'
      ? `needs attention (${reason})`
      : state === 'in_flight'
        ? 'is being sent'
        : gate !== 'open'
          ? `is held: ${gate}`
          : dueInMs > 0
            ? `${state === 'submitted' ? 'awaits an answer, asked for' : 'waits, due'} in ${Math.ceil(dueInMs / 1000)} s`
            : 'is due'
  const why = gate === 'open' ? message : (gateReason ?? message)
  return `${subject.model} ${subject.id} ${standing}${why ? ` - ${why}` : ''}`
}

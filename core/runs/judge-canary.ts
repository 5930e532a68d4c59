// The first ten subjects of a backfill go ahead alone: what is wrong with a mapping or a setting shows on them and not on
// ten thousand. This is the judgement on them.
import { type ConnectionGate, gateInForce } from '../connections/connection-gates.ts'
import type { SqlSession } from '../database/transaction.ts'
import { attentionReasons } from '../queue/job-states.ts'

export const canarySize = 10
const maxFailedCount = 2
const patienceMinutes = 2

export interface CanaryFacts {
  enqueuedCount: number
  /** Subjects that have ended, and those of them that failed. */
  endedCount: number
  failedCount: number
  /** A failed one and what was said about it. */
  failedExample: string | null
  /** Jobs that have not ended, and those of them that failed at least once. */
  openCount: number
  retryingCount: number
  /** What was said about one that has not ended. */
  openExample: string | null
  isLate: boolean
  gate: ConnectionGate
  gateReason: string | null
}

export type CanaryVerdict = 'passed' | 'not_yet' | { stop: string }

export function judgeCanary(facts: CanaryFacts): CanaryVerdict {
  const subjects = facts.enqueuedCount === 1 ? 'the only one' : `the first ${facts.enqueuedCount}`
  if (facts.failedCount > maxFailedCount) {
    const example = facts.failedExample === null ? '' : `, for example ${facts.failedExample}`
    return {
      stop: `Stopped after ${subjects}, because ${facts.failedCount} failed${example}. Correct the cause and start again.`,
    }
  }
  // Without a job left there is nothing to wait for, whatever became of the entries.
  if (facts.endedCount >= facts.enqueuedCount || facts.openCount === 0) return 'passed'
  if (!facts.isLate) return 'not_yet'
  return {
    stop: `Stopped after ${subjects}, because ${facts.openCount} had not ended after ${patienceMinutes} minutes: ${whyOpen(facts)}`,
  }
}

function whyOpen({ retryingCount, openCount, openExample, gate, gateReason }: CanaryFacts): string {
  const example = openExample === null ? '' : ` (${openExample})`
  if (gate !== 'open') return `the connection is held (${gate}${gateReason ? `: ${cut(gateReason)}` : ''}).`
  if (retryingCount > 0)
    return `${retryingCount} failed and are tried again${example}. Correct the cause and start again.`
  if (openExample !== null) return `they wait${example}. Correct the cause and start again.`
  return `${openCount} were not begun. Look whether a worker runs and whether the provider is switched on, then start again.`
}

export async function loadCanaryFacts(session: SqlSession, schema: string, runId: string): Promise<CanaryFacts> {
  const { rows } = await session.executeSql<{
    enqueued_count: number
    is_late: boolean
    gate: ConnectionGate
    gate_reason: string | null
    ended_count: number
    failed_count: number
    failed_example: string | null
    open_count: number
    retrying_count: number
    open_example: string | null
  }>(
    `select run.enqueued_count, gate.gate, gate.gate_reason, ended.*, open.*,
            now() - greatest((run.checkpoint ->> 'canarySince')::timestamptz, c.updated_at)
              > make_interval(mins => ${patienceMinutes}) as is_late
     from ${schema}.sync_run run
     join ${schema}.connection c on c.id = run.connection_id
     ${gateInForce(schema)}
     cross join lateral (
       select count(*)::int as ended_count,
              count(*) filter (where outcome = any($2::text[]))::int as failed_count,
              (array_agg(source_model || ' ' || source_id || ': ' || coalesce(message, outcome) order by at)
                 filter (where outcome = any($2::text[])))[1] as failed_example
       from ${schema}.run_entry where run_id = run.id
     ) ended
     cross join lateral (
       select count(*)::int as open_count,
              count(*) filter (where failed_attempts > 0)::int as retrying_count,
              (array_agg(source_model || ' ' || source_id || ': ' || message order by id)
                 filter (where message is not null))[1] as open_example
       from ${schema}.sync_job
       where connection_id = run.connection_id and source_model = run.source_model
         and source_id in (select jsonb_array_elements_text(run.checkpoint -> 'canaryIds'))
         and state in ('waiting', 'in_flight', 'submitted')
         and triggers @> jsonb_build_array(jsonb_build_object('run', run.id))
     ) open
     where run.id = $1::uuid`,
    [runId, attentionReasons],
  )
  const [row] = rows
  if (!row) throw new Error(`The sync run ${runId} is gone, and its connection with it.`)
  return {
    enqueuedCount: row.enqueued_count,
    endedCount: row.ended_count,
    failedCount: row.failed_count,
    failedExample: row.failed_example === null ? null : cut(row.failed_example),
    openCount: row.open_count,
    retryingCount: row.retrying_count,
    openExample: row.open_example === null ? null : cut(row.open_example),
    isLate: row.is_late,
    gate: row.gate,
    gateReason: row.gate_reason,
  }
}

// A remote's answer can be a page long; this one is read in a list of runs.
function cut(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text.replace(/[.\s]+$/, '')
}

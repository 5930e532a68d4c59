// A figure that names the attempts that should not be there: a bar that is missed has to say which attempts and why.
import type { Instance } from './instance.ts'
import type { Figure } from './scenario.ts'

/** Named of them, at most. */
const namedCount = 5

/** Outcomes after which a person has to act. */
export const givenUp = `outcome in ('exceeded', 'permanent', 'config', 'internal', 'timeout')`

/** What is no failure of the remote's must not be counted as one. */
export const countedAsFailed = 'failed_attempts > 0'

/** @param which a condition on outbound_sync.attempt */
export async function noAttempts(
  instance: Pick<Instance, 'rows'>,
  { figure, which }: { figure: string; which: string },
): Promise<Figure> {
  const attempts = await instance.rows(
    `select source_label, outcome, failed_attempts, message, to_char(finished_at, 'HH24:MI:SS.MS') as at,
            (select string_agg(concat_ws(' ', o.object_type, o.id_value, o.action || ':', o.message), ', ')
             from outbound_sync.attempt_object o where o.attempt_id = attempt.id and o.message is not null) as objects
     from outbound_sync.attempt where ${which} order by id`,
  )
  const named = attempts.slice(0, namedCount).map(nameOf)
  return {
    figure,
    value: [String(attempts.length), ...named].join('; '),
    bar: '0',
    holds: attempts.length === 0,
  }
}

function nameOf(attempt: Record<string, unknown>): string {
  const { source_label, outcome, failed_attempts, message, at, objects } = attempt
  const of = objects === null ? '' : ` (${objects})`
  return `${source_label} ${outcome} at ${at} after ${failed_attempts} failed: ${message}${of}`
}

// Tells the log of jobs that come to need a person. The first of a connection and a reason is told at once; of those that
// follow within a minute only the number and the last one, so that a remote that is dead writes two lines a minute and
// not one an order.
import { redactText } from '../http/redact.ts'
import type { Log } from '../sdk/log.ts'
import { causesOf } from '../sync/unexpected-error.ts'
import { needsAttention } from './outcome.ts'
import type { JobEnd } from './record-ends.ts'

export interface AttentionLog {
  ended(end: JobEnd): void
  /** Tells what was counted. */
  stop(): void
}

const countedForMs = 60_000

export function createAttentionLog({ log }: { log: Log }): AttentionLog {
  const counted = new Map<string, { timer: NodeJS.Timeout; count: number; last: JobEnd }>()

  const tell = (end: JobEnd, count: number): void => {
    const isBug = end.outcome.kind === 'internal'
    const because = isBug ? ' by an unexpected error' : ''
    const sentence =
      count === 1
        ? `A record could not be sent${because} and waits for a person`
        : `${count} more records could not be sent${because} and wait for a person; this is the last of them`
    log[isBug ? 'error' : 'warn'](factsOf(end, count), sentence)
  }

  const isOver = (key: string): void => {
    const entry = counted.get(key)
    if (!entry) return
    counted.delete(key)
    if (entry.count === 0) return
    tell(entry.last, entry.count)
    begin(key, entry.last)
  }

  const begin = (key: string, last: JobEnd): void => {
    const timer = setTimeout(isOver, countedForMs, key)
    timer.unref()
    counted.set(key, { timer, count: 0, last })
  }

  return Object.freeze({
    ended(end) {
      if (!needsAttention(end.outcome)) return
      const key = `${end.job.connectionId} ${end.outcome.kind}`
      const entry = counted.get(key)
      if (entry) {
        entry.count += 1
        entry.last = end
        return
      }
      tell(end, 1)
      begin(key, end)
    },
    stop() {
      for (const { timer, count, last } of counted.values()) {
        clearTimeout(timer)
        if (count > 0) tell(last, count)
      }
      counted.clear()
    },
  } satisfies AttentionLog)
}

function factsOf({ job, label, outcome, connection, error, secrets }: JobEnd, count: number): object {
  const stack = outcome.kind === 'internal' ? stackOf(error) : ''
  return {
    connection: connection?.name ?? job.connectionId,
    connectionId: job.connectionId,
    ...(connection ? { provider: connection.provider } : {}),
    subject: `${job.sourceModel} ${job.sourceId}`,
    label,
    reason: outcome.kind,
    message: 'message' in outcome ? redactText(outcome.message, secrets) : null,
    ...(count > 1 ? { count } : {}),
    ...(stack ? { stack: redactText(stack, secrets) } : {}),
  }
}

// What was thrown first says where; what it was wrapped in says on the way to what.
function stackOf(error: unknown): string {
  const stacks = causesOf(error).flatMap((cause) => (cause instanceof Error ? (cause.stack ?? []) : []))
  return stacks.join('\ncaused by: ').slice(0, 20_000)
}

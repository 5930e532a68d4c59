// Tells the log of tries that failed: jobs that come to need a person, an account that no longer takes our credentials, and
// what is tried again by itself. The first of a connection and a reason is told at once; of those that
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
    const { kind } = end.outcome
    const because = kind === 'internal' ? ' by an unexpected error' : ''
    const next = whatIsNext(kind)
    const sentence =
      count === 1
        ? `A record could not be sent${because} and ${next.one}`
        : `${count} more records could not be sent${because} and ${next.more}; this is the last of them`
    log[kind === 'internal' ? 'error' : 'warn'](factsOf(end, count), sentence)
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
      const { outcome } = end
      if (!needsAttention(outcome) && outcome.kind !== 'reconnect' && outcome.kind !== 'retry') return
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

function whatIsNext(kind: JobEnd['outcome']['kind']): { one: string; more: string } {
  if (kind === 'reconnect') {
    const wait = 'until the connection has credentials that are accepted'
    return { one: `waits ${wait}`, more: `wait ${wait}` }
  }
  if (kind === 'retry') return { one: 'is tried again by itself', more: 'are tried again by themselves' }
  return { one: 'waits for a person', more: 'wait for a person' }
}

function factsOf({ job, label, outcome, connection, error, secrets }: JobEnd, count: number): object {
  const isBug = outcome.kind === 'internal' || (outcome.kind === 'retry' && outcome.isUnexpected)
  const stack = isBug ? stackOf(error) : ''
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

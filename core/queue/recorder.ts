// Gathers what the batches report and writes it every 20 ms, in one transaction: the ledger, the ends of jobs, their
// tickets, and the leases given back. Nothing counts before it is written here, and nothing is written under a lease
// that was lost.
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, type SqlSession, together } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { FailingAccount } from '../registry/create-hooks.ts'
import type { Log } from '../sdk/log.ts'
import type { IdentityLeases } from '../sync/leases.ts'
import { releaseLeases } from '../sync/leases.ts'
import { hasReachedRemote } from '../sync/object-report.ts'
import { type RetiredLink, type SentObject, writeRetiredLinks, writeSentObjects } from '../sync/write-ledger.ts'
import type { Boss } from './boss.ts'
import { judgeEnds } from './breaker.ts'
import { type ClaimedJob, subjectLeaseKey } from './claimed-job.ts'
import { closeGates, type GateClosing } from './close-gates.ts'
import { holdSubmitted, submittedKeys } from './hold-submitted.ts'
import { isDone, needsAttention } from './outcome.ts'
import { delayOf, type JobEnd, recordEnds } from './record-ends.ts'
import { supersede } from './supersede.ts'
import { wakeWaiting } from './wake-waiting.ts'

export interface Recorder {
  sent(job: ClaimedJob, object: SentObject, leaseKey: string): void
  retired(job: ClaimedJob, link: RetiredLink, leaseKey: string): void
  released(leaseKey: string): void
  ended(end: JobEnd): void
  closed(closing: GateClosing): void
  /** Resolves when everything reported so far is written. */
  drain(): Promise<void>
}

interface Entry {
  sent: { job: ClaimedJob; object: SentObject; leaseKey: string }[]
  retired: { job: ClaimedJob; link: RetiredLink; leaseKey: string }[]
  releasedKeys: string[]
  ends: JobEnd[]
  closings: GateClosing[]
}

/** Between two flushes, and twice what the last one took up to the longest: under load each takes more along. */
const flushGapMs = 20
const longestFlushGapMs = 40
const retryGapMs = 500

export function createRecorder({
  database,
  boss,
  identityLeases,
  worker,
  log,
  onEnded,
  onClosed,
  onFailing,
}: {
  database: Database
  boss: Boss
  identityLeases: IdentityLeases
  worker: string
  log: Log
  /** Called for every job whose end is written, or given up. */
  onEnded(end: JobEnd): void
  /** Called for every gate whose closing is written, or given up. */
  onClosed(closing: GateClosing): void
  /** Called when an account fails more than was told before. */
  onFailing(account: FailingAccount): void
}): Recorder {
  let pending: Entry = emptyEntry()
  let flushing: Promise<void> | null = null
  /** Connections of tries that have had a good answer and are not at their end, by fence. */
  const answered = new Map<string, string>()

  const isEmpty = (): boolean => Object.values(pending).every((list) => list.length === 0)

  const schedule = (): void => {
    flushing ??= run().finally(() => {
      flushing = null
      if (!isEmpty()) schedule()
    })
  }

  const run = async (): Promise<void> => {
    await delay(flushGapMs)
    while (!isEmpty()) {
      const entry = pending
      pending = emptyEntry()
      const startedAt = performance.now()
      await write(entry)
      const tookMs = performance.now() - startedAt
      if (!isEmpty()) await delay(Math.min(Math.max(flushGapMs, 2 * tookMs), longestFlushGapMs))
    }
  }

  const write = async (entry: Entry): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        const failing = await database.transaction((session) => flush(session, entry))
        for (const account of failing) onFailing(account)
        return settle(entry)
      } catch (error) {
        if (isDataError(error)) return isolate(entry, error)
        log.warn({ error: messageOf(error), tries }, 'Results could not be written yet; trying again')
        await delay(Math.min(retryGapMs * tries, 5_000))
      }
    }
  }

  // One value that the database refuses must not hold up the results around it.
  const isolate = async (entry: Entry, error: unknown): Promise<void> => {
    const parts = splitByJob(entry)
    if (parts.length > 1) {
      for (const part of parts) await write(part)
      return
    }
    const [end] = entry.ends
    const hasObjects = entry.sent.length + entry.retired.length > 0 || end?.outcome.kind === 'submitted'
    if (!end || !hasObjects) {
      log.error({ error: messageOf(error), job: end?.job.id }, 'A result could not be written; its lease will run out')
      return settle(entry)
    }
    const message = `The result could not be stored: ${messageOf(error)}`
    const outcome = { kind: 'internal', message } as const
    await write({
      ...emptyEntry(),
      releasedKeys: [...leaseKeysOf(entry), ...submittedKeys(end)],
      ends: [{ ...end, objects: [], outcome }],
    })
  }

  const settle = (entry: Entry): void => {
    // The next in line finds out by itself what a submitted batch keeps.
    identityLeases.released([...leaseKeysOf(entry), ...entry.ends.flatMap(submittedKeys)])
    for (const closing of entry.closings) onClosed(closing)
    for (const end of entry.ends) onEnded(end)
  }

  const flush = async (session: SqlSession, entry: Entry): Promise<FailingAccount[]> => {
    const jobs = [...entry.sent, ...entry.retired, ...entry.ends].map((item) => item.job)
    const held = await heldFences(session, database.schema, jobs)
    const sent = entry.sent.filter((item) => held.has(item.job.fence))
    const ends = entry.ends.filter((end) => held.has(end.job.fence))
    const refused = entry.ends.filter((end) => !held.has(end.job.fence) && mayHaveSent(end))
    await together([
      writeSentObjects(
        session,
        database.schema,
        sent.map((item) => item.object),
      ),
      writeRetiredLinks(
        session,
        database.schema,
        entry.retired.filter((item) => held.has(item.job.fence)).map((item) => item.link),
      ),
      recordEnds(session, database.schema, { ends, worker }),
      holdSubmitted(session, database.schema, { ends, worker }),
      insertTickets(session, boss, ends),
      wakeWaiting({ database, boss }, session, sent),
      supersede({ schema: database.schema, boss }, session, { ends: refused, worker }),
      releaseLeases(session, database.schema, {
        keys: [
          ...leaseKeysOf(entry),
          ...ends.filter(({ outcome }) => outcome.kind !== 'submitted').map((end) => subjectLeaseKey(end.job)),
          ...refused.flatMap(submittedKeys),
        ],
        worker,
      }),
      closeGates(session, database.schema, entry.closings),
    ])
    return judgeEnds(session, database.schema, ends, {
      worker,
      answeredUnderWay: (connectionId) => [...answered.values()].filter((id) => id === connectionId).length,
    })
  }

  return Object.freeze({
    sent(job, object, leaseKey) {
      pending.sent.push({ job, object, leaseKey })
      answered.set(job.fence, job.connectionId)
      schedule()
    },
    retired(job, link, leaseKey) {
      pending.retired.push({ job, link, leaseKey })
      schedule()
    },
    released(leaseKey) {
      pending.releasedKeys.push(leaseKey)
      schedule()
    },
    closed(closing) {
      pending.closings.push(closing)
      schedule()
    },
    ended(end) {
      pending.ends.push(end)
      answered.delete(end.job.fence)
      schedule()
    },
    async drain() {
      while (flushing) await flushing
    },
  } satisfies Recorder)
}

function emptyEntry(): Entry {
  return { sent: [], retired: [], releasedKeys: [], ends: [], closings: [] }
}

function leaseKeysOf(entry: Entry): string[] {
  return [...entry.releasedKeys, ...[...entry.sent, ...entry.retired].map((item) => item.leaseKey)]
}

/** The fences that are still ours; a lease the sweep took away is another worker's now. */
async function heldFences(session: SqlSession, schema: string, jobs: readonly ClaimedJob[]): Promise<Set<string>> {
  if (jobs.length === 0) return new Set()
  const { rows } = await session.executeSql<{ fence: string }>(
    `select fence from ${schema}.lease where key = any($1::text[]) order by key for update`,
    [[...new Set(jobs.map(subjectLeaseKey))]],
  )
  // A fence is given once: one that is another's now is among nobody's jobs here.
  return new Set(rows.map((row) => row.fence))
}

async function insertTickets(session: SqlSession, boss: Boss, ends: readonly JobEnd[]): Promise<void> {
  const waiting = ends.filter(
    ({ outcome }) => !isDone(outcome) && !needsAttention(outcome) && outcome.kind !== 'submitted',
  )
  for (const [connectionId, list] of Map.groupBy(waiting, (end) => end.job.connectionId)) {
    await boss.insertTickets(
      session,
      connectionId,
      list.map((end) => delayOf(end.outcome)),
    )
  }
}

// A job that was put off before its first call is in the hands of whoever took its lease.
function mayHaveSent({ outcome, objects }: JobEnd): boolean {
  return (outcome.kind !== 'deferred' && outcome.kind !== 'held') || objects.some(hasReachedRemote)
}

function splitByJob(entry: Entry): Entry[] {
  const jobs = new Set([...entry.sent, ...entry.retired, ...entry.ends].map((item) => item.job))
  const parts = [...jobs].map(
    (job): Entry => ({
      sent: entry.sent.filter((item) => item.job === job),
      retired: entry.retired.filter((item) => item.job === job),
      releasedKeys: [],
      ends: entry.ends.filter((end) => end.job === job),
      closings: [],
    }),
  )
  const { releasedKeys, closings } = entry
  if (releasedKeys.length > 0) parts.push({ ...emptyEntry(), releasedKeys })
  if (closings.length > 0) parts.push({ ...emptyEntry(), closings })
  return parts
}

// PostgreSQL's classes 22 (data exception) and 23 (constraint violation), and a statement too large.
function isDataError(error: unknown): boolean {
  const code: unknown = Reflect.get(Object(error), 'code')
  return typeof code === 'string' && /^(22|23|54)/.test(code)
}

// A batch of one connection: records, links and references are loaded set-based, then every subject runs its own
// pipeline; a slow one does not hold up the others. Each is reported as soon as it ends. Never throws.
import { isDatabaseDown } from '../database/database-down.ts'
import type { Database } from '../database/transaction.ts'
import { isErrorKind, messageOf } from '../errors.ts'
import { gatherCalls } from './call-provider.ts'
import { countOtherLinks } from './ledger.ts'
import { type LoadedBatch, loadBatch, type SourceModels } from './load-batch.ts'
import type { Slots } from './slots.ts'
import type { SubjectContext, SyncJobInput } from './subject-context.ts'
import { type SubjectSync, syncSubject } from './sync-subject.ts'
import { causesOf } from './unexpected-error.ts'

type Callbacks = Pick<SubjectContext, 'assertMayCall' | 'onSent' | 'onSubmitted' | 'onRetired' | 'onReleased'>

export interface SyncBatchRequest<Job extends SyncJobInput> extends SourceModels {
  jobs: readonly Job[]
  database: Database
  /** Subjects in work at the same time. */
  slots: Slots
  /** All of the context but the job and its callbacks. */
  context: Omit<SubjectContext, 'job' | 'countOtherLinks' | 'gathered' | 'onApply' | 'onObject' | keyof Callbacks>
  /** Throws when the worker's leases may have run out, for calls of many jobs. */
  assertMayCall(): void
  /** The callbacks of one job. */
  callbacks(job: Job): Callbacks
  onEnd(job: Job, sync: SubjectSync): void
}

export async function syncBatch<Job extends SyncJobInput>(request: SyncBatchRequest<Job>): Promise<void> {
  const { jobs, database, context, assertMayCall } = request
  const { connection, provider, signal } = context
  let loaded: LoadedBatch
  try {
    const subjects = jobs.map((job) => ({ ...job.subject, stream: job.stream, askedForBy: job.askedForBy }))
    const { sourceModel, sourceModels, pluginOfModel } = request
    const { mappings } = provider
    loaded = await loadBatch({
      subjects,
      database,
      connection,
      mappings,
      signal,
      sourceModel,
      sourceModels,
      pluginOfModel,
    })
  } catch (error) {
    const end = endUnread(error)
    for (const job of jobs) request.onEnd(job, { label: job.subject.id, objects: [], end })
    return
  }
  const gathered = gatherCalls({ ...context, assertMayCall }, jobs.length)
  // Those that are gathered all go on at once.
  const slots = gathered ? unlimited : request.slots
  await Promise.all(
    jobs.map((job) =>
      slots.run(async () => {
        const sync = await syncLoaded(loaded, {
          ...context,
          ...request.callbacks(job),
          countOtherLinks: async (link) => (await countOtherLinks(database, database.schema, [link]))[0] ?? 0,
          gathered,
          job,
        })
        request.onEnd(job, sync)
        gathered?.ended()
      }),
    ),
  )
}

// A database that is away, the host's or ours, is no failure of the remote's.
function endUnread(error: unknown): SubjectSync['end'] {
  const causes = causesOf(error)
  // A host that reads its records over HTTP says by itself that what it calls is away.
  const isCall = causes.some((one) => isErrorKind(one, 'NetworkError') || isErrorKind(one, 'RequestTimeoutError'))
  if (isCall || !causes.some(isDatabaseDown)) return { kind: 'failed', error }
  return { kind: 'unread', message: `The record could not be read: ${messageOf(error)}` }
}

/** One subject of a batch that was loaded. */
export async function syncLoaded(loaded: LoadedBatch, context: SubjectContext): Promise<SubjectSync> {
  const { subject, stream } = context.job
  const failure = loaded.failureOf(subject)
  if (failure) return { label: subject.id, objects: [], end: endUnread(failure.error) }
  return syncSubject(loaded.inputsOf({ ...subject, stream }), context)
}

const unlimited: Slots = { run: (work) => work() }

// A batch of one connection: records, links and references are loaded set-based, then every subject runs its own
// pipeline; a slow one does not hold up the others. Each is reported as soon as it ends. Never throws.
import { isDatabaseDown } from '../database/database-down.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import { referencesOf } from '../mapping/apply-mapping.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import { gatherCalls } from './call-provider.ts'
import { type LedgerLink, loadLinks, loadReferences } from './ledger.ts'
import { type BatchInputs, loadInputs } from './load-inputs.ts'
import { sourcesOf } from './mapping-sources.ts'
import type { Slots } from './slots.ts'
import type { SubjectContext, SyncJobInput } from './subject-context.ts'
import { type SubjectSync, syncSubject } from './sync-subject.ts'
import { causesOf } from './unexpected-error.ts'

type Callbacks = Pick<SubjectContext, 'assertMayCall' | 'onSent' | 'onSubmitted' | 'onRetired' | 'onReleased'>

export interface SyncBatchRequest<Job extends SyncJobInput> {
  jobs: readonly Job[]
  database: Database
  sourceModel(name: string): SourceModel | null
  sourceModels(): readonly SourceModel[]
  /** The name of the plugin that brings it. */
  pluginOfModel(name: string): string | null
  /** Subjects in work at the same time. */
  slots: Slots
  /** All of the context but the job and its callbacks. */
  context: Omit<SubjectContext, 'job' | 'database' | 'gathered' | keyof Callbacks>
  /** Throws when the worker's leases may have run out, for calls of many jobs. */
  assertMayCall(): void
  /** The callbacks of one job. */
  callbacks(job: Job): Callbacks
  onEnd(job: Job, sync: SubjectSync): void
}

export async function syncBatch<Job extends SyncJobInput>(request: SyncBatchRequest<Job>): Promise<void> {
  const { jobs, context } = request
  let loaded: Loaded
  try {
    loaded = await loadBatch(request)
  } catch (error) {
    const end = endUnread(error)
    for (const job of jobs) request.onEnd(job, { label: job.subject.id, objects: [], end })
    return
  }
  const { assertMayCall } = request
  const gathered = gatherCalls({ ...context, assertMayCall }, jobs.length)
  // Those that are gathered all go on at once.
  const slots = gathered ? unlimited : request.slots
  await Promise.all(
    jobs.map((job) =>
      slots.run(async () => {
        const { model, id } = job.subject
        const failure = loaded.inputs.failure(model, id)
        const record = loaded.inputs.record(model, id)
        const sync: SubjectSync = failure
          ? { label: id, objects: [], end: endUnread(failure.error) }
          : await syncSubject(
              {
                record,
                fields: (name) => loaded.inputs.fields(name, record?.scope ?? context.connection.scope),
                links: loaded.links.get(`${model}/${id}/${job.stream}`) ?? noLinks,
                resolveReference: (name, recordId) => loaded.references.get(`${name}/${recordId}`) ?? null,
              },
              { ...context, ...request.callbacks(job), database: request.database, gathered, job },
            )
        request.onEnd(job, sync)
        gathered?.ended()
      }),
    ),
  )
}

// A database that is away, the host's or ours, is no failure of the remote's.
function endUnread(error: unknown): SubjectSync['end'] {
  if (!causesOf(error).some(isDatabaseDown)) return { kind: 'failed', error }
  return { kind: 'unread', message: `The record could not be read: ${messageOf(error)}` }
}

const unlimited: Slots = { run: (work) => work() }

const noLinks: ReadonlyMap<string, LedgerLink> = new Map()

interface Loaded {
  inputs: BatchInputs
  links: Map<string, Map<string, LedgerLink>>
  references: Map<string, string>
}

async function loadBatch<Job extends SyncJobInput>(request: SyncBatchRequest<Job>): Promise<Loaded> {
  const { jobs, database, context } = request
  const subjects = jobs.map((job) => ({ ...job.subject, stream: job.stream, askedForBy: job.askedForBy }))
  const [inputs, links] = await Promise.all([
    loadInputs({
      subjects,
      scope: context.connection.scope,
      sourceModel: request.sourceModel,
      sourceModels: request.sourceModels,
      pluginOfModel: request.pluginOfModel,
      signal: context.signal,
    }),
    loadLinks(database, database.schema, context.connection.id, subjects),
  ])
  const wanted = jobs.flatMap((job) => {
    const record = inputs.record(job.subject.model, job.subject.id)
    if (!record) return []
    const fields = (name: string) => inputs.fields(name, record.scope)
    return context.provider.mappings.flatMap((mapping) =>
      sourcesOf(mapping, job.subject.model, record).flatMap(({ nestedRecord }) =>
        referencesOf({ mapping, record, fields, ...(nestedRecord ? { nestedRecord } : {}) }),
      ),
    )
  })
  const references = await loadReferences(database, database.schema, context.connection.id, wanted)
  return { inputs, links, references }
}

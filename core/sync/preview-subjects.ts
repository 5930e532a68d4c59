// What a sync of these subjects would do, with mappings that need not be published: the sync itself (sync-subject.ts) with a
// ledger that writes nothing and a provider that calls nobody. The records of one call are taken to be sent one after the
// other where they share an object. As many queries as the sync of a batch makes.
import type { RuntimeConnection } from '../connections/connect.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import { traceProperties } from '../mapping/trace-properties.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { Log } from '../sdk/log.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { Subject } from '../sdk/signals.ts'
import { linkKey } from './ledger.ts'
import { type LoadedBatch, loadBatch, type SourceModels } from './load-batch.ts'
import { makeProvider } from './make-provider.ts'
import { reportOf } from './object-report.ts'
import { createPreviewLedger, type PreviewLedger } from './preview-ledger.ts'
import { type ObjectNotes, type ObjectPreview, previewObject } from './preview-object.ts'
import { createPreviewProvider, noHttp, noTcp } from './preview-provider.ts'
import type { Slots } from './slots.ts'
import type { SubjectContext } from './subject-context.ts'
import { syncLoaded } from './sync-batch.ts'
import type { SubjectEnd, SubjectSync } from './sync-subject.ts'

export type { ObjectPreview, PropertyPreview } from './preview-object.ts'

export interface PreviewRequest extends SourceModels {
  subjects: readonly Subject[]
  connection: Pick<RuntimeConnection, 'id' | 'name' | 'scope' | 'settings' | 'epoch' | 'error'>
  /** A draft's or what is in force. A provider with mappings of its own does not look at it. */
  mappings: MappingDocument
  providerClass: ProviderClass
  /** The plugin that brings it. */
  pluginName: string
  /** What it declares, and what it has discovered. */
  objectTypes: readonly ExternalObjectType[]
  /** Say step by step how each value comes about. @default false */
  withTrace?: boolean
  database: Database
  log: Log
  signal: AbortSignal
}

export const previewVerdicts = ['sends', 'nothing_to_do', 'skipped', 'waiting', 'failed', 'gone'] as const

export interface SubjectPreview {
  subject: Subject
  label: string
  /** Of the record; the connection's where there is no record. */
  scope: string
  verdict: (typeof previewVerdicts)[number]
  reason: string | null
  objects: ObjectPreview[]
}

/** In the order of the subjects. Throws what would fail all of them: a setting at fault, a host that cannot be read. */
export async function previewSubjects(request: PreviewRequest): Promise<SubjectPreview[]> {
  const { connection, subjects, database, providerClass, pluginName, log, signal, withTrace = false } = request
  if (connection.error) throw connection.error
  const provider = makeProvider({
    providerClass,
    pluginName,
    connection,
    mappings: request.mappings.filter(({ isEnabled }) => isEnabled),
    http: noHttp,
    connectTcp: noTcp,
    log,
  })
  try {
    const preview = createPreviewProvider(provider)
    const loaded = await loadBatch({
      subjects: subjects.map((subject) => ({ ...subject, stream, askedForBy: [] })),
      ...{ database, connection, signal, mappings: preview.mappings },
      sourceModel: request.sourceModel,
      sourceModels: request.sourceModels,
      pluginOfModel: request.pluginOfModel,
    })
    const ledger = createPreviewLedger(database)
    const context: SharedContext = {
      connection,
      provider: preview,
      providerClass,
      objectTypes: request.objectTypes,
      pluginName,
      http: noHttp,
      signal,
      slots: unlimited,
      gathered: null,
      assertMayCall: () => undefined,
    }
    return await Promise.all(subjects.map((subject) => previewSubject(subject, { loaded, ledger, context, withTrace })))
  } finally {
    await provider.close().catch((error: unknown) => {
      log.warn({ connection: connection.id, error: messageOf(error) }, 'A provider failed to close')
    })
  }
}

type SharedContext = Omit<SubjectContext, 'job' | keyof ReturnType<PreviewLedger['of']>>

const stream = ''
const unlimited: Slots = { run: (work) => work() }

async function previewSubject(
  subject: Subject,
  {
    loaded,
    ledger,
    context,
    withTrace,
  }: { loaded: LoadedBatch; ledger: PreviewLedger; context: SharedContext; withTrace: boolean },
): Promise<SubjectPreview> {
  const { record, links } = loaded.inputsOf({ ...subject, stream })
  const notes = new Map<string, ObjectNotes>()
  // A subject's objects are looked at one after the other.
  let current: ObjectNotes | null = null
  const noted = (key: string): ObjectNotes => {
    const note = notes.get(key) ?? { link: links.get(key) }
    notes.set(key, note)
    return note
  }
  const sync = await syncLoaded(loaded, {
    ...context,
    ...ledger.of({
      onKnown({ objectType, idField, idValue }, known) {
        const { request } = current ?? {}
        const isOf = request?.idValue === idValue && request.mapping.externalIdField === idField
        if (current && isOf && request.mapping.externalObjectType === objectType) current.known = known
      },
      onSent(object) {
        if (current) current.sent = object
      },
    }),
    onApply(input, sourceId) {
      const { key, sourceModel } = input.mapping
      if (withTrace) noted(linkKey({ mappingKey: key, sourceModel, sourceId })).trace = traceProperties(input)
    },
    onObject(request) {
      current = noted(linkKey({ ...request, mappingKey: request.mapping.key }))
      current.request = request
    },
    job: {
      id: 'preview',
      fence: '0',
      subject,
      stream,
      askedForBy: [],
      changes: [],
      sourceVersion: null,
      isForced: false,
      mustFinalize: false,
      run: null,
      answers: null,
    },
  })
  return {
    subject,
    label: sync.label,
    scope: record?.scope ?? context.connection.scope,
    ...verdictOf(sync.end),
    objects: objectsOf(sync, noted, context.connection.epoch),
  }
}

function objectsOf({ objects, end }: SubjectSync, noted: (key: string) => ObjectNotes, epoch: number): ObjectPreview[] {
  const previews = new Map<string, ObjectPreview>()
  for (const report of objects) {
    const key = linkKey(report)
    const preview = previewObject(report, noted(key), epoch)
    // Of one that the mapping no longer produces: why not, and what becomes of it.
    const skipped = previews.get(key)
    previews.set(key, skipped ? { ...preview, reason: preview.reason ?? skipped.reason } : preview)
  }
  if (end.kind === 'waiting_for') {
    const report = reportOf(end.object)
    const key = linkKey(report)
    const preview = previewObject(report, noted(key), epoch)
    previews.set(key, { ...preview, action: 'waiting', reason: waitsFor(end.reference) })
  }
  return [...previews.values()]
}

function verdictOf(end: SubjectEnd): Pick<SubjectPreview, 'verdict' | 'reason'> {
  switch (end.kind) {
    case 'synced':
      return { verdict: end.hasSent ? 'sends' : 'nothing_to_do', reason: null }
    case 'skipped':
    case 'gone':
      return { verdict: end.kind, reason: end.message }
    case 'waiting_for':
      return { verdict: 'waiting', reason: waitsFor(end.reference) }
    case 'deferred':
      return { verdict: 'waiting', reason: end.message }
    case 'submitted':
      return { verdict: 'sends', reason: null }
    case 'unread':
      return { verdict: 'failed', reason: end.message }
    case 'failed':
      return { verdict: 'failed', reason: messageOf(end.error) }
  }
}

const waitsFor = ({ model, id }: Subject): string => `Waiting for ${model} ${id} to be synced.`

// One subject: its mappings in order, an object for every record each of them produces, then finalize. Ends in a value;
// what a provider throws is kept as it is, the queue classifies it.

import { watchAnswers } from '../connections/watched-answers.ts'
import { messageOf } from '../errors.ts'
import { applyMapping, type MappedResult, type MappingInput, type SourceReference } from '../mapping/apply-mapping.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { SourceRecord } from '../sdk/source-model.ts'
import type { MappedObject } from '../sdk/sync-object.ts'
import { standAside } from './gathered-calls.ts'
import type { IdentityInUse } from './leases.ts'
import { linkKey } from './ledger.ts'
import { concernsOneObject, createLeftOutObjects } from './left-out-objects.ts'
import { type MappingSource, sourcesOf } from './mapping-sources.ts'
import { hasReachedRemote, type ObjectReport, reportOf } from './object-report.ts'
import type { ObjectRequest } from './object-request.ts'
import { retireObjects } from './retire-objects.ts'
import type { SubjectContext, SubjectInputs } from './subject-context.ts'
import { type ObjectSync, syncObject } from './sync-object.ts'
import { timeLimit, withinTime } from './within-time.ts'

export type SubjectEnd =
  | { kind: 'synced'; hasSent: boolean }
  | { kind: 'skipped' | 'gone'; message: string }
  | { kind: 'waiting_for'; reference: { model: string; id: string }; object: ObjectSource }
  /** Its database is away. */
  | { kind: 'unread'; message: string }
  | { kind: 'deferred'; message: string; delayMs?: number }
  | { kind: 'submitted' }
  | { kind: 'failed'; error: unknown }

/** What an object is made of. */
export interface ObjectSource {
  mapping: ObjectMapping
  sourceModel: string
  sourceId: string
}

export interface SubjectSync {
  label: string
  objects: ObjectReport[]
  end: SubjectEnd
}

export async function syncSubject(inputs: SubjectInputs, context: SubjectContext): Promise<SubjectSync> {
  const objects: ObjectReport[] = []
  const label = inputs.record?.label ?? context.job.subject.id
  const end = await runMappings(inputs, context, objects).catch(
    (error: unknown) => ({ kind: 'failed', error }) as const,
  )
  // The answer comes first; what else was the matter is met again when the job goes on.
  return { label, objects, end: objects.some(isSubmitted) ? { kind: 'submitted' } : end }
}

function isSubmitted({ action }: ObjectReport): boolean {
  return action === 'submitted'
}

async function runMappings(
  inputs: SubjectInputs,
  context: SubjectContext,
  reports: ObjectReport[],
): Promise<SubjectEnd> {
  const { record } = inputs
  const { job, provider } = context
  if (!record) {
    const retired = await retireObjects({ inputs, produced: new Set(), mappedObjects: {}, reports }, context)
    return typeof retired === 'object' ? inUse(retired) : { kind: 'gone', message: 'The record no longer exists.' }
  }
  if (job.sourceVersion !== null && record.version !== undefined && record.version < job.sourceVersion) {
    return { kind: 'deferred', message: 'The record that was read is older than its change; it is read again.' }
  }
  const verdict = await withinTime(
    timeLimit(context, 'shouldSync', `Asking the provider whether to send ${record.label}`),
    async () => provider.shouldSync({ subject: job.subject, inputs: record.inputs }),
  )
  if (verdict !== true) {
    return { kind: 'skipped', message: verdict === false ? 'The provider does not send this record.' : verdict.skip }
  }

  const mappedObjects: Record<string, (MappedObject | null)[]> = {}
  const produced = new Set<string>()
  const leftOut = createLeftOutObjects()
  let hasSent = false
  let skipReason: string | null = null
  for (const mapping of provider.mappings) {
    const results: (MappedObject | null)[] = []
    mappedObjects[mapping.key] = results
    for (const source of sourcesOf(mapping, job.subject.model, record)) {
      const request = { mapping, sourceModel: mapping.sourceModel, sourceId: source.id }
      const skip = (reason: string): void => {
        results.push(null)
        reports.push({ ...reportOf(request), action: 'skipped', message: reason })
      }
      const missing = leftOut.missingFor(request)
      if (missing !== null) {
        leftOut.add(request)
        skip(`It needs the result of the mapping "${missing}", which was not sent.`)
        continue
      }
      const synced = await syncSource({ ...request, source, inputs, mappedObjects, reports }, context)
      if (synced.kind === 'waiting' || synced.kind === 'in_use') {
        // Of a record that cannot be sent as a whole, this says more than what it would have to wait for.
        const failure = leftOut.failure()
        if (failure) throw failure.error
        return synced.kind === 'in_use'
          ? inUse(synced)
          : { kind: 'waiting_for', reference: synced.reference, object: request }
      }
      if (synced.kind === 'refused') {
        leftOut.add({ ...request, error: synced.error })
        results.push(null)
        continue
      }
      if (synced.kind === 'skipped') {
        skipReason ??= synced.reason
        skip(synced.reason)
        continue
      }
      produced.add(linkKey({ ...request, mappingKey: mapping.key }))
      reports.push(synced.report)
      if (synced.kind === 'submitted') continue
      if (synced.kind === 'declined') {
        skipReason ??= synced.report.message
        results.push(null)
        continue
      }
      hasSent ||= hasReachedRemote(synced.report)
      results.push(synced.mapped)
    }
    // What later mappings make may build on the answers.
    if (reports.some(isSubmitted)) return { kind: 'submitted' }
  }
  const failure = leftOut.failure()
  if (failure) throw failure.error

  const retired = await retireObjects({ inputs, produced, mappedObjects, reports }, context)
  if (typeof retired === 'object') return inUse(retired)
  if (reports.some(isSubmitted)) return { kind: 'submitted' }
  hasSent ||= retired

  if (hasSent || job.mustFinalize) {
    await standAside(context.gathered, () =>
      context.slots.run(() => {
        context.assertMayCall()
        const { http, last: lastAnswer } = watchAnswers(context.http)
        const limit = timeLimit(context, 'finalizeSync', `Finalizing ${record.label}`)
        return withinTime({ ...limit, lastAnswer }, (signal) =>
          provider.finalizeSync({
            subject: job.subject,
            inputs: record.inputs,
            mappedObjects,
            http,
            signal,
          }),
        )
      }),
    )
  }
  const isAllSkipped = reports.length > 0 && reports.every((report) => report.action === 'skipped')
  if (isAllSkipped && skipReason !== null) return { kind: 'skipped', message: skipReason }
  // A record that has changed and led to nothing is not up to date: nobody has said what is to be made of it.
  if (!hasSent && !isMapped(record, job.subject.model, provider.mappings)) {
    return { kind: 'skipped', message: notMappedWords(job.subject.model, provider.mappings) }
  }
  return { kind: 'synced', hasSent }
}

function isMapped(record: SourceRecord, model: string, mappings: readonly ObjectMapping[]): boolean {
  return mappings.some(({ sourceModel }) => sourceModel === model || Object.hasOwn(record.nested, sourceModel))
}

function notMappedWords(model: string, mappings: readonly ObjectMapping[]): string {
  const models = [...new Set(mappings.map(({ sourceModel }) => sourceModel))]
  const others = models.length > 0 ? `those there are map ${models.join(', ')}` : 'there is none at all'
  return `No mapping of this connection says what is to be made of ${model}: ${others}. Hand one over, for example with ensureConnection({ mappings }).`
}

function inUse({ answerInMs }: IdentityInUse): SubjectEnd {
  if (answerInMs === null) return { kind: 'deferred', message: 'Another record is being sent to the same object.' }
  const message = 'Another record was sent to the same object, and the remote has not answered for it yet.'
  return { kind: 'deferred', message, delayMs: answerInMs + afterAnswerMs }
}

/** Time for the answer to be looked up and written. */
const afterAnswerMs = 1_000

type SourceSync =
  | ObjectSync
  | { kind: 'waiting'; reference: SourceReference }
  | { kind: 'skipped'; reason: string }
  | { kind: 'refused'; error: unknown }

// What concerns only this object is a value; everything else is thrown.
async function syncSource(
  {
    source,
    inputs,
    mappedObjects,
    reports,
    ...request
  }: {
    mapping: ObjectMapping
    sourceModel: string
    sourceId: string
    source: MappingSource
    inputs: SubjectInputs
    mappedObjects: Record<string, (MappedObject | null)[]>
    reports: ObjectReport[]
  },
  context: SubjectContext,
): Promise<SourceSync> {
  let objectRequest: ObjectRequest | null = null
  try {
    const applied = applyTo(request.mapping, source, inputs, context, mappedObjects)
    if (applied.kind !== 'object') return applied
    objectRequest = {
      ...request,
      inputs: source.inputs,
      idValue: applied.idValue,
      properties: applied.properties,
      link: inputs.links.get(linkKey({ ...request, mappingKey: request.mapping.key })),
      mappedObjects,
    }
    return await syncObject(objectRequest, context)
  } catch (error) {
    reports.push({ ...reportOf(objectRequest ?? request), action: 'failed', message: messageOf(error) })
    if (!concernsOneObject(error)) throw error
    return { kind: 'refused', error }
  }
}

function applyTo(
  mapping: ObjectMapping,
  source: MappingSource,
  inputs: SubjectInputs,
  context: SubjectContext,
  mappedObjects: Record<string, (MappedObject | null)[]>,
): MappedResult {
  if (!inputs.record) return { kind: 'skipped', reason: 'The record no longer exists.' }
  const { providerClass, objectTypes } = context
  const input: MappingInput = {
    mapping,
    record: inputs.record,
    ...(source.nestedRecord ? { nestedRecord: source.nestedRecord } : {}),
    fields: inputs.fields,
    objectType: objectTypes.find((type) => type.name === mapping.externalObjectType) ?? null,
    listFieldJoiner: providerClass.listFieldJoiner,
    mappedObjects,
    resolveReference: inputs.resolveReference,
  }
  context.onApply?.(input, source.id)
  return applyMapping(input)
}

// One subject: its mappings in order, an object for every record each of them produces, then finalize. Ends in a value;
// what a provider throws is kept as it is, the queue classifies it.
import { applyMapping, type MappedResult } from '../mapping/apply-mapping.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { MappedObject } from '../sdk/sync-object.ts'
import { linkKey } from './ledger.ts'
import { type MappingSource, sourcesOf } from './mapping-sources.ts'
import { hasReachedRemote, type ObjectReport, reportOf } from './object-report.ts'
import { retireObjects } from './retire-objects.ts'
import type { SubjectContext, SubjectInputs } from './subject-context.ts'
import { syncObject } from './sync-object.ts'

export type SubjectEnd =
  | { kind: 'synced'; hasSent: boolean }
  | { kind: 'skipped' | 'gone'; message: string }
  | { kind: 'waiting_for'; reference: { model: string; id: string } }
  | { kind: 'deferred'; message: string }
  | { kind: 'failed'; error: unknown }

export interface SubjectSync {
  label: string
  objects: ObjectReport[]
  end: SubjectEnd
}

export async function syncSubject(inputs: SubjectInputs, context: SubjectContext): Promise<SubjectSync> {
  const objects: ObjectReport[] = []
  const label = inputs.record?.label ?? context.job.subject.id
  try {
    return { label, objects, end: await runMappings(inputs, context, objects) }
  } catch (error) {
    return { label, objects, end: { kind: 'failed', error } }
  }
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
    return retired === null ? inUse : { kind: 'gone', message: 'The record no longer exists.' }
  }
  if (job.sourceVersion !== null && record.version !== undefined && record.version < job.sourceVersion) {
    return { kind: 'deferred', message: 'The record that was read is older than its change; it is read again.' }
  }
  const verdict = await provider.shouldSync({ subject: job.subject, inputs: record.inputs })
  if (verdict !== true) {
    return { kind: 'skipped', message: verdict === false ? 'The provider does not send this record.' : verdict.skip }
  }

  const mappedObjects: Record<string, (MappedObject | null)[]> = {}
  const produced = new Set<string>()
  let hasSent = false
  let skipReason: string | null = null
  for (const mapping of provider.mappings) {
    const results: (MappedObject | null)[] = []
    mappedObjects[mapping.key] = results
    for (const source of sourcesOf(mapping, job.subject.model, record)) {
      const request = { mapping, sourceModel: mapping.sourceModel, sourceId: source.id }
      const applied = await reportFailure(reports, request, () =>
        applyTo(mapping, source, inputs, context, mappedObjects),
      )
      if (applied.kind === 'waiting') return { kind: 'waiting_for', reference: applied.reference }
      if (applied.kind === 'skipped') {
        skipReason ??= applied.reason
        results.push(null)
        reports.push({ ...reportOf(request), action: 'skipped', message: applied.reason })
        continue
      }
      const key = linkKey({ ...request, mappingKey: mapping.key })
      produced.add(key)
      const objectRequest = {
        ...request,
        inputs: source.inputs,
        idValue: applied.idValue,
        properties: applied.properties,
        link: inputs.links.get(key),
        mappedObjects,
      }
      const synced = await reportFailure(reports, objectRequest, () => syncObject(objectRequest, context))
      if (synced.kind === 'busy') return inUse
      reports.push(synced.report)
      if (synced.kind === 'declined') {
        skipReason ??= synced.report.message
        results.push(null)
        continue
      }
      hasSent ||= hasReachedRemote(synced.report)
      results.push(synced.mapped)
    }
  }

  const retired = await retireObjects({ inputs, produced, mappedObjects, reports }, context)
  if (retired === null) return inUse
  hasSent ||= retired

  if (hasSent || job.mustFinalize) {
    context.assertLeaseIsValid()
    await provider.finalizeSync({
      subject: job.subject,
      inputs: record.inputs,
      mappedObjects,
      http: context.http,
      signal: context.signal,
    })
  }
  const isAllSkipped = reports.length > 0 && reports.every((report) => report.action === 'skipped')
  if (isAllSkipped && skipReason !== null) return { kind: 'skipped', message: skipReason }
  return { kind: 'synced', hasSent }
}

const inUse: SubjectEnd = { kind: 'deferred', message: 'Another record is being sent to the same object.' }

async function applyTo(
  mapping: ObjectMapping,
  source: MappingSource,
  inputs: SubjectInputs,
  context: SubjectContext,
  mappedObjects: Record<string, (MappedObject | null)[]>,
): Promise<MappedResult> {
  if (!inputs.record) return { kind: 'skipped', reason: 'The record no longer exists.' }
  const { providerClass } = context
  return applyMapping({
    mapping,
    record: inputs.record,
    ...(source.nestedRecord ? { nestedRecord: source.nestedRecord } : {}),
    fields: inputs.fields,
    objectType: providerClass.externalObjectTypes.find((type) => type.name === mapping.externalObjectType) ?? null,
    listFieldJoiner: providerClass.listFieldJoiner,
    mappedObjects,
    resolveReference: inputs.resolveReference,
  })
}

async function reportFailure<T>(
  reports: ObjectReport[],
  request: Parameters<typeof reportOf>[0],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    reports.push({ ...reportOf(request), action: 'failed', message })
    throw error
  }
}

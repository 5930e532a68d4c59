// What becomes of objects that a subject's mappings no longer produce: a removed position, a condition that no longer
// holds, a record that is gone. The mapping decides: keep, delete, or set some properties.

import { watchAnswers } from '../connections/watched-answers.ts'
import { SyncConfigError } from '../errors.ts'
import { applyProperties } from '../mapping/apply-mapping.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { NestedRecord, SourceRecord } from '../sdk/source-model.ts'
import type { MappedObjects } from '../sdk/sync-object.ts'
import { standAside } from './gathered-calls.ts'
import { acquireIdentity, askDatabase, type IdentityInUse } from './leases.ts'
import { type LedgerLink, linkKey } from './ledger.ts'
import { hasReachedRemote, type ObjectReport, reportOf } from './object-report.ts'
import type { SubjectContext, SubjectInputs } from './subject-context.ts'
import { syncObject } from './sync-object.ts'
import { timeLimit, withinTime } from './within-time.ts'

export interface RetireRequest {
  inputs: SubjectInputs
  /** Link keys of what the mappings produced this time. */
  produced: ReadonlySet<string>
  mappedObjects: MappedObjects
  reports: ObjectReport[]
}

/** Whether something was sent; an object that is in use sends the subject back to the queue. */
export async function retireObjects(request: RetireRequest, context: SubjectContext): Promise<boolean | IdentityInUse> {
  let hasSent = false
  for (const link of request.inputs.links.values()) {
    if (request.produced.has(linkKey(link)) || link.object.state !== 'present') continue
    const mapping = context.provider.mappings.find(({ key }) => key === link.mappingKey)
    if (!mapping || mapping.whenNoLonger === 'keep') continue
    const sent =
      mapping.whenNoLonger === 'delete'
        ? await deleteObject(link, mapping, request, context)
        : await updateObject(link, mapping, mapping.whenNoLonger.update, request, context)
    if (typeof sent === 'object') return sent
    hasSent ||= sent
  }
  return hasSent
}

async function updateObject(
  link: LedgerLink,
  mapping: ObjectMapping,
  properties: Exclude<ObjectMapping['whenNoLonger'], string>['update'],
  { inputs, mappedObjects, reports }: RetireRequest,
  context: SubjectContext,
): Promise<boolean | IdentityInUse> {
  const { record } = inputs
  // Without the record there is nothing to compute values from; the object stays as it is.
  if (!record) return false
  const nestedRecord = mapping.sourceModel === context.job.subject.model ? null : nestedRecordOf(link, record)
  const applied = applyProperties(
    {
      mapping,
      record,
      ...(nestedRecord ? { nestedRecord } : {}),
      fields: inputs.fields,
      objectType: context.objectTypes.find((type) => type.name === link.objectType) ?? null,
      listFieldJoiner: context.providerClass.listFieldJoiner,
      mappedObjects,
      resolveReference: inputs.resolveReference,
    },
    properties,
  )
  if (applied.kind === 'waiting') return false
  const synced = await syncObject(
    {
      // The object exists, and must not be made again by this.
      mapping: { ...mapping, mode: 'update' },
      sourceModel: link.sourceModel,
      sourceId: link.sourceId,
      inputs: nestedRecord?.inputs ?? record.inputs,
      idValue: link.object.idValue,
      properties: applied.properties,
      link,
      mappedObjects,
    },
    context,
  )
  if (synced.kind === 'in_use') return synced
  if (synced.kind !== 'unchanged') reports.push(synced.report)
  return synced.kind === 'sent' && hasReachedRemote(synced.report)
}

// It may still be there (a condition no longer holds). Of one that is gone only its root's fields can be read.
function nestedRecordOf(link: LedgerLink, record: SourceRecord): NestedRecord {
  const nested = Object.hasOwn(record.nested, link.sourceModel) ? record.nested[link.sourceModel] : undefined
  const gone = { id: link.sourceId, label: link.object.displayName ?? link.sourceId, inputs: record.inputs }
  return nested?.find(({ id }) => id === link.sourceId) ?? gone
}

async function deleteObject(
  link: LedgerLink,
  mapping: ObjectMapping,
  { reports }: RetireRequest,
  context: SubjectContext,
): Promise<boolean | IdentityInUse> {
  const { connection, provider } = context
  const { idValue } = link.object
  const identity = { connectionId: connection.id, objectType: link.objectType, idField: link.idField, idValue }
  const lease = await acquireIdentity(identity, context)
  if (lease.kind === 'in_use') return lease
  const request = { mapping, sourceModel: link.sourceModel, sourceId: link.sourceId, idValue }
  try {
    // An object that another record uses too is deleted with its last link only.
    const isShared = (await askDatabase('who else uses an object', context.countOtherLinks(link))) > 0
    if (isShared) {
      context.onRetired({ linkId: link.id, objectId: link.object.id, isObjectDeleted: false }, lease.key)
      const message = 'Another record uses this object too, so it was not deleted.'
      reports.push({ ...reportOf(request), action: 'skipped', message })
      return false
    }
    const remove = provider.deleteObject?.bind(provider)
    if (!remove) {
      throw new SyncConfigError(
        `The mapping "${mapping.key}" deletes objects that no longer apply, but this provider cannot delete. Choose to keep them.`,
      )
    }
    const result = await standAside(context.gathered, () =>
      context.slots.run(() => {
        context.assertMayCall()
        const { http, last: lastAnswer } = watchAnswers(context.http)
        const limit = timeLimit(context, 'deleteObject', `Deleting ${link.objectType} ${idValue}`)
        return withinTime({ ...limit, lastAnswer }, (signal) =>
          remove({
            externalObjectType: link.objectType,
            externalIdField: link.idField,
            idValue,
            known: link.object,
            http,
            signal,
          }),
        )
      }),
    )
    context.onRetired({ linkId: link.id, objectId: link.object.id, isObjectDeleted: true }, lease.key)
    reports.push(reportOf(request, { ...result, action: 'deleted' }))
    return true
  } catch (error) {
    context.onReleased(lease.key)
    throw error
  }
}

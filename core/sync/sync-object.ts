// One external object: nothing when it is unchanged, else one call of the provider under the lease of its identity.
import { hash } from 'node:crypto'
import { MappingError } from '../errors.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { MappedObject, SyncObjectResult } from '../sdk/sync-object.ts'
import { isSubmission } from './call-answer.ts'
import { callProvider } from './call-provider.ts'
import { findPredecessor } from './find-predecessor.ts'
import type { PreparedArgs } from './gathered-calls.ts'
import type { ExternalIdentity } from './identity.ts'
import { describeChange } from './identity-change.ts'
import { acquireIdentity, type IdentityInUse } from './leases.ts'
import { type KnownExternalObject, type LedgerLink, linkKey } from './ledger.ts'
import { type ObjectReport, reportOf } from './object-report.ts'
import type { ObjectRequest } from './object-request.ts'
import type { SubjectContext } from './subject-context.ts'
import { type OfferedObject, withAnswer } from './submitted-object.ts'

export type ObjectSync =
  | { kind: 'unchanged' | 'sent'; mapped: MappedObject; report: ObjectReport }
  | { kind: 'declined'; report: ObjectReport }
  | { kind: 'submitted'; report: ObjectReport }
  | IdentityInUse

/** Longest id value the ledger's index takes. */
const idValueLimit = 500

export async function syncObject(request: ObjectRequest, context: SubjectContext): Promise<ObjectSync> {
  const { mapping, idValue, link } = request
  context.onObject?.(request)
  if (idValue.length > idValueLimit) {
    throw new MappingError(
      `The value of "${mapping.sourceIdField}" identifies the ${mapping.externalObjectType} and may have at most ${idValueLimit} characters; it has ${idValue.length}.`,
    )
  }
  const { externalObjectType, externalIdField, key, mode } = mapping
  const sent = [key, request.sourceModel, request.sourceId, externalObjectType, externalIdField, mode, idValue]
  const sentHash = hash('sha256', JSON.stringify([...sent, request.properties]), 'base64url')
  if (link && isUnchanged(link, sentHash, context)) {
    const answer = answerOf(request, context)
    if (answer) return { kind: 'sent', mapped: mappedObject(request, answer), report: reportOf(request, answer) }
    if (!context.job.isForced) return unchanged(request, link.object)
  }

  const identity = {
    connectionId: context.connection.id,
    objectType: mapping.externalObjectType,
    idField: mapping.externalIdField,
    idValue,
  }
  context.assertMayCall()
  const lease = await acquireIdentity(identity, context)
  if (lease.kind === 'in_use') return lease
  const predecessor = await findPredecessor(request, lease.known, context).catch((error: unknown) => {
    context.onReleased(lease.key)
    throw error
  })
  if (predecessor?.kind === 'in_use') {
    context.onReleased(lease.key)
    return predecessor
  }
  const formerKeys = predecessor?.leaseKey ? [predecessor.leaseKey] : []
  try {
    const known = lease.known?.state === 'present' ? lease.known : (predecessor?.known ?? null)
    if (mapping.mode === 'create' && known) {
      context.onReleased(lease.key)
      return unchanged(request, known)
    }
    const args = argsOf(request, context, known, sentHash)
    const result = await callProvider(args, context)
    if (result === null) {
      context.onReleased(lease.key)
      const message = 'The provider does not send this object.'
      return { kind: 'declined', report: { ...reportOf(request), action: 'skipped', message } }
    }
    const offered = offeredObject(request, context, identity, sentHash)
    if (isSubmission(result)) {
      const { idempotencyKey } = args
      // The former identity waits for the answer too.
      const leaseKeys = [lease.key, ...formerKeys.splice(0)]
      context.onSubmitted({ submission: result, offered, predecessor, leaseKeys, idempotencyKey })
      return { kind: 'submitted', report: { ...reportOf(request), action: 'submitted' } }
    }
    const sentObject = withAnswer({ offered, predecessor }, result)
    context.onSent(sentObject, lease.key)
    const change = sentObject.replaces
    const report = { ...reportOf(request, result), message: change && describeChange(change, idValue) }
    return { kind: 'sent', mapped: mappedObject(request, result), report }
  } catch (error) {
    context.onReleased(lease.key)
    throw error
  } finally {
    for (const key of formerKeys) context.onReleased(key)
  }
}

function isUnchanged(link: LedgerLink, sentHash: string, context: SubjectContext): boolean {
  return link.sentHash === sentHash && link.sentEpoch >= context.connection.epoch && link.object.state === 'present'
}

// What the remote answered late is not sent again, also by a job that is forced, and later mappings see all of it.
function answerOf(request: ObjectRequest, { job }: SubjectContext): SyncObjectResult | undefined {
  return job.answers?.[linkKey({ ...request, mappingKey: request.mapping.key })]
}

function unchanged(request: ObjectRequest, known: KnownExternalObject): ObjectSync {
  const result: SyncObjectResult = {
    action: 'nothing_to_do',
    ...(known.remoteId === null ? {} : { remoteId: known.remoteId }),
    ...(known.customs === null ? {} : { customs: known.customs }),
    ...(known.href === null ? {} : { externalLinkHref: known.href }),
    ...(known.displayName === null ? {} : { externalLinkDisplayName: known.displayName }),
  }
  return { kind: 'unchanged', mapped: mappedObject(request, result), report: reportOf(request, result) }
}

function argsOf(
  request: ObjectRequest,
  context: SubjectContext,
  known: KnownExternalObject | null,
  sentHash: string,
): PreparedArgs {
  const { mapping, sourceModel } = request
  return {
    operation: known || mapping.mode === 'update' ? 'update' : 'create',
    externalIdField: mapping.externalIdField,
    idValue: request.idValue,
    properties: request.properties,
    known,
    inputs: request.inputs,
    mapping: {
      key: mapping.key,
      sourceModel,
      externalObjectType: mapping.externalObjectType,
      externalIdField: mapping.externalIdField,
      mode: mapping.mode,
    },
    mappedObjects: request.mappedObjects,
    // The host states changes as JSON; the event's schema has checked it.
    changes: context.job.changes as readonly PropertyValue[],
    run: context.job.run,
    http: context.http,
    // Job and hash together name the same call in every try of a job, and another one in the next job.
    idempotencyKey: `${context.job.id}_${sentHash}`,
  }
}

function mappedObject(request: ObjectRequest, result: SyncObjectResult): MappedObject {
  return {
    ...result,
    sourceModel: request.sourceModel,
    sourceId: request.sourceId,
    externalObjectType: request.mapping.externalObjectType,
    externalIdField: request.mapping.externalIdField,
    idValue: request.idValue,
  }
}

function offeredObject(
  request: ObjectRequest,
  { connection, job }: SubjectContext,
  identity: ExternalIdentity,
  sentHash: string,
): OfferedObject {
  return {
    ...identity,
    mappingKey: request.mapping.key,
    sourceModel: request.sourceModel,
    sourceId: request.sourceId,
    stream: job.stream,
    subjectModel: job.subject.model,
    subjectId: job.subject.id,
    sentValues: Object.fromEntries(request.properties.map(([field, value]) => [field, value])),
    sentHash,
    sentEpoch: connection.epoch,
    runId: job.run?.id ?? null,
  }
}

// One external object: nothing when it is unchanged, else one call of the provider under the lease of its identity.
import { hash } from 'node:crypto'
import { MappingError, SyncConfigError } from '../errors.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { OutboundSyncProvider } from '../sdk/provider.ts'
import type { MappedObject, SubmittedBatch, SyncObjectArgs, SyncObjectResult } from '../sdk/sync-object.ts'
import { describeChange, findPredecessor, identityChange } from './identity-change.ts'
import type { KnownExternalObject, LedgerLink } from './ledger.ts'
import { type ObjectReport, reportOf } from './object-report.ts'
import type { ObjectRequest } from './object-request.ts'
import { safeHref } from './safe-href.ts'
import type { SubjectContext } from './subject-context.ts'
import { timeLimit, withinTime } from './within-time.ts'
import type { SentObject } from './write-ledger.ts'

export type ObjectSync =
  | { kind: 'unchanged' | 'sent'; mapped: MappedObject; report: ObjectReport }
  | { kind: 'declined'; report: ObjectReport }
  | { kind: 'busy' }

/** Longest id value the ledger's index takes. */
const idValueLimit = 500
export async function syncObject(request: ObjectRequest, context: SubjectContext): Promise<ObjectSync> {
  const { mapping, idValue, link } = request
  if (idValue.length > idValueLimit) {
    throw new MappingError(
      `The value of "${mapping.sourceIdField}" identifies the ${mapping.externalObjectType} and may have at most ${idValueLimit} characters; it has ${idValue.length}.`,
    )
  }
  const { externalObjectType, externalIdField, key, mode } = mapping
  const sent = [key, request.sourceModel, request.sourceId, externalObjectType, externalIdField, mode, idValue]
  const sentHash = hash('sha256', JSON.stringify([...sent, request.properties]), 'base64url')
  if (link && isUnchanged(link, sentHash, context)) return unchanged(request, link.object)

  const identity = {
    connectionId: context.connection.id,
    objectType: mapping.externalObjectType,
    idField: mapping.externalIdField,
    idValue,
  }
  context.assertMayCall()
  const lease = await context.leases.acquire(identity, context.job.fence)
  if (!lease) return { kind: 'busy' }
  const predecessor = await findPredecessor(request, lease.known, context)
  if (predecessor === 'busy') {
    context.onReleased(lease.key)
    return { kind: 'busy' }
  }
  try {
    const known = lease.known?.state === 'present' ? lease.known : (predecessor?.known ?? null)
    if (mapping.mode === 'create' && known) {
      context.onReleased(lease.key)
      return unchanged(request, known)
    }
    const result = await context.slots.run(() => callProvider(request, context, known, sentHash))
    if (result === null) {
      context.onReleased(lease.key)
      const message = 'The provider does not send this object.'
      return { kind: 'declined', report: { ...reportOf(request), action: 'skipped', message } }
    }
    const change = predecessor && identityChange(predecessor, result)
    context.onSent({ ...sentObject({ request, context, identity, result, sentHash }), replaces: change }, lease.key)
    const report = { ...reportOf(request, result), message: change && describeChange(change, idValue) }
    return { kind: 'sent', mapped: mappedObject(request, result), report }
  } catch (error) {
    context.onReleased(lease.key)
    throw error
  } finally {
    if (predecessor?.leaseKey) context.onReleased(predecessor.leaseKey)
  }
}

function isUnchanged(link: LedgerLink, sentHash: string, context: SubjectContext): boolean {
  return (
    !context.job.isForced &&
    link.sentHash === sentHash &&
    link.sentEpoch >= context.connection.epoch &&
    link.object.state === 'present'
  )
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

async function callProvider(
  request: ObjectRequest,
  context: SubjectContext,
  known: KnownExternalObject | null,
  sentHash: string,
): Promise<SyncObjectResult | null> {
  const { mapping, sourceModel } = request
  context.assertMayCall()
  const args = {
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
  } satisfies Omit<SyncObjectArgs, 'signal'>
  const limit = timeLimit(context, `Sending ${mapping.externalObjectType} ${request.idValue}`)
  const answer = await withinTime(limit, (signal) =>
    mapping.mode === 'find'
      ? findObject(context.provider, { ...args, signal })
      : context.provider.syncObjectWithProperties({ ...args, signal }),
  )
  if (answer !== null && isSubmitted(answer)) {
    throw new SyncConfigError(
      'The provider answered that the remote will reply later, which it did not declare (it has no checkBatch).',
    )
  }
  return answer
}

async function findObject(provider: OutboundSyncProvider, args: SyncObjectArgs): Promise<SyncObjectResult | null> {
  if (!provider.readObject) {
    throw new SyncConfigError(
      `The mapping "${args.mapping.key}" only looks an object up, but this provider cannot read objects.`,
    )
  }
  const found = await provider.readObject({
    externalObjectType: args.mapping.externalObjectType,
    externalIdField: args.externalIdField,
    idValue: args.idValue,
    known: args.known,
    http: args.http,
    signal: args.signal,
  })
  return found ? { action: 'found', remoteId: found.remoteId, values: found.values } : null
}

function isSubmitted(answer: SyncObjectResult | SubmittedBatch): answer is SubmittedBatch {
  return 'kind' in answer && answer.kind === 'submitted'
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

function sentObject({
  request,
  context,
  identity,
  result,
  sentHash,
}: {
  request: ObjectRequest
  context: SubjectContext
  identity: { connectionId: string; objectType: string; idField: string; idValue: string }
  result: SyncObjectResult
  sentHash: string
}): Omit<SentObject, 'replaces'> {
  return {
    ...identity,
    mappingKey: request.mapping.key,
    sourceModel: request.sourceModel,
    sourceId: request.sourceId,
    stream: context.job.stream,
    subjectModel: context.job.subject.model,
    subjectId: context.job.subject.id,
    remoteId: result.remoteId ?? null,
    customs: result.customs,
    sentValues: Object.fromEntries(request.properties.map(([field, value]) => [field, value])),
    href: safeHref(result.externalLinkHref),
    displayName: result.externalLinkDisplayName ?? null,
    sentHash,
    sentEpoch: context.connection.epoch,
    runId: context.job.run?.id ?? null,
  }
}

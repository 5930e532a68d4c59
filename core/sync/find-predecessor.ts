// Finds the object that a record had before its identifying value changed, and whether it may be given the new one.
import type { Predecessor } from './identity-change.ts'
import { acquireIdentity, askDatabase, type IdentityInUse } from './leases.ts'
import type { KnownExternalObject } from './ledger.ts'
import type { ObjectRequest } from './object-request.ts'
import type { SubjectContext } from './subject-context.ts'

/** Null when there is none, or who has it. To be asked under the lease of the new identity. */
export async function findPredecessor(
  { link, mapping, idValue }: Pick<ObjectRequest, 'link' | 'mapping' | 'idValue'>,
  knownByIdentity: KnownExternalObject | null,
  context: SubjectContext,
): Promise<Predecessor | IdentityInUse | null> {
  if (link?.object.state !== 'present') return null
  const { object, objectType, idField } = link
  const isSameKind = objectType === mapping.externalObjectType && idField === mapping.externalIdField
  if (isSameKind && object.idValue === idValue) return null
  const { connection, providerClass } = context
  const isShared = (await askDatabase('who else uses an object', context.countOtherLinks(link))) > 0
  const isRenamed =
    isSameKind &&
    !isShared &&
    knownByIdentity === null &&
    object.remoteId !== null &&
    providerClass.canChangeIdentity &&
    (mapping.mode === 'upsert' || mapping.mode === 'update')
  if (!isRenamed) return { kind: 'predecessor', object, isShared, known: null, leaseKey: null }
  const former = { connectionId: connection.id, objectType, idField, idValue: object.idValue }
  const lease = await acquireIdentity(former, context)
  if (lease.kind === 'in_use') return lease
  return { kind: 'predecessor', object, isShared, known: lease.known, leaseKey: lease.key }
}

// A record whose identifying value has changed, for example a customer with a new e-mail address. Its object is told so
// where the provider can and nobody else uses it; else an object is made for the new value and the old one left behind.

import { acquireIdentity, type IdentityInUse } from './leases.ts'
import { countOtherLinks, type KnownExternalObject } from './ledger.ts'
import type { ObjectRequest } from './object-request.ts'
import type { SubjectContext } from './subject-context.ts'
import type { IdentityChange } from './write-ledger.ts'

/** The object that the record had under its former identity. */
export interface Predecessor {
  kind: 'predecessor'
  object: KnownExternalObject
  isShared: boolean
  /** To be handed to the provider as the object it knows; null when it is to be left behind. */
  known: KnownExternalObject | null
  /** Of its identity, when it is to be written. */
  leaseKey: string | null
}

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
  const { database, connection, providerClass } = context
  const isShared = (await countOtherLinks(database, database.schema, link)) > 0
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

/** @param remoteId of what the provider has written; another one than before means that it made or found another object */
export function identityChange(
  { object, isShared, known }: Predecessor,
  { remoteId }: { remoteId?: string },
): IdentityChange {
  const isRenamed = known !== null && (remoteId === undefined || remoteId === object.remoteId)
  return {
    objectId: object.id,
    formerIdValue: object.idValue,
    becomes: isRenamed ? 'renamed' : isShared ? 'shared' : 'orphaned',
  }
}

export function describeChange({ becomes, formerIdValue }: IdentityChange, idValue: string): string {
  const change = `It was known as "${formerIdValue}" and is now "${idValue}".`
  if (becomes === 'renamed') return `${change} The same object was updated.`
  return becomes === 'shared'
    ? `${change} The former object stays, because another record uses it.`
    : `${change} The former object was left behind at the remote.`
}

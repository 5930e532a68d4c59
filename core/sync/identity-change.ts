// A record whose identifying value has changed, for example a customer with a new e-mail address. Its object is told so
// where the provider can and nobody else uses it; else an object is made for the new value and the old one left behind.
import type { KnownExternalObject } from './ledger.ts'
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

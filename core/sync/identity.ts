// Who an external object is: the connection, its type, and the field and value it is matched on.
import { createHash } from 'node:crypto'

export interface ExternalIdentity {
  connectionId: string
  objectType: string
  idField: string
  idValue: string
}

/** The key of an identity's lease; two slashes keep it apart from a subject's. */
export function identityKey(identity: ExternalIdentity): string {
  const value = createHash('sha256').update(identity.idValue).digest('base64url').slice(0, 32)
  return `${identity.connectionId}//${identity.objectType}/${identity.idField}/${value}`
}

// Who an external object is: the connection, its type, and the field and value it is matched on.
import { hash } from 'node:crypto'

export interface ExternalIdentity {
  connectionId: string
  objectType: string
  idField: string
  idValue: string
}

const longestPlainValue = 60

/** The key of an identity's lease; two slashes keep it apart from a subject's. Two identities may share a lease. */
export function identityKey({ connectionId, objectType, idField, idValue }: ExternalIdentity): string {
  const value =
    idValue.length <= longestPlainValue ? idValue : hash('sha256', idValue, 'base64url').slice(0, longestPlainValue)
  return `${connectionId}//${objectType}/${idField}/${value}`
}

// User name and password with every call (RFC 7617), in UTF-8: what the RFC asks of servers that say anything about it.
import type { BasicAuth } from '../sdk/auth.ts'
import { type Authorizer, type AuthorizerOptions, fixedAuthorizer } from './authorizer.ts'
import { withHeader } from './place-credential.ts'

export function createBasicAuthorizer({ values }: AuthorizerOptions<BasicAuth>): Authorizer {
  const text = `${String(values.username)}:${String(values.password)}`.normalize('NFC')
  const credentials = `Basic ${Buffer.from(text, 'utf8').toString('base64')}`
  return fixedAuthorizer((request) => withHeader(request, 'authorization', credentials))
}

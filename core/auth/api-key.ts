// A key that goes with every call, where the provider says.
import type { ApiKeyAuth } from '../sdk/auth.ts'
import { type Authorizer, type AuthorizerOptions, fixedAuthorizer } from './authorizer.ts'
import { placeCredential } from './place-credential.ts'

export function createApiKeyAuthorizer({ auth, values }: AuthorizerOptions<ApiKeyAuth>): Authorizer {
  return fixedAuthorizer((request) => placeCredential(request, auth.place, String(values.apiKey)))
}

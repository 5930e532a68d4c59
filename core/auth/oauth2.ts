// OAuth 2: access tokens that are refreshed before they expire and once after a 401. How a person agrees in the browser
// stands in oauth2-authorization.ts.
import { AuthenticationError } from '../errors.ts'
import type { OAuth2Auth } from '../sdk/auth.ts'
import type { Authorizer, AuthorizerOptions, Grant } from './authorizer.ts'
import { createGrantedAuthorizer } from './granted.ts'
import { findServer } from './oauth2-server.ts'
import { clientGrant, refreshGrant } from './oauth2-tokens.ts'
import { withHeader } from './place-credential.ts'

export function createOAuth2Authorizer(options: AuthorizerOptions<OAuth2Auth>): Authorizer {
  const { auth, values, settings, http, memory, keepSecret } = options
  const isForItself = auth.grant === 'client_credentials'

  async function obtain(stored: Grant | null): Promise<Grant> {
    const refreshToken = stored?.refreshToken ?? null
    if (!isForItself && refreshToken === null) {
      throw new AuthenticationError(
        stored
          ? 'The access that was given has ended, and the remote gave nothing to renew it with: reconnect the account.'
          : 'Nobody has agreed to the access yet: connect the account.',
      )
    }
    const server = await findServer({ auth, settings, http, notes: memory.notes, needed: ['token_endpoint'] })
    const call = { auth, values, server, http }
    const grant =
      stored && refreshToken !== null ? await refreshGrant(call, { ...stored, refreshToken }) : await clientGrant(call)
    for (const secret of [grant.accessToken, grant.refreshToken]) if (secret !== null) keepSecret(secret)
    return grant
  }

  return createGrantedAuthorizer({
    grants: memory.grants,
    obtain,
    canRenew: ({ refreshToken }) => isForItself || refreshToken !== null,
    place: (request, accessToken) => withHeader(request, 'authorization', `Bearer ${accessToken}`),
    keepSecret,
  })
}

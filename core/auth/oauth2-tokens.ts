// The calls of the token endpoint, and what its refusals mean to us: credentials that are refused gate the connection, an
// application that is set up wrongly is for whoever set it up, everything else can heal.
import {
  AuthorizationResponseError,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  None,
  processClientCredentialsResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { AuthenticationError, isErrorKind, RetryableError, SyncConfigError } from '../errors.ts'
import type { OAuth2Auth } from '../sdk/auth.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { Grant } from './authorizer.ts'
import { callOptions, type OAuthServer } from './oauth2-server.ts'

type Values = Readonly<Record<string, unknown>>

export interface TokenCall {
  auth: OAuth2Auth
  values: Values
  server: OAuthServer
  http: HttpClient
}

export const clientOf = (values: Values): Client => ({ client_id: String(values.clientId) })

export function clientAuthOf({ clientAuthentication }: OAuth2Auth, values: Values): ClientAuth {
  const clientSecret = String(values.clientSecret)
  switch (clientAuthentication) {
    case 'basic':
      return ClientSecretBasic(clientSecret)
    case 'post':
      return ClientSecretPost(clientSecret)
    case 'none':
      return None()
  }
}

export async function refreshGrant(
  { auth, values, server, http }: TokenCall,
  old: Grant & { refreshToken: string },
): Promise<Grant> {
  const obtainedAt = new Date()
  const client = clientOf(values)
  const answer = await explained(server, async () => {
    const response = await refreshTokenGrantRequest(
      server.metadata,
      client,
      clientAuthOf(auth, values),
      old.refreshToken,
      { ...callOptions(http), additionalParameters: auth.tokenParameters },
    )
    return processRefreshTokenResponse(server.metadata, client, response)
  })
  // A server that does not rotate says nothing of the old one.
  return grantOf(answer, { obtainedAt, refreshToken: old.refreshToken, scope: old.scope })
}

export async function clientGrant({ auth, values, server, http }: TokenCall): Promise<Grant> {
  const obtainedAt = new Date()
  const client = clientOf(values)
  const parameters = { ...auth.tokenParameters, ...(auth.scopes.length > 0 ? { scope: auth.scopes.join(' ') } : {}) }
  const answer = await explained(server, async () => {
    const response = await clientCredentialsGrantRequest(
      server.metadata,
      client,
      clientAuthOf(auth, values),
      parameters,
      callOptions(http),
    )
    return processClientCredentialsResponse(server.metadata, client, response)
  })
  // For itself it can always have another one.
  return { ...grantOf(answer, { obtainedAt, refreshToken: null, scope: null }), refreshToken: null }
}

export function grantOf(
  answer: TokenEndpointResponse,
  known: Pick<Grant, 'obtainedAt' | 'refreshToken' | 'scope'>,
): Grant {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? known.refreshToken,
    scope: answer.scope ?? known.scope,
    expiresAt: answer.expires_in === undefined ? null : new Date(known.obtainedAt.getTime() + answer.expires_in * 1000),
    obtainedAt: known.obtainedAt,
  }
}

// RFC 6749, section 5.2: the codes that say the credentials are no good, or not any more.
const refusedCredentials = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client', 'access_denied'])
const passingCodes = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

/** Runs a call of oauth4webapi; what it throws of its own becomes an error of ours, without the answer it quotes. */
export async function explained<T>({ metadata }: OAuthServer, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (isErrorKind(error, 'OutboundSyncError')) throw error
    const who = URL.parse(metadata.token_endpoint ?? metadata.issuer)?.host ?? metadata.issuer
    if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
      throw refusal(who, { code: error.error, description: error.error_description })
    }
    if (error instanceof WWWAuthenticateChallengeError) {
      throw new AuthenticationError(`${who} did not accept the client ID and client secret. Correct them.`)
    }
    const message = error instanceof Error ? error.message : String(error)
    throw new RetryableError(`${who} gave an answer that is not one of OAuth 2: ${message}.`)
  }
}

function refusal(who: string, { code, description }: { code: string; description: string | undefined }): Error {
  const said = `${who} answered "${code}"${description ? ` (${description.slice(0, 500)})` : ''}.`
  if (code === 'invalid_grant') {
    return new AuthenticationError(`${said} The authorisation has expired or was revoked: reconnect the account.`)
  }
  if (code === 'access_denied') return new AuthenticationError(`${said} Access was not agreed to: connect again.`)
  if (refusedCredentials.has(code)) {
    return new AuthenticationError(`${said} The client ID or client secret is not accepted: correct it, and reconnect.`)
  }
  if (passingCodes.has(code)) return new RetryableError(`${said} It is asked again later.`)
  return new SyncConfigError(`${said} The client or its scopes are not set up at the remote as this provider needs it.`)
}

// A person agrees to the access in the browser: the address to send her to, and the grant for what she comes back with
// (authorization code with PKCE S256, `state`, and `iss` as in RFC 9207).
import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import { AuthenticationError, isErrorKind, messageOf } from '../errors.ts'
import type { OAuth2Auth } from '../sdk/auth.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { Grant } from './authorizer.ts'
import { callOptions, findServer, type OAuthServer } from './oauth2-server.ts'
import { clientAuthOf, clientOf, explained, grantOf } from './oauth2-tokens.ts'

type Values = Readonly<Record<string, unknown>>

interface Asked {
  auth: OAuth2Auth
  /** Of the mechanism's fields. */
  values: Values
  settings: Values
  http: HttpClient
  notes: Map<string, unknown>
  redirectUri: string
}

/** What has to be kept until she comes back: `state` to recognise her by, the verifier as a secret. */
export interface AuthorizationRequest {
  url: string
  state: string
  codeVerifier: string
}

export async function requestAuthorization(asked: Asked): Promise<AuthorizationRequest> {
  const { auth, values, redirectUri } = asked
  const { metadata } = await findServer({ ...asked, needed: ['authorization_endpoint', 'token_endpoint'] })
  const state = generateRandomState()
  const codeVerifier = generateRandomCodeVerifier()
  const url = new URL(String(metadata.authorization_endpoint))
  const parameters = {
    ...auth.authorizationParameters,
    client_id: String(values.clientId),
    redirect_uri: redirectUri,
    response_type: 'code',
    ...(auth.scopes.length > 0 ? { scope: auth.scopes.join(' ') } : {}),
    state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url: url.href, state, codeVerifier }
}

/** @param asked.parameters the query she comes back with */
export async function redeemCode(
  asked: Asked & { parameters: URLSearchParams; state: string; codeVerifier: string },
): Promise<Grant> {
  const { auth, values, http, redirectUri, state, codeVerifier } = asked
  const server = await findServer({ ...asked, needed: ['authorization_endpoint', 'token_endpoint'] })
  const { metadata, hasIssuer } = server
  const parameters = new URLSearchParams(asked.parameters)
  if (!hasIssuer) parameters.delete('iss')
  const client = clientOf(values)
  const checked = await checkAnswer(server, () => validateAuthResponse(metadata, client, parameters, state))
  const obtainedAt = new Date()
  const answer = await explained(server, async () => {
    const response = await authorizationCodeGrantRequest(
      metadata,
      client,
      clientAuthOf(auth, values),
      checked,
      redirectUri,
      codeVerifier,
      { ...callOptions(http), additionalParameters: auth.tokenParameters },
    )
    return processAuthorizationCodeResponse(metadata, client, response)
  })
  return grantOf(answer, { obtainedAt, refreshToken: null, scope: null })
}

// Whatever is wrong with it, waiting does not mend it.
async function checkAnswer<T>(server: OAuthServer, check: () => T): Promise<T> {
  try {
    return await explained(server, async () => check())
  } catch (error) {
    if (!isErrorKind(error, 'RetryableError')) throw error
    throw new AuthenticationError(
      `The browser came back with an answer that cannot be trusted, so it was not used. ${messageOf(error)} Connect again.`,
    )
  }
}

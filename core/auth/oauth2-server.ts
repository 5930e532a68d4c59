// Who gives out the tokens: the authorization server of a provider, by the addresses it declares or by the metadata of its
// issuer; and how oauth4webapi calls it, which is through our HTTP client.
import {
  type AuthorizationServer,
  allowInsecureRequests,
  type CustomFetchOptions,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from 'oauth4webapi'
import { isErrorKind, SyncConfigError } from '../errors.ts'
import type { AuthAddress, OAuth2Auth } from '../sdk/auth.ts'
import type { HttpClient } from '../sdk/http-client.ts'

type Settings = Readonly<Record<string, unknown>>
type Endpoint = 'token_endpoint' | 'authorization_endpoint'

/** Long: a refresh that is cut off may have used up its token. */
const callLimitMs = 30_000
const metadataLifeMs = 60 * 60_000

export interface OAuthServer {
  metadata: AuthorizationServer
  /** False: nobody has said what its issuer is called, so an answer's `iss` says nothing. */
  hasIssuer: boolean
}

/** What stands in an address; it changes when a setting does that it is made of. */
export function oauthAddresses({ issuer, authorizationUrl, tokenUrl }: OAuth2Auth, settings: Settings) {
  const resolve = (address: AuthAddress | null): string | null => {
    const text = typeof address === 'function' ? address(settings) : address
    if (text !== null && !/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
      throw new SyncConfigError(
        'The address for signing in that follows from the settings is no complete http or https address. Correct the settings.',
      )
    }
    return text
  }
  return { issuer: resolve(issuer), authorizationUrl: resolve(authorizationUrl), tokenUrl: resolve(tokenUrl) }
}

/** @param notes where the metadata is kept for a while */
export async function findServer({
  auth,
  settings,
  http,
  notes,
  needed,
}: {
  auth: OAuth2Auth
  settings: Settings
  http: HttpClient
  notes: Map<string, unknown>
  needed: readonly Endpoint[]
}): Promise<OAuthServer> {
  const { issuer, authorizationUrl, tokenUrl } = oauthAddresses(auth, settings)
  const given: Partial<AuthorizationServer> = {
    ...(tokenUrl === null ? {} : { token_endpoint: tokenUrl }),
    ...(authorizationUrl === null ? {} : { authorization_endpoint: authorizationUrl }),
  }
  const isComplete = needed.every((endpoint) => given[endpoint] !== undefined)
  const read = issuer === null || isComplete ? null : await readMetadata(issuer, { http, notes })
  const metadata: AuthorizationServer = { ...read, ...given, issuer: read?.issuer ?? issuer ?? tokenUrl ?? '' }
  const missing = needed.find((endpoint) => typeof metadata[endpoint] !== 'string')
  if (missing) {
    throw new SyncConfigError(
      `The metadata of ${metadata.issuer} names no ${missing}, without which nobody can sign in there. Check the address of the issuer.`,
    )
  }
  return { metadata, hasIssuer: issuer !== null }
}

async function readMetadata(
  issuer: string,
  { http, notes }: { http: HttpClient; notes: Map<string, unknown> },
): Promise<AuthorizationServer> {
  const note = `metadata ${issuer}`
  // Written below only.
  const known = notes.get(note) as { metadata: AuthorizationServer; readAt: number } | undefined
  if (known && Date.now() - known.readAt < metadataLifeMs) return known.metadata
  const metadata =
    (await askMetadata(issuer, { http, algorithm: 'oidc' })) ??
    (await askMetadata(issuer, { http, algorithm: 'oauth2' }))
  if (!metadata) {
    throw new SyncConfigError(
      `${issuer} publishes no metadata, neither of OpenID Connect nor of OAuth 2 (RFC 8414). Check the address of the issuer.`,
    )
  }
  notes.set(note, { metadata, readAt: Date.now() })
  return metadata
}

/** Null when there is none of this kind. */
async function askMetadata(
  issuer: string,
  { http, algorithm }: { http: HttpClient; algorithm: 'oidc' | 'oauth2' },
): Promise<AuthorizationServer | null> {
  const url = new URL(issuer)
  const response = await discoveryRequest(url, { ...callOptions(http), algorithm })
  if (response.status === 404) return null
  try {
    return await processDiscoveryResponse(url, response)
  } catch (error) {
    if (isErrorKind(error, 'OutboundSyncError')) throw error
    throw new SyncConfigError(
      `The metadata of ${issuer} cannot be used: ${error instanceof Error ? error.message : 'it is unreadable'}. Check the address of the issuer.`,
    )
  }
}

/** For every call of oauth4webapi. Whom may be called, and whether without TLS, is the egress guard's to say. */
export function callOptions(http: HttpClient) {
  return {
    [allowInsecureRequests]: true,
    [customFetch]: (url: string, options: CustomFetchOptions<string, unknown>) => answerTo(http, url, options),
  }
}

async function answerTo(
  http: HttpClient,
  url: string,
  { method, headers, body }: CustomFetchOptions<string, unknown>,
): Promise<Response> {
  // Our own name is sent, not that of the library.
  const { 'user-agent': _, ...kept } = headers
  const response = await http.request({
    method: method === 'POST' ? 'POST' : 'GET',
    url,
    headers: kept,
    ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
    // These carry an OAuth error, or say that there is no metadata; all others are judged by the status table.
    expectStatus: method === 'POST' ? [400, 401] : [404],
    timeoutMs: callLimitMs,
  })
  return new Response(withoutIdToken(response.text), {
    // Some servers answer with 201, and call JSON a text.
    status: response.status < 300 ? 200 : response.status,
    headers: {
      'content-type': 'application/json',
      ...(response.headers['www-authenticate'] ? { 'www-authenticate': response.headers['www-authenticate'] } : {}),
    },
  })
}

// Who the person is does not matter to us, and a token that nobody reads need not be checked.
function withoutIdToken(text: string): string {
  try {
    const { id_token: _, ...rest } = Object(JSON.parse(text))
    return JSON.stringify(rest)
  } catch {
    return text
  }
}

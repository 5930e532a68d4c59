// The sign-in of a definition as the declaration that core carries out.
import {
  type Auth,
  apiKeyAuth,
  basicAuth,
  digestAuth,
  oauth2Auth,
  readSetCookie,
  type SessionLogin,
  SyncConfigError,
  sessionAuth,
} from '../../core/sdk/index.ts'
import type { RestDefinition } from './definition.ts'
import { fillJson, parseJsonTemplate } from './fill-json.ts'
import { fillUrl } from './fill-url.ts'
import { readPath } from './paths.ts'
import { idOf } from './remote-values.ts'

type Values = Readonly<Record<string, unknown>>

export function authOf(definition: RestDefinition): Auth | null {
  const { kind, apiKey, oauth2, session } = definition.auth
  switch (kind) {
    case 'none':
      return null
    case 'basic':
      return basicAuth()
    case 'digest':
      return digestAuth()
    case 'api_key':
      return apiKeyAuth(apiKey)
    case 'session':
      return sessionAuth({ login: (call) => logIn(definition, call), send: session.send })
    case 'oauth2':
      return oauth2Auth({
        grant: oauth2.grant,
        tokenUrl: addressOf(oauth2.tokenUrl),
        ...(oauth2.grant === 'authorization_code' ? { authorizationUrl: addressOf(oauth2.authorizationUrl) } : {}),
        scopes: oauth2.scopes.split(/\s+/).filter(Boolean),
        clientAuthentication: oauth2.clientAuthentication,
      })
  }
}

const addressOf =
  (address: string) =>
  (settings: Values): string =>
    fillUrl({ baseUrl: address, path: '', known: { settings, value: {} } })

async function logIn(
  definition: RestDefinition,
  { http, settings, values, signal }: SessionLogin,
): Promise<{ token: string; expiresAt?: Date }> {
  const { session } = definition.auth
  const credentials = { username: String(values.username ?? ''), password: String(values.password ?? '') }
  const url = fillUrl({ baseUrl: definition.baseUrl, path: session.path, known: { settings, value: {} } })
  const body =
    session.bodyTemplate === ''
      ? {}
      : { json: fillJson(parseJsonTemplate(session.bodyTemplate), { settings, value: credentials }) }
  const response = await http.request({ method: session.method, url, ...body, signal })
  // A login that answers with a cookie may have no body to read.
  const token =
    session.tokenPath === ''
      ? readSetCookie(response.headers, session.send.name)
      : idOf(readPath(response.json(), session.tokenPath))
  if (token === null) {
    const place = session.tokenPath === '' ? `cookie "${session.send.name}"` : `token at "${session.tokenPath}"`
    throw new SyncConfigError(
      `${definition.displayName} answered the login at ${url} with ${response.status}, and there is no ${place}. Correct the definition.`,
    )
  }
  const seconds =
    session.expiresInPath === ''
      ? Number.NaN
      : Number(idOf(readPath(response.json(), session.expiresInPath)) ?? Number.NaN)
  return seconds > 0 ? { token, expiresAt: new Date(Date.now() + seconds * 1000) } : { token }
}

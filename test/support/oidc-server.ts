// An authorization server that nobody here wrote (oidc-provider) and, beside it, an API that takes its tokens. Tokens can be
// made short-lived, calls of the token endpoint held before or after they are carried out, and everything revoked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import Provider from 'oidc-provider'

export const clientSecret = 'client-s3cret/with+signs'
export const redirectUri = 'http://127.0.0.1:1/outbound-sync/oauth/callback'

export interface OidcServer {
  issuer: string
  /** Of the API. */
  apiOrigin: string
  /** Grants that were given, by their type, and refusals by their code. */
  counts: Record<string, number>
  /** What the API was sent, by path. */
  received: Map<string, string>
  apiStatuses: number[]
  /** Before the API answers. */
  apiLatencyMs: number
  /** Seconds that access tokens live. */
  lifetime: number
  /** The next call of the token endpoint waits there until `release`. */
  hold: 'before' | 'after' | null
  /** Resolves when one waits. */
  held(): Promise<void>
  release(): void
  /** All access tokens that were given out are void at once. */
  endAccess(): Promise<void>
  /** All refresh tokens too. */
  revoke(): Promise<void>
  /** Goes through login and consent as a browser does. @returns the address it is sent back to */
  agree(url: string): Promise<URL>
}

/** @param options.redirectUris where the client `app` may send people back to */
export async function startOidcServer(
  test: Pick<TestContext, 'after'>,
  { redirectUris = [redirectUri] }: { redirectUris?: string[] } = {},
): Promise<OidcServer> {
  const server = createServer()
  const issuer = await listen(test, server)
  const counts: Record<string, number> = {}
  const received = new Map<string, string>()
  const apiStatuses: number[] = []
  const given = new Set<{ destroy(): Promise<void> }>()
  const renewing = new Set<{ destroy(): Promise<void> }>()
  let held = Promise.withResolvers<void>()
  let released = Promise.withResolvers<void>()

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app',
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
      {
        client_id: 'service',
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
      },
    ],
    scopes: ['openid', 'offline_access', 'orders'],
    cookies: { keys: ['test'] },
    features: { clientCredentials: { enabled: true } },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => control.lifetime,
      ClientCredentials: () => control.lifetime,
      RefreshToken: 3600,
      Grant: 3600,
      Session: 3600,
      Interaction: 3600,
      AuthorizationCode: 60,
      IdToken: 3600,
    },
    findAccount: async (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
  })
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  provider.on('grant.success', (context) => count(String(context.oidc.params?.grant_type)))
  provider.on('grant.error', (_, error) => count(error.message))
  provider.on('access_token.saved', (token) => void given.add(token))
  provider.on('client_credentials.saved', (token) => void given.add(token))
  provider.on('refresh_token.saved', (token) => void renewing.add(token))
  provider.use(async (context, next) => {
    const hold = context.path === '/token' ? control.hold : null
    if (hold) control.hold = null
    if (hold === 'before') await wait()
    // Who asked is dead: what it asked for did not arrive here.
    if (context.req.socket.destroyed) return
    await next()
    if (hold === 'after') await wait()
  })
  const wait = async (): Promise<void> => {
    held.resolve()
    await released.promise
  }
  server.on('request', provider.callback())

  const api = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray()).toString()
    const text = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    const token = (await provider.AccessToken.find(text)) ?? (await provider.ClientCredentials.find(text))
    const isGood = token !== undefined && !token.isExpired
    if (control.apiLatencyMs > 0) await delay(control.apiLatencyMs)
    const status = isGood ? 200 : 401
    apiStatuses.push(status)
    if (isGood && request.method !== 'GET') received.set(request.url ?? '', body)
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"ok":true}')
  }
  const apiOrigin = await listen(test, api)

  const control: OidcServer = {
    issuer,
    apiOrigin,
    counts,
    received,
    apiStatuses,
    apiLatencyMs: 0,
    lifetime: 3600,
    hold: null,
    async held() {
      await held.promise
      held = Promise.withResolvers()
    },
    release() {
      released.resolve()
      released = Promise.withResolvers()
    },
    async endAccess() {
      for (const token of given) await token.destroy()
      given.clear()
    },
    async revoke() {
      await control.endAccess()
      for (const token of renewing) await token.destroy()
      renewing.clear()
    },
    agree: (url) => agree(url, redirectUris),
  }
  return control
}

async function listen(test: Pick<TestContext, 'after'>, server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  test.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Follows redirects with cookies and submits the pages of the server's own interactions. */
async function agree(start: string, redirectUris: readonly string[]): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(start)
  let form: URLSearchParams | null = null
  for (let step = 0; step < 20; step += 1) {
    if (redirectUris.some((one) => url.href.startsWith(one))) return url
    const response: Response = await fetch(url, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: form } : {}),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const page = await response.text()
    const location = response.headers.get('location')
    form = null
    if (location) {
      url = new URL(location, url)
      continue
    }
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    if (!action || !prompt) throw new Error(`Nothing to go on with at ${url}: ${response.status} ${page.slice(0, 500)}`)
    url = new URL(action, url)
    form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: 'ada', password: 'any' } : {}) })
  }
  throw new Error(`The sign-in went round in circles at ${url}`)
}

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import type { CallSummary } from '../../../core/connections/authorized-client.ts'
import { createConnectionClient } from '../../../core/connections/connection-client.ts'
import { createKnownSecrets } from '../../../core/connections/known-secrets.ts'
import { createPassingMemory } from '../../../core/connections/passing-memory.ts'
import { AuthenticationError, isErrorKind } from '../../../core/errors.ts'
import {
  type Auth,
  apiKeyAuth,
  basicAuth,
  digestAuth,
  readSetCookie,
  type SessionAuth,
  type SessionLogin,
  sessionAuth,
  z,
} from '../../../core/sdk/index.ts'
import { createDigestServer, type DigestSettings } from '../../support/digest-server.ts'
import { startClient, startHttpServer } from '../http/local-server.ts'

const password = 'pässwörd: "sēcret"'

function connect(
  test: TestContext,
  auth: Auth,
  authValues: Record<string, unknown>,
  settings: Record<string, unknown> = {},
) {
  const calls: CallSummary[] = []
  const secrets = createKnownSecrets(
    Object.values(authValues).filter((value) => typeof value === 'string' && value !== authValues.username) as string[],
  )
  const memory = createPassingMemory()
  const http = startClient(test)
  const another = () =>
    createConnectionClient({
      connection: { auth, authValues, settings, secrets },
      http,
      memory,
      onCall: (call) => calls.push(call),
    })
  return { client: another(), another, calls, secrets }
}

/** Answers with what it was sent. */
const startEcho = (test: TestContext) =>
  startHttpServer(test, (request, response) => {
    const status = Number(new URL(request.url ?? '', 'http://x').searchParams.get('status') ?? 200)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  })

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('the call went through'),
    (reason: unknown) => reason,
  )
}

describe('basic', () => {
  it('sends name and password in UTF-8 with every call, in place of what the provider put there', async (test) => {
    const { origin } = await startEcho(test)
    const { client } = connect(test, basicAuth(), { username: 'Jürgen', password })
    const answer = Object(
      (await client.request({ url: `${origin}/a`, headers: { Authorization: 'Bearer own' } })).json(),
    )
    const sent = Buffer.from(answer.headers.authorization.replace('Basic ', ''), 'base64').toString('utf8')
    assert.equal(sent, `Jürgen:${password}`)
  })

  it('is refused once, and nothing of it stands in the error', async (test) => {
    const { origin } = await startEcho(test)
    const { client, calls } = connect(test, basicAuth(), { username: 'Jürgen', password })
    const error = await failureOf(client.request({ url: `${origin}/a?status=401` }))
    assert.ok(isErrorKind(error, 'AuthenticationError'))
    assert.equal(calls.length, 1)
    const shown = inspect(error, { depth: 9 })
    assert.ok(!shown.includes(password) && !shown.includes(Buffer.from(`Jürgen:${password}`).toString('base64')), shown)
  })
})

describe('an API key', () => {
  const apiKey = 'key+with/odd=signs'
  for (const [place, seen] of [
    [{ in: 'header', name: 'X-Api-Key' }, (answer: Echo) => answer.headers['x-api-key']],
    [{ in: 'header', name: 'Authorization', prefix: 'Token ' }, (answer: Echo) => answer.headers.authorization],
    [{ in: 'query', name: 'k' }, (answer: Echo) => new URL(answer.url, 'http://x').searchParams.get('k')],
    [{ in: 'cookie', name: 'sid' }, (answer: Echo) => answer.headers.cookie],
  ] as const) {
    it(`stands in the ${place.in} ${place.name}, beside what the provider sends`, async (test) => {
      const { origin } = await startEcho(test)
      const { client, calls } = connect(test, apiKeyAuth(place), { apiKey })
      const request = { url: `${origin}/a?b=1`, query: { c: 2 }, headers: { Cookie: 'lang=de' } }
      const answer = (await client.request(request)).json() as Echo
      const expected = { header: `${'prefix' in place ? place.prefix : ''}${apiKey}`, query: apiKey }
      assert.equal(seen(answer), place.in === 'cookie' ? `lang=de; sid=${apiKey}` : expected[place.in])
      assert.match(answer.url, /^\/a\?b=1&c=2/)
      const error = await failureOf(client.request({ url: `${origin}/a?status=422` }))
      const shown = inspect([error, calls], { depth: 9 })
      assert.ok(!shown.includes(apiKey) && !shown.includes(encodeURIComponent(apiKey)), shown)
    })
  }
})

interface Echo {
  url: string
  headers: Record<string, string>
}

describe('a session', () => {
  /** Knows one token at a time; `/login` makes a new one. */
  async function startSessions(test: TestContext) {
    let count = 0
    const state = { token: 'none', logins: 0, refuses: false, calls: 0 }
    const { origin } = await startHttpServer(test, async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      if (request.url === '/login') {
        state.logins += 1
        if (new URLSearchParams(body).get('password') !== password) return void response.writeHead(403).end()
        state.token = `session-token-${++count}`
        response.setHeader('set-cookie', ['lang=de; Path=/', `sid=${state.token}; HttpOnly`])
        return void response.end(JSON.stringify({ seconds: 3600 }))
      }
      state.calls += 1
      const isKnown = request.headers.cookie === `sid=${state.token}` && !state.refuses
      response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ saw: request.headers.cookie }))
    })
    return { origin, state }
  }

  const auth = (changes: Partial<Pick<SessionAuth, 'login'>> = {}) =>
    sessionAuth<{ baseUrl: string }, { username: string; password: string }>({
      async login({ http, settings, values, signal }: SessionLogin<{ baseUrl: string }>) {
        const form = values as unknown as Record<string, string>
        const response = await http.request({ method: 'POST', url: `${settings.baseUrl}/login`, form, signal })
        const { seconds } = z.object({ seconds: z.number() }).parse(response.json())
        const token = readSetCookie(response.headers, 'sid') ?? ''
        return { token, expiresAt: new Date(Date.now() + seconds * 1000) }
      },
      send: { in: 'cookie', name: 'sid' },
      ...changes,
    })

  it('is opened once for all calls, and once more after a 401', async (test) => {
    const { origin, state } = await startSessions(test)
    const { client, another, calls, secrets } = connect(
      test,
      auth(),
      { username: 'ada', password },
      { baseUrl: origin },
    )
    await Promise.all([client, client, another(), another()].map((one) => one.request({ url: `${origin}/a` })))
    assert.deepEqual([state.logins, state.calls], [1, 4])
    const first = state.token
    state.token = 'ended at the remote'
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => client.request({ method: 'POST', url: `${origin}/b`, json: { a: 1 } })),
    )
    assert.deepEqual([state.logins, state.calls], [2, 16])
    assert.ok(answers.every(({ status }) => status === 200))
    assert.ok(secrets.all().includes(first) && secrets.all().includes(state.token))
    assert.deepEqual(calls[0], { ...calls[0], method: 'POST', url: `${origin}/login`, status: 200 })
  })

  it('ends with the second 401, and shows no token', async (test) => {
    const { origin, state } = await startSessions(test)
    const { client } = connect(test, auth(), { username: 'ada', password }, { baseUrl: origin })
    state.refuses = true
    const error = await failureOf(client.request({ url: `${origin}/a` }))
    assert.ok(isErrorKind(error, 'AuthenticationError'))
    assert.deepEqual([state.logins, state.calls], [2, 2])
    assert.doesNotMatch(inspect(error, { depth: 9 }), /session-token/)
  })

  it('that cannot be opened is an AuthenticationError, and nothing else is called', async (test) => {
    const { origin, state } = await startSessions(test)
    const { client } = connect(test, auth(), { username: 'ada', password: 'wrong-word' }, { baseUrl: origin })
    assert.ok(isErrorKind(await failureOf(client.request({ url: `${origin}/a` })), 'AuthenticationError'))
    assert.deepEqual([state.logins, state.calls], [1, 0])
  })

  it('is renewed before it ends', async (test) => {
    const { origin, state } = await startSessions(test)
    const short = auth({
      async login() {
        state.token = `session-token-${++state.logins}`
        return { token: state.token, expiresAt: new Date(Date.now() - 1) }
      },
    })
    const { client } = connect(test, short, { username: 'ada', password })
    await client.request({ url: `${origin}/a` })
    await client.request({ url: `${origin}/a` })
    assert.deepEqual([state.logins, state.calls], [2, 2])
  })

  it('needs a token that can be sent, and a date', async (test) => {
    for (const session of [null, { token: '' }, { token: 'a\r\nb' }, { token: 'x', expiresAt: 3600 }]) {
      const login = async () => session as { token: string }
      const { client } = connect(test, auth({ login }), { username: 'ada', password })
      assert.ok(isErrorKind(await failureOf(client.request({ url: 'http://127.0.0.1:1/' })), 'PluginError'))
    }
  })

  it('passes on what its login throws', async (test) => {
    const refuse = auth({ login: () => Promise.reject(new AuthenticationError('ask the owner')) })
    const { client } = connect(test, refuse, { username: 'ada', password })
    assert.match(String(await failureOf(client.request({ url: 'http://127.0.0.1:1/' }))), /ask the owner/)
  })
})

describe('digest', () => {
  async function start(test: TestContext, settings: Partial<DigestSettings> = {}, values = {}) {
    const remote = createDigestServer({ username: 'Jürgen', password })
    Object.assign(remote.settings, settings)
    const { origin } = await startHttpServer(test, (request, response) => void remote.listener(request, response))
    return { origin, remote, ...connect(test, digestAuth(), { username: 'Jürgen', password, ...values }) }
  }

  const variants: Partial<DigestSettings>[] = [
    {},
    { hash: 'md5', algorithm: 'MD5' },
    { algorithm: 'SHA-256-sess' },
    { hash: 'md5', algorithm: 'MD5-sess', namesNext: true },
    { hash: 'md5', algorithm: 'MD5', hasQuality: false },
    { charset: 'UTF-8' },
    { charset: 'UTF-8', userhash: true },
  ]
  for (const variant of variants) {
    it(`is challenged once for many calls: ${JSON.stringify(variant)}`, async (test) => {
      const { origin, remote, client, another } = await start(test, variant)
      const request = { method: 'POST', query: { größe: 'ü & 1' }, json: { a: 1 } } as const
      await client.request({ url: `${origin}/büro/ä?x=%20y`, ...request })
      await client.request({ url: `${origin}/b`, ...request })
      await another().request({ url: `${origin}/c` })
      await Promise.all(['/d', '/e', '/f'].map((path) => client.request({ url: `${origin}${path}` })))
      assert.deepEqual(remote.statuses(), [401, 200, 200, 200, 200, 200, 200])
      assert.equal(remote.calls[1]?.body, '{"a":1}')
      assert.equal(remote.calls[1]?.url, '/b%C3%BCro/%C3%A4?x=+y&gr%C3%B6%C3%9Fe=%C3%BC+%26+1')
    })
  }

  it('takes a new nonce when the old one is stale', async (test) => {
    const { origin, remote, client } = await start(test, { uses: 2 })
    for (let call = 0; call < 4; call += 1) await client.request({ url: `${origin}/a` })
    assert.deepEqual(remote.statuses(), [401, 200, 200, 401, 200, 200])
  })

  it('uses the next nonce that an answer names', async (test) => {
    const { origin, remote, client } = await start(test, { uses: 1, namesNext: true })
    for (let call = 0; call < 4; call += 1) await client.request({ url: `${origin}/a` })
    assert.deepEqual(remote.statuses(), [401, 200, 200, 200, 200])
  })

  it('gives up with wrong credentials after one challenge', async (test) => {
    const { origin, remote, client } = await start(test, {}, { password: 'something else' })
    assert.ok(isErrorKind(await failureOf(client.request({ url: `${origin}/a` })), 'AuthenticationError'))
    assert.deepEqual(remote.statuses(), [401, 401])
  })

  it('says so when the remote wants another way of signing in', async (test) => {
    const { origin } = await startHttpServer(test, (_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    const { client } = connect(test, digestAuth(), { username: 'ada', password })
    const error = await failureOf(client.request({ url: `${origin}/a` }))
    assert.ok(isErrorKind(error, 'AuthenticationError'))
    assert.match(String(error), /asks for a sign-in \(basic\) that is no digest/)
  })
})

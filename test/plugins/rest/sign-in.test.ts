import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Auth, isErrorKind } from '../../../core/sdk/index.ts'
import { type FakeRemote, startFakeRemote } from '../../../core/testing/index.ts'
import { buildRestProvider } from '../../../plugins/rest/build-provider.ts'
import { type RestDefinitionInput, restDefinitionSchema } from '../../../plugins/rest/definition.ts'
import { larkdeskDefinition } from '../../fixtures/invented-api/larkdesk-definition.ts'
import { createRecordingHttpClient, type RecordingHttpClient } from '../../support/recording-http-client.ts'

let remote: FakeRemote
let http: RecordingHttpClient
before(async () => {
  http = createRecordingHttpClient()
  remote = await startFakeRemote(({ path, body, method }) => {
    if (path === '/v3/cookie') return { status: 204, headers: { 'set-cookie': 'sid=abc; Path=/; HttpOnly' } }
    const { user, pass } = Object(body)
    if (method === 'GET') return { status: 200, body: { token: 17 } }
    return pass === '"}' ? { status: 200, body: { data: { token: `t-${user}`, seconds: 60 } } } : { status: 401 }
  })
})
after(async () => {
  await http.close()
  await remote.close()
})

function sessionOf(
  session: NonNullable<RestDefinitionInput['auth']>['session'],
): Extract<Auth, { mechanism: 'session' }> {
  const { auth } = buildRestProvider(
    restDefinitionSchema.parse({ ...larkdeskDefinition, auth: { kind: 'session', session } }),
  )
  assert.ok(auth?.mechanism === 'session')
  return auth
}

const call = (password = '"}') => ({
  http,
  settings: { address: remote.origin, deskKey: 'k' },
  values: { username: 'ada', password },
  signal: new AbortController().signal,
})
const send = { in: 'header' as const, name: 'X-Token' }

describe('a login call', () => {
  const bodyTemplate = '{"user": "{{value.username}}", "pass": "{{value.password}}"}'

  it('hands over the credentials and reads the token and its lifetime', async () => {
    const auth = sessionOf({
      path: '/login',
      bodyTemplate,
      tokenPath: 'data.token',
      expiresInPath: 'data.seconds',
      send,
    })
    const { token, expiresAt } = await auth.login(call())
    assert.equal(token, 't-ada')
    const leftMs = Number(expiresAt) - Date.now()
    assert.ok(leftMs > 50_000 && leftMs <= 60_000)
    assert.deepEqual(remote.calls.at(-1)?.body, { user: 'ada', pass: '"}' })
    assert.equal(auth.place.name, 'X-Token')
  })

  it('may set a cookie, or need no body', async () => {
    const cookie = sessionOf({ path: '/cookie', send: { in: 'cookie', name: 'sid' } })
    assert.deepEqual(await cookie.login(call()), { token: 'abc' })
    const get = sessionOf({ method: 'GET', path: '/login', tokenPath: 'token', send })
    assert.deepEqual(await get.login(call()), { token: '17' })
  })

  it('leaves a refusal to the status table, and is clear about an answer without a token', async () => {
    const auth = sessionOf({ path: '/login', bodyTemplate, tokenPath: 'data.token', send })
    await assert.rejects(auth.login(call('wrong')), (error) => isErrorKind(error, 'AuthenticationError'))
    const elsewhere = sessionOf({ path: '/login', bodyTemplate, tokenPath: 'token', send })
    await assert.rejects(
      elsewhere.login(call()),
      (error) => isErrorKind(error, 'SyncConfigError') && /no token at "token"/.test(String(error)),
    )
    const other = sessionOf({ path: '/cookie', send: { in: 'cookie', name: 'session' } })
    await assert.rejects(other.login(call()), /no cookie "session"/)
  })
})

describe('OAuth 2', () => {
  it('has addresses that follow from the settings', () => {
    const oauth2 = {
      tokenUrl: '{{settings.address}}/token',
      authorizationUrl: 'https://{{settings.address}}/auth',
      scopes: ' a  b ',
    }
    const { auth } = buildRestProvider(
      restDefinitionSchema.parse({ ...larkdeskDefinition, auth: { kind: 'oauth2', oauth2 } }),
    )
    assert.ok(auth?.mechanism === 'oauth2')
    assert.deepEqual(auth.scopes, ['a', 'b'])
    const { tokenUrl, authorizationUrl } = auth
    assert.ok(typeof tokenUrl === 'function' && typeof authorizationUrl === 'function')
    assert.equal(tokenUrl({ address: 'https://acme.example' }), 'https://acme.example/token')
    assert.equal(authorizationUrl({ address: 'acme.example' }), 'https://acme.example/auth')
    assert.throws(() => authorizationUrl({ address: 'evil.example/' }), /is none/)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  apiKeyAuth,
  basicAuth,
  digestAuth,
  oauth2Auth,
  readSetCookie,
  secret,
  secretSettings,
  sessionAuth,
  z,
} from '../../../core/sdk/index.ts'

const login = async () => ({ token: 'x' })

describe('a declared auth', () => {
  it('says what has to be filled in, and what of it is a secret', () => {
    const declared = [
      [basicAuth(), ['username', 'password'], ['password']],
      [digestAuth(), ['username', 'password'], ['password']],
      [apiKeyAuth({ in: 'query', name: 'key' }), ['apiKey'], ['apiKey']],
      [sessionAuth({ login, send: { in: 'cookie', name: 'sid' } }), ['username', 'password'], ['password']],
      [
        oauth2Auth({ grant: 'client_credentials', tokenUrl: 'https://x.example/token' }),
        ['clientId', 'clientSecret'],
        ['clientSecret'],
      ],
      [
        oauth2Auth({ grant: 'authorization_code', issuer: 'https://x.example', clientAuthentication: 'none' }),
        ['clientId'],
        [],
      ],
    ] as const
    for (const [auth, fields, secrets] of declared) {
      assert.deepEqual(Object.keys(auth.fields.shape), fields, auth.mechanism)
      assert.deepEqual(secretSettings(auth.fields), secrets, auth.mechanism)
      assert.ok(Object.isFrozen(auth))
      for (const field of Object.values(auth.fields.shape)) {
        assert.ok(field instanceof z.ZodType && field.meta()?.title, auth.mechanism)
      }
    }
  })

  it('has labels and fields of its own', () => {
    const { username, password } = basicAuth({ usernameLabel: 'Mail address', passwordLabel: 'App password' }).fields
      .shape
    assert.ok(username instanceof z.ZodType && password instanceof z.ZodType)
    assert.deepEqual([username.meta()?.title, password.meta()?.title], ['Mail address', 'App password'])
    const fields = z.object({ tenant: z.string(), pin: secret() })
    assert.equal(sessionAuth({ fields, login, send: { in: 'header', name: 'X-Session' } }).fields, fields)
  })

  const refused: [string, () => unknown, RegExp][] = [
    ['a place that is none', () => apiKeyAuth({ in: 'body' as 'query', name: 'key' }), /apiKeyAuth: .*in/s],
    ['a header that cannot be', () => apiKeyAuth({ in: 'header', name: 'X Key' }), /character that no header/],
    ['a cookie without a name', () => sessionAuth({ login, send: { in: 'cookie', name: '' } }), /sessionAuth: .*name/s],
    ['a prefix of two lines', () => apiKeyAuth({ in: 'header', name: 'K', prefix: 'a\nb' }), /plain ASCII/],
    [
      'a label with a slip of the pen',
      () => basicAuth({ usernameLabel: 'User', ...{ userLabel: 'User' } }),
      /userLabel/,
    ],
    ['no address', () => oauth2Auth({ grant: 'client_credentials' }), /give issuer, or tokenUrl/],
    [
      'half an address',
      () => oauth2Auth({ grant: 'authorization_code', tokenUrl: 'https://x.example/token' }),
      /give issuer, or authorizationUrl and tokenUrl/,
    ],
    [
      'a client that nobody knows',
      () => oauth2Auth({ grant: 'client_credentials', issuer: 'https://x.example', clientAuthentication: 'none' }),
      /must authenticate/,
    ],
    ['no web address', () => oauth2Auth({ grant: 'client_credentials', issuer: 'file:///etc' }), /must be a URL/],
    [
      'two scopes in one',
      () => oauth2Auth({ grant: 'client_credentials', issuer: 'https://x.example', scopes: ['a b'] }),
      /is no scope/,
    ],
  ]
  for (const [what, make, message] of refused) {
    it(`is refused with ${what}`, () => {
      assert.throws(make, (error) => error instanceof TypeError && message.test(error.message))
    })
  }

  it('takes a key only as it can be sent', () => {
    const { fields } = apiKeyAuth({ in: 'header', name: 'X-Key' })
    for (const apiKey of ['k', 'a b=c/d+e', 'schlüssel']) assert.ok(fields.safeParse({ apiKey }).success, apiKey)
    for (const apiKey of ['', ' k', 'k\n', 'a\r\nX: y', 'キー'])
      assert.ok(!fields.safeParse({ apiKey }).success, apiKey)
  })
})

describe('readSetCookie', () => {
  const headers = {
    'set-cookie':
      'lang=de; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Path=/, sid="a=b,c"; HttpOnly, sid2=2, gone=; Max-Age=0',
  }
  const cases: [string, string | null][] = [
    ['lang', 'de'],
    ['sid2', '2'],
    ['gone', null],
    ['Path', null],
    ['other', null],
  ]
  for (const [name, value] of cases) {
    it(`finds ${value} for "${name}"`, () => assert.equal(readSetCookie(headers, name), value))
  }
  it('finds nothing where no cookie is set', () => assert.equal(readSetCookie({}, 'sid'), null))
})

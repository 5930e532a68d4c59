import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkProvider } from '../../../core/registry/check-provider.ts'
import { secretSettings } from '../../../core/sdk/index.ts'
import { buildRestProvider } from '../../../plugins/rest/build-provider.ts'
import { restDefinitionSchema } from '../../../plugins/rest/definition.ts'
import { larkdeskDefinition } from '../../fixtures/invented-api/larkdesk-definition.ts'

type Change = (definition: Record<string, unknown> & { objectTypes: Record<string, never>[] }) => void

function problemsAfter(change: Change): string[] {
  const definition = structuredClone(larkdeskDefinition)
  change(definition as unknown as Parameters<Change>[0])
  const parsed = restDefinitionSchema.safeParse(definition)
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const put =
  (path: string, value: unknown): Change =>
  (definition) => {
    const names = path.split('.')
    const last = names.pop() ?? ''
    let place: object = definition
    for (const name of names) place = Object(Reflect.get(place, name))
    Reflect.set(place, last, value)
  }

describe('a definition', () => {
  it('becomes a provider that the registry takes', () => {
    const provider = buildRestProvider(restDefinitionSchema.parse(larkdeskDefinition))
    assert.equal(checkProvider(provider), null)
    assert.deepEqual([provider.identifier, provider.version, provider.displayName], ['larkdesk', '1.0.0', 'Larkdesk'])
    assert.deepEqual(provider.accountSettings, ['address'])
    assert.deepEqual(secretSettings(provider.settings), ['deskKey'])
    assert.deepEqual(provider.externalObjectTypes[0]?.idFields, ['reference'])
  })

  it('is the same after it was stored', () => {
    const parsed = restDefinitionSchema.parse(larkdeskDefinition)
    assert.deepEqual(restDefinitionSchema.parse(JSON.parse(JSON.stringify(parsed))), parsed)
  })

  it('declares every sign-in', () => {
    const auths = [
      [{ kind: 'basic' }, 'basic'],
      [{ kind: 'digest' }, 'digest'],
      [{ kind: 'api_key', apiKey: { in: 'query', name: 'key' } }, 'api-key'],
      [
        {
          kind: 'session',
          session: {
            path: '/login',
            tokenPath: 'token',
            bodyTemplate: '{"u": "{{value.username}}"}',
            send: { name: 'X-Token' },
          },
        },
        'session',
      ],
      [
        {
          kind: 'oauth2',
          oauth2: { grant: 'client_credentials', tokenUrl: '{{settings.address}}/token', scopes: 'a  b' },
        },
        'oauth2',
      ],
      [
        {
          kind: 'oauth2',
          oauth2: {
            authorizationUrl: 'https://a.example/auth',
            tokenUrl: 'https://a.example/token',
            clientAuthentication: 'none',
          },
        },
        'oauth2',
      ],
    ] as const
    for (const [auth, mechanism] of auths) {
      const provider = buildRestProvider(restDefinitionSchema.parse({ ...larkdeskDefinition, auth }))
      assert.equal(checkProvider(provider), null, mechanism)
      assert.equal(provider.auth?.mechanism, mechanism)
    }
  })

  it('makes settings of every type', () => {
    const settings = [
      { name: 'address', label: 'A', type: 'url' as const },
      { name: 'deskKey', label: 'K', type: 'secret' as const },
      { name: 'size', label: 'S', type: 'number' as const, isRequired: false },
      { name: 'live', label: 'L', type: 'boolean' as const },
      {
        name: 'region',
        label: 'R',
        type: 'choice' as const,
        choices: [{ value: 'eu', label: 'Europe' }, { value: 'us' }],
      },
      { name: 'note', label: 'N', isRequired: false, help: 'Anything' },
    ]
    const { settings: schema } = buildRestProvider(restDefinitionSchema.parse({ ...larkdeskDefinition, settings }))
    const good = { address: 'https://x.example', deskKey: 'k', live: true, region: 'us' }
    assert.equal(schema?.safeParse(good).success, true)
    for (const wrong of [
      { address: 'ftp://x' },
      { region: 'asia' },
      { live: 'yes' },
      { size: 'big' },
      { deskKey: '' },
    ]) {
      assert.equal(schema?.safeParse({ ...good, ...wrong }).success, false, JSON.stringify(wrong))
    }
  })
})

describe('a definition that cannot be used says where and why', () => {
  const cases: [string, Change, RegExp][] = [
    ['identifier', put('identifier', 'Acme CRM'), /^identifier: must begin with a letter/],
    ['version', put('version', '1.0'), /^version: must be three numbers/],
    ['unknown key', put('baseURL', 'x'), /Unrecognized key: "baseURL"/],
    ['base URL', put('baseUrl', 'crm.example.com'), /^baseUrl: must begin with https/],
    ['base URL with a password', put('baseUrl', 'https://a:b@x.example'), /^baseUrl: must not hold a user name/],
    [
      'placeholder in the base URL',
      put('baseUrl', 'https://{{settings.adress}}'),
      /^baseUrl: has the placeholder .* Did you mean "settings.address"/,
    ],
    ['header injection', put('headers.0.name', 'X: y\r\nZ'), /^headers.0.name: must be the name of a header/],
    ['framing header', put('headers.0.name', 'Host'), /^headers.0.name: is a header that outbound-sync sets/],
    ['path', put('objectTypes.0.update.path', 'tickets'), /^objectTypes.0.update.path: must begin with \//],
    [
      'path with a query',
      put('objectTypes.0.find.path', '/tickets?a=1'),
      /^objectTypes.0.find.path: must hold no blank/,
    ],
    ['climbing path', put('objectTypes.0.find.path', '/a/../b'), /parts \. and \.\./],
    [
      'remote id before there is one',
      put('objectTypes.0.create.path', '/t/{{remoteId}}'),
      /^objectTypes.0.create.path: has the placeholder {{remoteId}}/,
    ],
    [
      'answer path',
      put('objectTypes.0.find.idPath', '__proto__.x'),
      /^objectTypes.0.find.idPath: must not name __proto__/,
    ],
    [
      'statuses',
      put('objectTypes.0.find.notFound', { statuses: '404;500' }),
      /^objectTypes.0.find.notFound.statuses: must be statuses/,
    ],
    ['body of a GET', put('objectTypes.0.find.body', 'json'), /^objectTypes.0.find.body: must be none for GET/],
    [
      'no identifier',
      put('objectTypes.0.fields', [{ key: 'a' }]),
      /^objectTypes.0.fields: must have at least one that identifies/,
    ],
    [
      'field twice',
      put('objectTypes.0.fields', [{ key: 'a', isIdentifier: true }, { key: 'a' }]),
      /^objectTypes.0.fields.1.key: is the key of another/,
    ],
    [
      'field key',
      put('objectTypes.0.fields.0.key', '__proto__'),
      /^objectTypes.0.fields.0.key: must begin with a letter/,
    ],
    [
      'nothing to send',
      (one) => Object.assign(one.objectTypes[0] ?? {}, { create: undefined, update: undefined }),
      /^objectTypes.0.create: must be used/,
    ],
    ['a call without a path', put('objectTypes.0.delete', {}), /^objectTypes.0.delete.path: must not be empty/],
    [
      'update nobody can reach',
      (one) => Object.assign(one.objectTypes[0] ?? {}, { create: undefined, find: undefined }),
      /^objectTypes.0.update.path: holds {{remoteId}}, which nobody knows/,
    ],
    [
      'exists without a way to it',
      (one) => Object.assign(one.objectTypes[0] ?? {}, { find: undefined }),
      /^objectTypes.0.create.existingIdPath: must be there/,
    ],
    [
      'body template',
      put('objectTypes.0.update', { path: '/a/{{id}}', body: 'template', bodyTemplate: '{"a": {{value.x}}' }),
      /^objectTypes.0.update.bodyTemplate: is no JSON/,
    ],
    [
      'setting of the sign-in',
      (one) =>
        Object.assign(one, { auth: { kind: 'basic' }, settings: [{ name: 'password', label: 'P', type: 'secret' }] }),
      /settings.0.name: is a field of the sign-in/,
    ],
    ['API key without a name', put('auth', { kind: 'api_key' }), /^auth.apiKey.name: must not be empty/],
    ['OAuth without addresses', put('auth', { kind: 'oauth2' }), /^auth.oauth2.authorizationUrl: must not be empty/],
    [
      'secret in a link',
      put('objectTypes.0.link', 'https://x.example/{{settings.deskKey}}'),
      /^objectTypes.0.link: holds .*secret/,
    ],
    [
      'script as a link',
      put('objectTypes.0.link', 'javascript:alert(1)'),
      /^objectTypes.0.link: must begin with https/,
    ],
    ['empty line of the error table', put('errors.0.when', {}), /^errors.0.when: must have statuses or a path/],
    [
      'choices',
      put('settings.0', { name: 'a', label: 'A', type: 'choice' }),
      /^settings.0.choices: must have at least one/,
    ],
    [
      'object type twice',
      (one) => one.objectTypes.push(...one.objectTypes),
      /^objectTypes.1.name: is the name of another/,
    ],
  ]
  for (const [what, change, words] of cases) {
    it(what, () => {
      const problems = problemsAfter(change)
      assert.ok(
        problems.some((problem) => words.test(problem)),
        problems.join('\n') || 'it was accepted',
      )
    })
  }
})

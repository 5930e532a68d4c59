// How a connection signs in: one mechanism a definition, with what that mechanism has to know.
import { z } from '../../core/sdk/index.ts'
import { callPath, longText, methodLabels, pathText, shortText } from './definition-parts.ts'

const authKinds = ['none', 'basic', 'api_key', 'session', 'oauth2', 'digest'] as const
const places = ['header', 'query', 'cookie'] as const
const credentialName = shortText.regex(
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/,
  'must be a name of letters, digits and - without blanks',
)

const keySchema = z.strictObject({
  in: z.enum(places).default('header').meta({ title: 'Where the key is sent' }),
  name: credentialName.default('').meta({ title: 'Name of the header, parameter or cookie', placeholder: 'X-Api-Key' }),
  prefix: shortText
    .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII')
    .default('')
    .meta({ title: 'Text before the key', placeholder: 'Bearer ' }),
})

const sessionSchema = z.strictObject({
  method: z
    .enum(['POST', 'GET', 'PUT'])
    .default('POST')
    .meta({ title: 'Method of the login call', optionLabels: methodLabels }),
  path: callPath.default('').meta({ title: 'Path of the login call', placeholder: '/login' }),
  bodyTemplate: z.string().max(20_000).default('').meta({
    title: 'Body of the login call',
    description: 'JSON; {{value.username}} and {{value.password}} are what the connection was given',
    placeholder: '{ "user": "{{value.username}}", "password": "{{value.password}}" }',
    multiline: true,
  }),
  tokenPath: pathText.default('').meta({
    title: 'Path of the token in the answer',
    description: 'Empty when the login sets the cookie that is sent',
    placeholder: 'token',
  }),
  expiresInPath: pathText.default('').meta({ title: 'Path of its lifetime in seconds', placeholder: 'expires_in' }),
  send: keySchema.prefault({}).meta({ title: 'How the token is sent' }),
})

const oauthSchema = z.strictObject({
  grant: z.enum(['authorization_code', 'client_credentials']).default('authorization_code').meta({ title: 'Grant' }),
  authorizationUrl: longText
    .default('')
    .meta({ title: 'Authorization URL', showWhen: { field: 'grant', equals: 'authorization_code' } }),
  tokenUrl: longText
    .default('')
    .meta({ title: 'Token URL', placeholder: 'https://{{settings.subdomain}}.example.com/oauth/token' }),
  scopes: longText
    .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/, 'must be scopes with blanks between them')
    .default('')
    .meta({ title: 'Scopes', description: 'With blanks between them' }),
  clientAuthentication: z
    .enum(['basic', 'post', 'none'])
    .default('basic')
    .meta({ title: 'How the client signs in at the token URL' }),
})

export const authSchema = z.strictObject({
  kind: z
    .enum(authKinds)
    .default('none')
    .meta({
      title: 'Mechanism',
      optionLabels: {
        none: 'None',
        basic: 'Basic: user name and password',
        api_key: 'API key',
        session: 'Session: a login call yields a token or a cookie',
        oauth2: 'OAuth 2',
        digest: 'Digest: user name and password',
      },
    }),
  apiKey: keySchema.prefault({}).meta({ title: 'API key', showWhen: { field: 'kind', equals: 'api_key' } }),
  session: sessionSchema.prefault({}).meta({ title: 'Session', showWhen: { field: 'kind', equals: 'session' } }),
  oauth2: oauthSchema.prefault({}).meta({ title: 'OAuth 2', showWhen: { field: 'kind', equals: 'oauth2' } }),
})
export type AuthDefinition = z.infer<typeof authSchema>

/** What a connection is asked for by each mechanism; no setting may be called so. */
export const credentialFields: Readonly<Record<AuthDefinition['kind'], readonly string[]>> = {
  none: [],
  basic: ['username', 'password'],
  api_key: ['apiKey'],
  session: ['username', 'password'],
  oauth2: ['clientId', 'clientSecret'],
  digest: ['username', 'password'],
}

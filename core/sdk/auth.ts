// How an account of a remote system is signed in to, as a provider declares it: `static auth = basicAuth()`. What has to be
// filled in (`fields`) becomes a part of the connection's settings; core/auth carries the mechanism out.
import { z } from 'zod'
import type { HttpClient } from './http-client.ts'
import { secret } from './secret.ts'

export const authMechanisms = ['basic', 'api-key', 'session', 'digest', 'oauth2'] as const
export type AuthMechanism = (typeof authMechanisms)[number]

type Values = Readonly<Record<string, unknown>>

/** Where a credential stands in a request. */
export interface CredentialPlace {
  in: 'header' | 'query' | 'cookie'
  /** Of the header, the query key or the cookie. */
  name: string
  /** Written before the credential, with its space: `Bearer `. @default '' */
  prefix?: string
}

interface Declared<Mechanism extends AuthMechanism> {
  readonly mechanism: Mechanism
  /** What has to be filled in; merged with the provider's settings. */
  readonly fields: z.ZodObject
}

export interface BasicAuth extends Declared<'basic'> {}
export interface DigestAuth extends Declared<'digest'> {}

export interface ApiKeyAuth extends Declared<'api-key'> {
  readonly place: Readonly<Required<CredentialPlace>>
}

/** What a login is made with. */
export interface SessionLogin<Settings = Values, Fields = Values> {
  /** Without credentials of its own; refuses what the status table refuses. */
  http: HttpClient
  /** The provider's own. */
  settings: Settings
  /** Of the mechanism's fields. */
  values: Fields
  signal: AbortSignal
}

export interface ObtainedSession {
  token: string
  /** A new login is made shortly before. Without it: when the remote answers with 401. */
  expiresAt?: Date
}

export interface SessionAuth extends Declared<'session'> {
  readonly place: Readonly<Required<CredentialPlace>>
  login(call: SessionLogin): Promise<ObtainedSession>
}

/** An address, or how it follows from the provider's settings. */
export type AuthAddress = string | ((settings: Values) => string)

export const oauth2Grants = ['authorization_code', 'client_credentials'] as const
export const clientAuthentications = ['basic', 'post', 'none'] as const

export interface OAuth2Options {
  grant: (typeof oauth2Grants)[number]
  /**
   * Its addresses are read from its metadata, unless they are given. When it is given, an answer that names another
   * issuer is refused.
   */
  issuer?: AuthAddress
  authorizationUrl?: AuthAddress
  tokenUrl?: AuthAddress
  scopes?: readonly string[]
  /** How the client proves who it is at the token endpoint; `none` is a public client. @default 'basic' */
  clientAuthentication?: (typeof clientAuthentications)[number]
  /** Further parameters of the page where the account's owner agrees, for example `{ access_type: 'offline' }`. */
  authorizationParameters?: Readonly<Record<string, string>>
  /** Further parameters of each call of the token endpoint, for example `{ audience: 'https://api.example.com' }`. */
  tokenParameters?: Readonly<Record<string, string>>
}

export interface OAuth2Auth extends Declared<'oauth2'>, Readonly<Required<Omit<OAuth2Options, AddressName>>> {
  readonly issuer: AuthAddress | null
  readonly authorizationUrl: AuthAddress | null
  readonly tokenUrl: AuthAddress | null
}
type AddressName = 'issuer' | 'authorizationUrl' | 'tokenUrl'

export type Auth = BasicAuth | ApiKeyAuth | SessionAuth | DigestAuth | OAuth2Auth

const label = z.string().min(1)
const userLabels = z.strictObject({ usernameLabel: label.optional(), passwordLabel: label.optional() })

/** User name and password, sent as `Authorization: Basic` in UTF-8. */
export function basicAuth(options: { usernameLabel?: string; passwordLabel?: string } = {}): BasicAuth {
  const labels = check('basicAuth', userLabels, options)
  // RFC 7617: the first colon ends the user name.
  const username = text.refine((name) => !name.includes(':'), 'must not hold a colon')
  return Object.freeze({ mechanism: 'basic', fields: userFields(labels, username) })
}

/** User name and password, of which only a digest is sent (RFC 7616: MD5, SHA-256 and their `-sess`, quality `auth`). */
export function digestAuth(options: { usernameLabel?: string; passwordLabel?: string } = {}): DigestAuth {
  return Object.freeze({ mechanism: 'digest', fields: userFields(check('digestAuth', userLabels, options), text) })
}

/** A key that goes with each call: `apiKeyAuth({ in: 'header', name: 'Authorization', prefix: 'Bearer ' })`. */
export function apiKeyAuth({ label: title = 'API key', ...place }: CredentialPlace & { label?: string }): ApiKeyAuth {
  return Object.freeze({
    mechanism: 'api-key',
    place: checkPlace('apiKeyAuth', place),
    fields: z.object({ apiKey: sentSecret().meta({ title: check('apiKeyAuth', label, title) }) }),
  })
}

/** A login that yields a token or a cookie, which then goes with each call. */
export function sessionAuth<Settings = Values, Fields = Values>({
  fields = userFields({}, text),
  login,
  send,
}: {
  /** What the login needs; mark secrets with `secret()`. @default `username` and `password` */
  fields?: z.ZodObject
  /** Called before the first call, shortly before `expiresAt` and after a 401. */
  login(call: SessionLogin<Settings, Fields>): Promise<ObtainedSession>
  send: CredentialPlace
}): SessionAuth {
  check('sessionAuth', z.object({ fields: z.instanceof(z.ZodObject), login: z.function() }), { fields, login })
  return Object.freeze({
    mechanism: 'session',
    place: checkPlace('sessionAuth', send),
    fields,
    // Whoever declares it says what his own schemas make of both.
    login: (call: SessionLogin) => login(call as SessionLogin<Settings, Fields>),
  })
}

const address = z.union(
  [z.url({ protocol: /^https?$/, error: 'must be a URL' }), z.function()],
  'must be a URL, or a function that makes one',
)
const oauth2Options = z.strictObject({
  grant: z.enum(oauth2Grants),
  issuer: address.optional(),
  authorizationUrl: address.optional(),
  tokenUrl: address.optional(),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is no scope')).optional(),
  clientAuthentication: z.enum(clientAuthentications).optional(),
  authorizationParameters: z.record(z.string(), z.string()).optional(),
  tokenParameters: z.record(z.string(), z.string()).optional(),
})

/** OAuth 2: somebody agrees in the browser (`authorization_code`, with PKCE), or the client stands for itself. */
export function oauth2Auth(options: OAuth2Options): OAuth2Auth {
  check('oauth2Auth', oauth2Options, options)
  const { grant, issuer = null, authorizationUrl = null, tokenUrl = null, clientAuthentication = 'basic' } = options
  const isCode = grant === 'authorization_code'
  if (issuer === null && (tokenUrl === null || (isCode && authorizationUrl === null))) {
    throw new TypeError(`oauth2Auth: give issuer, or ${isCode ? 'authorizationUrl and tokenUrl' : 'tokenUrl'}`)
  }
  if (!isCode && clientAuthentication === 'none') {
    throw new TypeError('oauth2Auth: with client_credentials the client must authenticate: choose "basic" or "post"')
  }
  const clientSecret = secret().meta({ title: 'Client secret' })
  return Object.freeze({
    mechanism: 'oauth2',
    grant,
    issuer,
    authorizationUrl,
    tokenUrl,
    clientAuthentication,
    scopes: Object.freeze([...(options.scopes ?? [])]),
    authorizationParameters: Object.freeze({ ...options.authorizationParameters }),
    tokenParameters: Object.freeze({ ...options.tokenParameters }),
    fields: z.object({
      clientId: text.meta({ title: 'Client ID' }),
      ...(clientAuthentication === 'none' ? {} : { clientSecret }),
    }),
  })
}

/** The value of a cookie that an answer sets, for the login of a session; null when it sets none of this name. */
export function readSetCookie(headers: Readonly<Record<string, string>>, name: string): string | null {
  // Several of them arrive joined by commas; a comma within one (its date) is not followed by `name=`.
  for (const cookie of (headers['set-cookie'] ?? '').split(/,\s*(?=[^;,\s=]+=)/)) {
    const [, key, value] = /^\s*([^=;]+?)\s*=\s*([^;]*?)\s*(?:;|$)/.exec(cookie) ?? []
    if (key === name && value) return value
  }
  return null
}

const isOneLine = (value: string) => !/\p{Cc}/u.test(value)
const text = z.string().min(1).refine(isOneLine, 'must be one line')

/** Goes into a header as it is, where undici would refuse it at the first order. */
function sentSecret(): z.ZodString {
  return secret().regex(/^[\x21-\x7e\u00a0-\u00ff]([\x20-\x7e\u00a0-\u00ff]*[\x21-\x7e\u00a0-\u00ff])?$/, {
    error: 'must be one line of Latin letters, digits and signs, without spaces around it',
  })
}

function userFields(
  { usernameLabel, passwordLabel }: { usernameLabel?: string; passwordLabel?: string },
  username: z.ZodString,
): z.ZodObject {
  return z.object({
    username: username.meta({ title: usernameLabel ?? 'User name' }),
    password: secret()
      .refine(isOneLine, 'must be one line')
      .meta({ title: passwordLabel ?? 'Password' }),
  })
}

// RFC 9110: the characters of a header's or a cookie's name.
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const placeSchema = z
  .strictObject({
    in: z.enum(['header', 'query', 'cookie']),
    name: z.string().min(1),
    prefix: z
      .string()
      .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII')
      .default(''),
  })
  .refine((place) => place.in === 'query' || token.test(place.name), {
    path: ['name'],
    error: 'holds a character that no header or cookie may have in its name',
  })

const checkPlace = (maker: string, place: CredentialPlace) => Object.freeze(check(maker, placeSchema, place))

function check<T>(maker: string, schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw new TypeError(`${maker}: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

// The arithmetic of Digest (RFC 7616, and RFC 2069 where the challenge names no quality): from a challenge, a user and a
// request to the Authorization header. PURE. Headers are handled as bytes, a character a byte, as the HTTP client reads and
// writes them: what a server calls its realm is hashed and sent back as it came, whatever charset it was.
import { createHash } from 'node:crypto'
import type { Challenge } from './challenges.ts'

/** Strongest first. */
const algorithms = [
  { name: 'SHA-512-256', hash: 'sha512-256', isSession: false },
  { name: 'SHA-512-256-sess', hash: 'sha512-256', isSession: true },
  { name: 'SHA-256', hash: 'sha256', isSession: false },
  { name: 'SHA-256-sess', hash: 'sha256', isSession: true },
  { name: 'MD5', hash: 'md5', isSession: false },
  { name: 'MD5-sess', hash: 'md5', isSession: true },
] as const

export interface DigestChallenge {
  algorithm: (typeof algorithms)[number]
  realm: string
  nonce: string
  opaque: string | null
  /** False: the challenge is that of RFC 2069. */
  hasQuality: boolean
  /** As it was written; null when it was left out and MD5 is meant. */
  algorithmName: string | null
  hasUserHash: boolean
  isUtf8: boolean
  isStale: boolean
}

/** The strongest that can be answered; null when none can. */
export function chooseChallenge(challenges: readonly Challenge[]): DigestChallenge | null {
  const readable = challenges.flatMap((challenge) => readChallenge(challenge) ?? [])
  const rank = ({ algorithm }: DigestChallenge) => algorithms.indexOf(algorithm)
  return readable.sort((a, b) => rank(a) - rank(b))[0] ?? null
}

function readChallenge({ scheme, parameters }: Challenge): DigestChallenge | null {
  if (scheme !== 'digest') return null
  const algorithmName = parameters.get('algorithm') ?? null
  const algorithm = algorithms.find(({ name }) => name.toLowerCase() === (algorithmName ?? 'MD5').toLowerCase())
  const realm = parameters.get('realm')
  const nonce = parameters.get('nonce')
  const qualities = parameters
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
  if (!algorithm || realm === undefined || nonce === undefined) return null
  // auth-int would need the hash of every body; who asks for nothing else cannot be served.
  if (qualities && !qualities.includes('auth')) return null
  const isTrue = (name: string) => parameters.get(name)?.toLowerCase() === 'true'
  return {
    algorithm,
    algorithmName,
    realm,
    nonce,
    opaque: parameters.get('opaque') ?? null,
    hasQuality: qualities !== undefined,
    hasUserHash: isTrue('userhash'),
    isUtf8: parameters.get('charset')?.toLowerCase() === 'utf-8',
    isStale: isTrue('stale'),
  }
}

export interface DigestCall {
  challenge: DigestChallenge
  username: string
  password: string
  method: string
  /** Path and query as they go over the wire. */
  uri: string
  /** The nonce in force: of the challenge, or what came as `nextnonce`. */
  nonce: string
  /** Calls made with this nonce, this one included. */
  count: number
  clientNonce: string
  /** What a `-sess` algorithm makes its session key of: both nonces of the first call after the challenge. */
  sessionNonces: { nonce: string; clientNonce: string }
}

/** The value of the Authorization header. */
export function digestAuthorization(call: DigestCall): string {
  const { challenge, nonce, clientNonce, uri } = call
  const { algorithm, algorithmName, realm, opaque, hasQuality } = challenge
  const hash = (text: string) => createHash(algorithm.hash).update(text, 'latin1').digest('hex')
  const account = hash(`${utf8Bytes(call.username)}:${realm}:${utf8Bytes(call.password)}`)
  const { sessionNonces } = call
  const key = algorithm.isSession ? hash(`${account}:${sessionNonces.nonce}:${sessionNonces.clientNonce}`) : account
  const count = call.count.toString(16).padStart(8, '0')
  const what = hash(`${call.method}:${uri}`)
  const response = hash(
    hasQuality ? [key, nonce, count, clientNonce, 'auth', what].join(':') : `${key}:${nonce}:${what}`,
  )

  const parts = [
    ...userParts(challenge, { username: call.username, hash }),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithmName === null ? [] : [`algorithm=${algorithmName}`]),
    ...(hasQuality ? ['qop=auth', `nc=${count}`] : []),
    // Without it nobody could check a session key.
    ...(hasQuality || algorithm.isSession ? [`cnonce="${clientNonce}"`] : []),
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
  ]
  return `Digest ${parts.join(', ')}`
}

function userParts(
  { realm, hasUserHash, isUtf8 }: DigestChallenge,
  { username, hash }: { username: string; hash(text: string): string },
): string[] {
  if (hasUserHash) return [`username="${hash(`${utf8Bytes(username)}:${realm}`)}"`, 'userhash=true']
  // A server that does not say UTF-8 would not know the other notation; it gets the bytes.
  if (isUtf8 && /[^\x20-\x7e]/.test(username)) return [`username*=UTF-8''${extendedValue(username.normalize('NFC'))}`]
  return [`username=${quoted(utf8Bytes(username))}`]
}

const utf8Bytes = (text: string): string => Buffer.from(text.normalize('NFC'), 'utf8').toString('latin1')

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

// RFC 8187: what encodeURIComponent leaves alone and that notation does not allow.
const extendedValue = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

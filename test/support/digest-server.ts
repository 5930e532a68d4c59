// A server that asks for Digest as RFC 7616 has it: it hands out nonces, counts how often each was used, calls an old one
// stale and may name the next one. It knows the hash of each account and never the password.
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface DigestSettings {
  hash: 'md5' | 'sha256'
  algorithm: string
  /** False: as RFC 2069. */
  hasQuality: boolean
  charset: string
  userhash: boolean
  /** So often a nonce may be used. */
  uses: number
  namesNext: boolean
}

const realm = 'Café "Süd"'

export function createDigestServer({ username, password }: { username: string; password: string }) {
  const settings: DigestSettings = {
    hash: 'sha256',
    algorithm: 'SHA-256',
    hasQuality: true,
    charset: '',
    userhash: false,
    uses: Number.POSITIVE_INFINITY,
    namesNext: false,
  }
  const nonces = new Map<string, Set<string>>()
  /** The session key of each first nonce, for `-sess`. */
  const sessions = new Map<string, string>()
  const calls: { url: string; status: number; body: string }[] = []

  const hash = (text: string): string => createHash(settings.hash).update(text, 'utf8').digest('hex')
  const newNonce = (): string => {
    const nonce = randomBytes(12).toString('base64')
    nonces.set(nonce, new Set())
    return nonce
  }

  function challenge(isStale: boolean): string {
    const parts = [
      `realm="${realm.replace(/"/g, '\\"')}"`,
      `nonce="${newNonce()}"`,
      `algorithm=${settings.algorithm}`,
      ...(settings.hasQuality ? ['qop="auth"'] : []),
      ...(settings.charset ? [`charset=${settings.charset}`] : []),
      ...(settings.userhash ? ['userhash=true'] : []),
      ...(isStale ? ['stale=true'] : []),
    ]
    return Buffer.from(`Digest ${parts.join(', ')}`, 'utf8').toString('latin1')
  }

  /** Null for credentials that are good. */
  function judge(request: IncomingMessage): { isStale: boolean } | null {
    const header = Buffer.from(request.headers.authorization ?? '', 'latin1').toString('utf8')
    const given = new Map(
      [...header.matchAll(/([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name, quoted, plain]) => [
        name ?? '',
        quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
      ]),
    )
    const used = nonces.get(given.get('nonce') ?? '')
    if (!header.startsWith('Digest ') || given.get('uri') !== request.url || given.get('realm') !== realm) {
      return { isStale: false }
    }
    const who = given.get('username') ?? decodeURIComponent((given.get('username*') ?? '').replace("UTF-8''", ''))
    if (who !== (settings.userhash ? hash(`${username}:${realm}`) : username)) return { isStale: false }
    if (given.has('username*') !== (settings.charset !== '' && !settings.userhash)) return { isStale: false }
    if (!used || used.size >= settings.uses) return { isStale: true }
    const count = given.get('nc') ?? ''
    if (settings.hasQuality && used.has(count)) return { isStale: false }
    used.add(settings.hasQuality ? count : String(used.size))
    return given.get('response') === expected(given, request.method ?? '') ? null : { isStale: false }
  }

  function expected(given: ReadonlyMap<string, string>, method: string): string {
    const [nonce, cnonce] = [given.get('nonce') ?? '', given.get('cnonce') ?? '']
    let key = hash(`${username}:${realm}:${password}`)
    if (settings.algorithm.endsWith('-sess')) {
      key = sessions.get(nonce) ?? hash(`${key}:${nonce}:${cnonce}`)
      sessions.set(nonce, key)
    }
    const what = hash(`${method}:${given.get('uri')}`)
    return hash(
      settings.hasQuality
        ? `${key}:${nonce}:${given.get('nc')}:${cnonce}:${given.get('qop')}:${what}`
        : `${key}:${nonce}:${what}`,
    )
  }

  return {
    settings,
    calls,
    statuses: () => calls.map(({ status }) => status),
    async listener(request: IncomingMessage, response: ServerResponse) {
      const body = Buffer.concat(await request.toArray()).toString()
      const refused = judge(request)
      calls.push({ url: request.url ?? '', status: refused ? 401 : 200, body })
      if (refused) {
        response.writeHead(401, { 'www-authenticate': ['Basic realm="old"', challenge(refused.isStale)] }).end()
        return
      }
      if (settings.namesNext) {
        const next = newNonce()
        const key = sessions.get(/nonce="([^"]*)"/.exec(request.headers.authorization ?? '')?.[1] ?? '')
        if (key) sessions.set(next, key)
        response.setHeader('authentication-info', `nextnonce="${next}", qop=auth`)
      }
      response.end('{}')
    },
  }
}

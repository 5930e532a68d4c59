// User name and password of which only a digest is sent. The first call is refused with a challenge; that one is remembered
// for its origin, so that later calls are authorised at once.
import { randomBytes } from 'node:crypto'
import { AuthenticationError } from '../errors.ts'
import type { DigestAuth } from '../sdk/auth.ts'
import type { HttpRequest, HttpResponse } from '../sdk/http-client.ts'
import type { Authorizer, AuthorizerOptions } from './authorizer.ts'
import { parseChallenges, parseParameters } from './challenges.ts'
import { chooseChallenge, type DigestChallenge, digestAuthorization } from './digest-response.ts'
import { withHeader } from './place-credential.ts'

interface Challenged {
  challenge: DigestChallenge
  nonce: string
  clientNonce: string
  /** Calls made with the nonce so far. */
  count: number
  sessionNonces: { nonce: string; clientNonce: string }
}

const newClientNonce = (): string => randomBytes(16).toString('base64url')

export function createDigestAuthorizer({ values, memory }: AuthorizerOptions<DigestAuth>): Authorizer {
  const username = String(values.username)
  const password = String(values.password)

  async function authorize(given: HttpRequest) {
    const url = wireUrl(given)
    // The query goes into the digest, so it is part of the address from here on.
    const { query: _, ...rest } = given
    const request = { ...rest, url: url.href }
    const known = recall(memory.notes, url.origin)
    if (known) known.count += 1
    const authorized = known
      ? withHeader(
          request,
          'authorization',
          digestAuthorization({
            ...known,
            username,
            password,
            method: request.method ?? 'GET',
            uri: url.pathname + url.search,
          }),
        )
      : request
    return {
      request: authorized,
      async answered(response: HttpResponse) {
        if (response.status === 401) return learn(response, url)
        const next = parseParameters(response.headers['authentication-info']).get('nextnonce')
        // The challenge may have been replaced meanwhile; what belongs to another one is passed over.
        if (known && next !== undefined && recall(memory.notes, url.origin) === known) {
          Object.assign(known, { nonce: next, clientNonce: newClientNonce(), count: 0 })
        }
        return false
      },
    }
  }

  function learn({ headers }: HttpResponse, { origin }: URL): boolean {
    const challenges = parseChallenges(headers['www-authenticate'])
    const challenge = chooseChallenge(challenges)
    if (!challenge) {
      const schemes = [...new Set(challenges.map(({ scheme }) => scheme))].join(', ')
      throw new AuthenticationError(
        `${origin} asks for a sign-in${schemes && ` (${schemes})`} that is no digest of MD5 or SHA-256 with the quality "auth". Its provider must be set up for another way of signing in.`,
      )
    }
    const { nonce } = challenge
    const clientNonce = newClientNonce()
    remember(memory.notes, origin, { challenge, nonce, clientNonce, count: 0, sessionNonces: { nonce, clientNonce } })
    return true
  }

  return Object.freeze({ authorize })
}

// As the HTTP client makes it of address and query.
function wireUrl({ url: text, query = {} }: HttpRequest): URL {
  const url = new URL(text)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(name, String(value))
  }
  return url
}

const noteOf = (origin: string): string => `digest ${origin}`

function recall(notes: Map<string, unknown>, origin: string): Challenged | null {
  // Written by `remember` only.
  return (notes.get(noteOf(origin)) as Challenged | undefined) ?? null
}

function remember(notes: Map<string, unknown>, origin: string, challenged: Challenged): void {
  notes.set(noteOf(origin), challenged)
}

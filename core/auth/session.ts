// A login, made by the provider's own function, yields a token or a cookie that goes with every call.
import { PluginError } from '../errors.ts'
import type { SessionAuth } from '../sdk/auth.ts'
import type { Authorizer, AuthorizerOptions, Grant } from './authorizer.ts'
import { createGrantedAuthorizer } from './granted.ts'
import { placeCredential } from './place-credential.ts'

const loginLimitMs = 20_000

export function createSessionAuthorizer(options: AuthorizerOptions<SessionAuth>): Authorizer {
  const { auth, values, settings, http, memory, keepSecret } = options

  async function login(): Promise<Grant> {
    const obtainedAt = new Date()
    const signal = AbortSignal.timeout(loginLimitMs)
    const session: unknown = await auth.login({ http, settings, values, signal })
    const { token, expiresAt } = readSession(session)
    keepSecret(token)
    return { accessToken: token, refreshToken: null, scope: null, expiresAt, obtainedAt }
  }

  return createGrantedAuthorizer({
    grants: memory.grants,
    obtain: login,
    canRenew: () => true,
    place: (request, token) => placeCredential(request, auth.place, token),
    keepSecret,
  })
}

// A provider's own code made it, out of what a remote answered.
function readSession(session: unknown): { token: string; expiresAt: Date | null } {
  const { token, expiresAt }: { token?: unknown; expiresAt?: unknown } = Object(session)
  if (typeof token !== 'string' || !/^[\x20-\x7e\u00a0-\u00ff]+$/.test(token)) {
    throw new PluginError(
      'The login of the provider gave no token that can be sent: it must answer with { token }, a text of one line.',
    )
  }
  if (expiresAt === undefined || expiresAt === null) return { token, expiresAt: null }
  if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime())) {
    throw new PluginError('The login of the provider gave an `expiresAt` that is no Date.')
  }
  return { token, expiresAt }
}

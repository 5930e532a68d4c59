// The authorizer of what has to be obtained first (session, OAuth 2): it obtains before the first call, shortly before the
// end, and once after a 401.
import { isErrorKind } from '../errors.ts'
import type { HttpRequest } from '../sdk/http-client.ts'
import type { Authorizer, Grant, Grants } from './authorizer.ts'

/** So long before its end, at most, a grant is renewed. */
const longestMarginMs = 60_000
/** So much of its time, at most: a short one is to be used too. */
const marginShare = 0.2

export function createGrantedAuthorizer({
  grants,
  obtain,
  canRenew,
  place,
  keepSecret,
}: {
  grants: Grants
  obtain(stored: Grant | null): Promise<Grant>
  /** False: nothing but a person can bring another one. */
  canRenew(grant: Grant): boolean
  place(request: HttpRequest, accessToken: string): HttpRequest
  keepSecret(secret: string): void
}): Authorizer {
  const renew = async (old: Grant | null): Promise<Grant> => grants.renew(old, obtain)

  const usable = async (): Promise<Grant> => {
    const grant = grants.current()
    if (!grant) return renew(null)
    const now = Date.now()
    if (now < renewalTime(grant) || !canRenew(grant)) return grant
    try {
      return await renew(grant)
    } catch (error) {
      // It is still good for this call; the next one tries again.
      const isStillGood = grant.expiresAt !== null && now < grant.expiresAt.getTime()
      if (isStillGood && isErrorKind(error, 'RetryableError')) return grant
      throw error
    }
  }

  return Object.freeze({
    async authorize(request: HttpRequest) {
      const grant = await within(usable(), request.signal)
      for (const secret of [grant.accessToken, grant.refreshToken]) if (secret !== null) keepSecret(secret)
      return {
        request: place(request, grant.accessToken),
        async answered({ status }: { status: number }) {
          if (status !== 401) return false
          const isOther = grants.current() !== grant
          if (!isOther && !canRenew(grant)) return false
          await within(renew(grant), request.signal)
          return true
        },
      }
    },
  })
}

function renewalTime({ expiresAt, obtainedAt }: Grant): number {
  if (!expiresAt) return Number.POSITIVE_INFINITY
  const lifetime = expiresAt.getTime() - obtainedAt.getTime()
  return expiresAt.getTime() - Math.min(longestMarginMs, lifetime * marginShare)
}

/** One caller that is out of time stops waiting; what he shares with others goes on. */
function within<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

// Whether what was obtained with a connection's credentials outlives a change of its settings. A token must never be sent
// where nobody wanted it, so what costs nothing to obtain again is dropped by every change. What a person has agreed to is
// kept while it is still the same client at the same authorization server.
import canonicalize from 'canonicalize'
import { oauthAddresses } from '../auth/oauth2-server.ts'
import { isErrorKind } from '../errors.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { partSettings } from './connection-schema.ts'
import type { Settings } from './connection-settings.ts'

export function keepsGrant(
  provider: Pick<ProviderClass, 'auth'>,
  { before, after, isReconnected }: { before: Settings; after: Settings; isReconnected: boolean },
): boolean {
  const { auth } = provider
  if (auth?.mechanism !== 'oauth2' || auth.grant === 'client_credentials') {
    return !isReconnected && isSame(before, after)
  }
  const [old, now] = [partSettings(provider, before), partSettings(provider, after)]
  if (!isSame(old.authValues, now.authValues)) return false
  try {
    return isSame(oauthAddresses(auth, old.settings), oauthAddresses(auth, now.settings))
  } catch (error) {
    if (isErrorKind(error, 'SyncConfigError')) return false
    throw error
  }
}

const isSame = (one: object, other: object): boolean => canonicalize(one) === canonicalize(other)

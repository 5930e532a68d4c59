// Whether a connection has to be authorised in the browser (OAuth 2, authorization code), and how that stands: what the
// pages of a connection show about it.
import type { ConnectionSummary } from '../../connections/connect.ts'
import type { CatalogProvider } from '../../registry/catalog.ts'
import type { ProviderClass } from '../../sdk/provider.ts'

export interface AuthorizationView {
  connectionId: string
  providerName: string
  /** Somebody has agreed, and the remote has not taken it back. */
  isAuthorised: boolean
  /** Somebody had agreed before. */
  wasAuthorised: boolean
  /** Its settings are saved, so that there is something to begin with. */
  canBegin: boolean
}

/** Somebody has to agree in the browser before anything can be sent. */
export function isAgreedTo({ auth }: Pick<ProviderClass, 'auth'>): boolean {
  return auth?.mechanism === 'oauth2' && auth.grant === 'authorization_code'
}

/** Null where nobody has to agree in the browser. */
export function authorizationOf(
  connection: Pick<ConnectionSummary, 'id' | 'gate' | 'hasGrant' | 'settings' | 'secretNames'>,
  found: CatalogProvider | null,
): AuthorizationView | null {
  if (!found || !isAgreedTo(found.provider)) return null
  return {
    connectionId: connection.id,
    providerName: found.provider.displayName || found.provider.identifier,
    isAuthorised: connection.hasGrant && connection.gate !== 'reconnect',
    wasAuthorised: connection.hasGrant,
    canBegin: Object.keys(connection.settings).length + connection.secretNames.length > 0,
  }
}

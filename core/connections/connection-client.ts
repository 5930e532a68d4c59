// Puts together the HTTP client of a connection: the mechanism of its provider, what was filled in for it, and what this
// process remembers of it.
import type { AuthMemory } from '../auth/authorizer.ts'
import { createAuthorizer } from '../auth/mechanisms.ts'
import type { HttpSender } from '../http/http-client.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import { createAuthorizedClient } from './authorized-client.ts'
import type { RuntimeConnection } from './load-connections.ts'

type Calls = Omit<Parameters<typeof createAuthorizedClient>[0], 'http' | 'authorizer' | 'secrets' | 'purpose'>

export function createConnectionClient({
  connection: { auth, authValues, settings, secrets },
  http,
  memory,
  ...calls
}: Calls & {
  connection: Pick<RuntimeConnection, 'auth' | 'authValues' | 'settings' | 'secrets'>
  http: HttpSender
  memory: AuthMemory
}): HttpClient {
  const { log, onCall } = calls
  if (!auth) return createAuthorizedClient({ http, secrets, ...calls })
  // Logins and tokens: no provider's table is made for them, and a renewal is all clients', whichever of them may call.
  const plain = createAuthorizedClient({
    http,
    secrets,
    purpose: 'credentials',
    ...(log && { log }),
    ...(onCall && { onCall }),
  })
  const authorizer = createAuthorizer({
    auth,
    values: authValues,
    settings,
    http: plain,
    memory,
    keepSecret: secrets.add,
  })
  return createAuthorizedClient({ http, authorizer, secrets, ...calls })
}

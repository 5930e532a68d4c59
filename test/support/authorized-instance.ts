// A whole instance beside an authorization server that nobody here wrote, with the connections of authorized-provider.ts.
import type { TestContext } from 'node:test'
import { type Connections, createConnections } from '../../core/connections/connect.ts'
import { createCatalog } from '../../core/registry/catalog.ts'
import { createMasterKeys } from '../../core/secrets/data-key-rows.ts'
import { createDataKeys, type DataKeys } from '../../core/secrets/data-keys.ts'
import { loadSecretKeys } from '../../core/secrets/secret-keys.ts'
import { authorizedPlugin } from './authorized-provider.ts'
import { connectionParts } from './connection-parts.ts'
import { scope } from './fixture-shop.ts'
import { createInstance, type Instance } from './instance.ts'
import { clientSecret, type OidcServer, redirectUri, startOidcServer } from './oidc-server.ts'

export interface AuthorizedInstance extends Instance {
  oidc: OidcServer
  /** As the pages of another process have them. */
  connections: Connections
  dataKeys: DataKeys
  connect(provider: 'agreed' | 'service', settings?: Record<string, unknown>): Promise<string>
  /** Agrees to the access as the account's owner does in the browser. */
  agree(connectionId: string): Promise<void>
  gateOf(connectionId: string): Promise<string>
  /** What the instance believes of the token: it has just ended. */
  expire(connectionId: string): Promise<void>
}

export async function createAuthorizedInstance(
  test: Pick<TestContext, 'after'>,
  { orderCount }: { orderCount: number },
): Promise<AuthorizedInstance> {
  const oidc = await startOidcServer(test)
  const instance = await createInstance({
    orderCount,
    plugins: [authorizedPlugin],
    egressAllow: ['127.0.0.1'],
    logLevel: 'debug',
  })
  test.after(() => instance.close())
  const { database, rows } = instance
  const configured = await loadSecretKeys({ configured: [], keyFolder: instance.keyFolder })
  const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
  const connections = createConnections({
    database,
    catalog: createCatalog({
      plugins: [{ specifier: 'x', name: 'authorized', plugin: authorizedPlugin, status: 'ready', error: null }],
    }),
    dataKeys,
    ...connectionParts({ database, dataKeys }),
    createQueue: async () => {},
    cancelJobs: async () => {},
    wakeUp() {},
  })
  return {
    ...instance,
    oidc,
    connections,
    dataKeys,
    async connect(provider, settings = {}) {
      const { connectionId } = await instance.sync.operations.ensureConnection({
        provider,
        name: 'Account',
        scope,
        settings: {
          issuer: oidc.issuer,
          baseUrl: oidc.apiOrigin,
          clientId: provider === 'agreed' ? 'app' : 'service',
          clientSecret,
          ...settings,
        },
        actor: 'test',
      })
      return connectionId
    },
    async agree(connectionId) {
      const { url } = await connections.startAuthorization({ connectionId, redirectUri, userId: 'u1' })
      const { searchParams } = await oidc.agree(url)
      const result = await connections.finishAuthorization({ parameters: searchParams, userId: 'u1', actor: 'Ada' })
      if (result.problem !== null) throw new Error(result.problem)
    },
    async gateOf(connectionId) {
      const [row] = await rows('select gate from outbound_sync.connection where id = $1', [connectionId])
      return String(row?.gate)
    },
    async expire(connectionId) {
      await rows(
        `update outbound_sync.connection set grant_expires_at = now(), grant_revision = grant_revision + 1 where id = $1`,
        [connectionId],
      )
    },
  }
}

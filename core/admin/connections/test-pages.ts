// The third step of a new connection, and a page of every other one: asks the remote, and says what was called and what
// came back. The call is made by a button, never by looking at the page.
import type { Connections } from '../../connections/connect.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { ConnectionTestReport } from '../../sdk/plugin.ts'
import type { PageContext } from '../page-context.ts'
import type { PageRouter } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import { authorizationOf } from './authorization.ts'
import { type Configurable, requireConfigurable, requireProvider } from './configurable.ts'

export function registerTestPages(
  router: PageRouter,
  options: {
    catalog: Pick<Catalog, 'provider'>
    connections: Pick<Connections, 'list' | 'test'>
    show: ShowPage
  },
): void {
  router.get('/connections/:id/test', async (ctx) => {
    showTest(ctx, await requireConfigurable(ctx, options), null)
  })

  router.post('/connections/:id/test', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    showTest(ctx, configurable, await options.connections.test({ connectionId: configurable.connection.id }))
  })

  function showTest(ctx: PageContext, configurable: Configurable, test: ConnectionTestReport | null): void {
    const { connection, isDraft } = configurable
    const found = requireProvider(ctx, configurable)
    const { provider } = found
    options.show(ctx, {
      view: 'connections/test',
      title: `Test of ${connection.name}`,
      data: {
        connection,
        isDraft,
        providerName: provider.displayName || provider.identifier,
        // Providers are classes that plugins bring; a test is a method of theirs or it is not.
        hasTest: typeof provider.prototype?.testConnection === 'function',
        test,
        authorization: authorizationOf(connection, found),
      },
    })
  }
}

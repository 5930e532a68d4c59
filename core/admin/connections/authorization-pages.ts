// Authorising a connection at its remote (OAuth 2). A button prepares the sign-in and shows a page with a plain link to the
// remote: our content policy lets forms lead to ourselves only, and browsers hold redirects after a form to that too. The
// remote sends the person back to the callback, and what came of it is said on a page of the connection.
import type { Connections } from '../../connections/connect.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import { externalHref, pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, userOf } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import { callbackPath, type RedirectUri } from './callback-address.ts'
import { requireConfigurable, requireProvider } from './configurable.ts'

interface AuthorizationPagesOptions {
  catalog: Pick<Catalog, 'provider'>
  connections: Pick<Connections, 'list' | 'startAuthorization' | 'finishAuthorization'>
  show: ShowPage
  redirectUri: RedirectUri
  basePath: string
}

export function registerAuthorizationPages(router: PageRouter, options: AuthorizationPagesOptions): void {
  const { connections, show, redirectUri, basePath } = options

  router.post('/connections/:id/authorize', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    const { connection, actor, isDraft } = configurable
    const { provider } = requireProvider(ctx, configurable)
    const address = redirectUri(ctx)
    const started = await start(connection.id, { redirectUri: address, userId: actor.id })
    if (started.url === null) {
      setNotice(ctx, { kind: 'error', text: started.problem }, { basePath })
      return seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}/settings`))
    }
    show(ctx, {
      view: 'connections/authorize',
      title: `Authorise ${connection.name}`,
      data: {
        connection,
        isDraft,
        url: started.url,
        host: new URL(started.url).host,
        providerName: provider.displayName || provider.identifier,
        scopes: provider.auth?.mechanism === 'oauth2' ? provider.auth.scopes : [],
        redirectUri: address,
      },
    })
  })

  router.get(callbackPath, async (ctx) => {
    const user = userOf(ctx)
    const { connectionId, problem } = await connections.finishAuthorization({
      parameters: new URLSearchParams(ctx.querystring),
      userId: user.id,
      actor: actorOf(user),
      mayChange: (scope) => user.can('configure', scope),
    })
    const found = connectionId === null ? null : (await connections.list()).find(({ id }) => id === connectionId)
    if (!found || problem !== null) {
      setNotice(ctx, { kind: 'error', text: problem ?? 'The connection was deleted meanwhile.' }, { basePath })
      return seeOther(ctx, pageUrl(basePath, found ? `/connections/${found.id}/settings` : '/connections'))
    }
    const goesOn = {
      draft: 'Test now whether it works.',
      active: 'What waited for it is sent now.',
      disabled: 'It is still switched off.',
      deleted: '',
    }[found.state]
    setNotice(ctx, { kind: 'success', text: `${found.name} is authorised. ${goesOn}` }, { basePath })
    seeOther(ctx, pageUrl(basePath, `/connections/${found.id}${found.state === 'draft' ? '/test' : ''}`))
  })

  async function start(
    connectionId: string,
    request: { redirectUri: string; userId: string },
  ): Promise<{ url: string } | { url: null; problem: string }> {
    try {
      const { url } = await connections.startAuthorization({ connectionId, ...request })
      // It may come from the metadata of the remote, which may say anything.
      const href = externalHref(url)
      if (href !== null) return { url: href }
      return { url: null, problem: 'The address for signing in at the remote is no web address. Correct the settings.' }
    } catch (error) {
      // The settings, or the remote: there is something to be done about either.
      if (!isErrorKind(error, 'OutboundSyncError')) throw error
      return { url: null, problem: messageOf(error) }
    }
  }
}

// A new connection, step by step, each with an address of its own so that it can be left and gone on with: the provider and
// the scope (here), the settings, the test, the mapping. Until the last one it is a draft, and nothing is taken in for it.
import type { Connections } from '../../connections/connect.ts'
import type { Database } from '../../database/transaction.ts'
import type { Catalog } from '../../registry/catalog.ts'
import { isScope } from '../../sdk/scope-path.ts'
import { formFields, queryFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { actorOf, type PageContext, userOf } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { kindsOf } from '../providers/provider-pages.ts'
import { enterScope, knownScopes, scopeExample } from '../scopes.ts'
import type { ShowPage } from '../show-page.ts'
import { pluginsOutOfUse, providerChoices } from './choose-provider.ts'

const longestScope = 500

interface Typed {
  provider: string
  scope: string
}

export function registerNewConnectionPages(
  router: PageRouter,
  {
    database,
    catalog,
    connections,
    show,
    basePath,
  }: {
    database: Database
    catalog: Catalog
    connections: Pick<Connections, 'draft'>
    show: ShowPage
    basePath: string
  },
): void {
  router.get('/connections/new', async (ctx) => {
    const query = queryFields(ctx)
    const scopes = await configurableScopes(ctx)
    // Where there is only one answer it is given already.
    const scope = query.scope ?? (userOf(ctx).can('configure', '') ? '' : (scopes[0] ?? ''))
    await showForm(ctx, { typed: { provider: query.provider ?? '', scope }, problems: [] })
  })

  router.post('/connections', async (ctx) => {
    const fields = formFields(ctx)
    const typed = { provider: textField(fields, 'provider'), scope: textField(fields, 'scope') }
    const user = userOf(ctx)
    const choice = providerChoices(catalog).find(({ value }) => value === typed.provider)
    const scopeText = scopeProblem(typed.scope)
    const problems = [
      ...(choice ? [] : [{ field: 'provider', text: 'Choose what you want to connect.' }]),
      ...(scopeText ? [{ field: 'scope', text: scopeText }] : []),
    ]
    if (problems.length === 0 && !user.can('configure', typed.scope)) {
      const where = typed.scope === '' ? 'everywhere' : `for “${typed.scope}”`
      problems.push({ field: 'scope', text: `You may not set up connections ${where}. Enter a scope that is yours.` })
      ctx.status = 403
    }
    if (!choice || problems.length > 0) return showForm(ctx, { typed, problems })
    const { connectionId } = await connections.draft({
      provider: choice.identifier,
      version: choice.version,
      scope: typed.scope,
      actor: actorOf(user),
    })
    seeOther(ctx, pageUrl(basePath, `/connections/${connectionId}/settings`))
  })

  async function configurableScopes(ctx: PageContext): Promise<readonly string[]> {
    const user = userOf(ctx)
    return (await knownScopes(database, database.schema)).filter((scope) => user.can('configure', scope))
  }

  async function showForm(
    ctx: PageContext,
    { typed, problems }: { typed: Typed; problems: readonly { field: string; text: string }[] },
  ): Promise<void> {
    const title = 'New connection'
    const scopes = await configurableScopes(ctx)
    show(ctx, {
      view: 'connections/new',
      title: problems.length > 0 ? `Error: ${title}` : title,
      status: problems.length === 0 ? 200 : ctx.status === 403 ? 403 : 422,
      data: {
        typed,
        problems,
        choices: providerChoices(catalog),
        outOfUse: pluginsOutOfUse(catalog),
        scopes,
        scopeExample: scopeExample(scopes),
        canEverywhere: userOf(ctx).can('configure', ''),
        // What is not in the list may be described in the browser, by those who may do that.
        kinds: userOf(ctx).can('configure', '') ? kindsOf(catalog) : [],
      },
    })
  }
}

function scopeProblem(scope: string): string | null {
  if (scope.length > longestScope) return `A scope has at most ${longestScope} characters.`
  return isScope(scope) && scope.isWellFormed() && !scope.includes('\0') ? null : enterScope
}

// What somebody is shown who may see nothing: not an empty list, and not the advice to begin with what is there already. A
// host gives rights for scopes of its own; all that can be asked is whether the user may see any of those that are known.
import type { Database } from '../database/transaction.ts'
import type { User } from '../sdk/user.ts'
import { type PageContext, userOf } from './page-context.ts'
import { knownScopes } from './scopes.ts'
import type { ShowPage } from './show-page.ts'

/** True when the page was shown in place of the one that was asked for. */
export async function showNothingToSee(
  ctx: PageContext,
  { database, show, title }: { database: Database; show: ShowPage; title: string },
): Promise<boolean> {
  const user = userOf(ctx)
  if (await seesSomething(database, user)) return false
  show(ctx, { view: 'errors/nothing-to-see', title, status: 403, data: { userName: user.name } })
  return true
}

async function seesSomething(database: Database, user: User): Promise<boolean> {
  if (user.can('view', '')) return true
  return (await knownScopes(database, database.schema)).some((scope) => user.can('view', scope))
}

// Scopes are paths: what holds for `organizer:acme` holds for everything below it.
import type { SqlSession } from '../database/transaction.ts'
import type { Permission, User } from '../sdk/user.ts'

/** `organizer:acme/event:conf26` as a person says it: "organizer acme › event conf26". */
export function scopeWords(scope: string): string {
  if (scope === '') return 'everywhere'
  return scope
    .split('/')
    .map((part) => part.replace(':', ' '))
    .join(' › ')
}

/** Where something holds, inside a sentence: "for organizer acme", "everywhere". */
export function scopePhrase(scope: string): string {
  return scope === '' ? scopeWords(scope) : `for ${scopeWords(scope)}`
}

export const enterScope =
  'Enter the path of a scope: its parts from the widest to the narrowest with a slash between them, such as tenant:acme/store:berlin.'

/** What a scope looks like here: the widest and the narrowest of those that are known, or ones that are made up. */
export function scopeExample(known: readonly string[]): string {
  const depthOf = (scope: string): number => scope.split('/').length
  const sorted = known.toSorted((left, right) => depthOf(left) - depthOf(right))
  const [widest, narrowest] = [sorted[0], sorted.at(-1)]
  if (widest === undefined || narrowest === undefined) return 'tenant:acme or tenant:acme/store:berlin'
  return widest === narrowest ? widest : `${widest} or ${narrowest}`
}

/** The scopes of open jobs at or below a scope, where the person may do this and where not; null when he may in all. */
export async function jobScopes(
  session: SqlSession,
  schema: string,
  { user, permission, within }: { user: User; permission: Permission; within: string },
): Promise<{ allowed: readonly string[]; others: readonly string[] } | null> {
  if (user.can(permission, within)) return null
  const { rows } = await session.executeSql<{ scope: string }>(
    `select distinct scope from ${schema}.sync_job where $1 = '' or scope = $1 or starts_with(scope, $1 || '/')`,
    [within],
  )
  const scopes = Map.groupBy(rows, ({ scope }) => user.can(permission, scope))
  const names = (may: boolean) => (scopes.get(may) ?? []).map(({ scope }) => scope)
  return { allowed: names(true), others: names(false) }
}

/** The scopes that are known so far, for pickers: of connections, switches and open jobs. */
export async function knownScopes(session: SqlSession, schema: string): Promise<readonly string[]> {
  const { rows } = await session.executeSql<{ scope: string }>(
    `select scope from (
       select scope from ${schema}.connection where state <> 'deleted'
       union select scope from ${schema}.plugin_activation
       union select scope from ${schema}.sync_job
       union select scope from ${schema}.sync_run
     ) known where scope <> '' order by scope limit 500`,
  )
  return rows.map(({ scope }) => scope)
}

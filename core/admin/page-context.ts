// What a page handler is given, and the questions every handler asks first: who is it, and may he.
import type { Context } from 'koa'
import type { Permission, User } from '../sdk/user.ts'

export interface PageState {
  /** Stands on error pages, in the log and in the answer's headers. */
  requestId: string
  /** Null on pages that are open to everybody. */
  user: User | null
  /** The path below the one we are mounted at, for example `/queue`. */
  path: string
}

export interface PageContext extends Context {
  state: PageState
  params: Record<string, string>
}

/** The person asking. The gate before the pages lets nobody else through. */
export function userOf(ctx: PageContext): User {
  return ctx.state.user ?? ctx.throw(403, 'Sign in first.')
}

/** A thing of a foreign scope does not exist; one that may be seen but not changed is refused in words. */
export function requirePermission(ctx: PageContext, permission: Permission, scope: string): User {
  const user = userOf(ctx)
  if (!user.can('view', scope)) notFound(ctx)
  if (!user.can(permission, scope)) ctx.throw(403, `You may look at this, but not ${permissionWords[permission]}.`)
  return user
}

const permissionWords: Readonly<Record<Permission, string>> = {
  view: 'see it',
  operate: 'retry, cancel or send anything here',
  configure: 'change its settings',
  administer: 'administer it',
  see_payloads: 'read what was sent',
}

export function notFound(ctx: PageContext, message = 'It may have been deleted, or the address is mistyped.'): never {
  ctx.throw(404, message)
}

/** How the history names who did something. */
export function actorOf(user: User): string {
  return user.name === user.id ? user.id : `${user.name} (${user.id})`
}

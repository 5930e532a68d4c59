// Who is asking, as the host's identify() says. What it answers is looked at before it is believed: the error page asks
// this user too, and an answer that is none would fail there a second time, about something else.
import type { IncomingMessage } from 'node:http'
import { OutboundSyncError } from '../errors.ts'
import type { User } from '../sdk/user.ts'
import type { PageContext } from './page-context.ts'

export function hostUser(identify: (request: IncomingMessage) => Promise<User | null> | User | null) {
  return async function user(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
    const answer = await identify(ctx.req)
    if (!answer) ctx.throw(403, 'You are not signed in. Sign in first, then open this page again.')
    const problem = userProblem(answer)
    if (problem) {
      throw new OutboundSyncError(
        'identify',
        `identify() must answer { id, name, can(permission, scope) }, or null for nobody; ${problem}.`,
      )
    }
    ctx.state.user = answer
    await next()
  }
}

// A host in JavaScript may answer anything.
function userProblem(answer: User): string | null {
  const isText = (name: 'id' | 'name') => typeof answer[name] === 'string' && answer[name] !== ''
  const missing = [
    isText('id') ? '' : 'id that is a text',
    isText('name') ? '' : 'name that is a text',
    typeof answer.can === 'function' ? '' : 'can',
  ].filter(Boolean)
  if (missing.length > 0) return `what it answered has no ${missing.join(', no ')}`
  const may: unknown = answer.can('view', '')
  // A promise is as good as a yes to whoever asks `if (user.can(...))`.
  const isPromise = typeof Reflect.get(Object(may), 'then') === 'function'
  return isPromise ? 'its can() answered a promise, and must answer true or false at once' : null
}

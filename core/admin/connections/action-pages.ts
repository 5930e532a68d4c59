// The buttons of a connection: pause and try now. Only POST. Resuming has a page of its own (connections/resume-pages.ts).
import type { Connections } from '../../connections/connect.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { type ConnectionRecord, isOpen, isUuid, loadConnections } from './connection-records.ts'

/** How long a pause may be chosen to last; an empty value: until somebody resumes it. */
export const pauseChoices = [
  { value: '', label: 'until I resume it', seconds: null },
  { value: '1h', label: 'for an hour', seconds: 3600 },
  { value: '1d', label: 'for a day', seconds: 24 * 3600 },
  { value: '1w', label: 'for a week', seconds: 7 * 24 * 3600 },
] as const

export interface ConnectionActions {
  canPause: boolean
  canResume: boolean
  canTry: boolean
  /** Its credentials were refused, and whoever looks may enter others: what helps sooner than trying again. */
  asksForCredentials: boolean
}

/** Which buttons fit how the connection stands. */
export function connectionActions(
  connection: Pick<ConnectionRecord, 'state' | 'gate' | 'gateUntil'>,
  {
    canOperate,
    canConfigure,
    isAgreedTo,
    now,
  }: {
    canOperate: boolean
    canConfigure: boolean
    /** Somebody agrees to the access in the browser (connections/authorization.ts). */
    isAgreedTo: boolean
    now: Date
  },
): ConnectionActions {
  const mayAct = canOperate && connection.state === 'active'
  const isHeld = connection.state === 'active' && !isOpen(connection, now)
  const isPaused = isHeld && connection.gate === 'paused'
  const isRefused = isHeld && connection.gate === 'reconnect'
  return {
    canPause: mayAct && !isPaused,
    canResume: mayAct && isPaused,
    // What was agreed to once and refused since is refused again: only somebody who agrees anew helps.
    canTry: mayAct && isHeld && !isPaused && !(isRefused && isAgreedTo),
    asksForCredentials: isRefused && canConfigure && !isAgreedTo,
  }
}

export function registerConnectionActionPages(
  router: PageRouter,
  {
    database,
    catalog,
    connections,
    basePath,
  }: {
    database: Database
    catalog: Pick<Catalog, 'provider'>
    connections: Pick<Connections, 'pause' | 'tryNow'>
    basePath: string
  },
): void {
  const acts = [
    { path: 'pause', verb: 'pause', done: 'Sending is paused. What comes in waits.' },
    { path: 'try-now', verb: 'tryNow', done: 'It is tried now.' },
  ] as const
  for (const { path, verb, done } of acts) {
    router.post(`/connections/:id/${path}`, async (ctx) => {
      const { id } = ctx.params
      if (!isUuid(id)) return notFound(ctx)
      const all = await loadConnections(database, { schema: database.schema, catalog })
      const connection = all.find((one) => one.id === id.toLowerCase()) ?? notFound(ctx)
      const user = requirePermission(ctx, 'operate', connection.scope)
      const request = { connectionId: id, actor: actorOf(user) }
      try {
        if (verb === 'pause') {
          const chosen = textField(formFields(ctx), 'for')
          const choice = pauseChoices.find(({ value }) => value === chosen)
          if (!choice) return ctx.throw(422, 'Choose one of the times that the form offers.')
          await connections.pause({ ...request, ...(choice.seconds === null ? {} : { seconds: choice.seconds }) })
        } else {
          await connections[verb](request)
        }
        setNotice(ctx, { kind: 'success', text: done }, { basePath })
      } catch (error) {
        if (!isErrorKind(error, 'TransitionError')) throw error
        setNotice(ctx, { kind: 'info', text: messageOf(error) }, { basePath })
      }
      seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}`))
    })
  }
}

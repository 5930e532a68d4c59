// How an order is named: pretix knows one by organizer, event and code, and so does its id here, so that it can be read at
// any later time. Scopes are those of the events: `organizer:acme` and `organizer:acme/event:conf26`.
import { SyncConfigError, z } from '../../core/sdk/index.ts'

/** As pretix makes them; nothing else gets into the path of a call. */
export const slugSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be a short name of letters, digits, dots and dashes')
const codeSchema = z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must be an order code of letters and digits')

export const orderReferenceSchema = z.object({ organizer: slugSchema, event: slugSchema, code: codeSchema })
export type OrderReference = z.infer<typeof orderReferenceSchema>
export type EventReference = Pick<OrderReference, 'organizer' | 'event'>

export function orderId({ organizer, event, code }: OrderReference): string {
  return `${organizer}/${event}/${code}`
}

/** Null for what is no id of an order of pretix. */
export function parseOrderId(id: string): OrderReference | null {
  const [organizer, event, code, ...rest] = id.split('/')
  return rest.length > 0 ? null : (orderReferenceSchema.safeParse({ organizer, event, code }).data ?? null)
}

export function eventScope({ organizer, event }: EventReference): string {
  return `organizer:${organizer}/event:${event}`
}

/** Where the API keeps what belongs to an event, below `/api/v1/`. */
export function eventPath({ organizer, event }: EventReference): string {
  return `organizers/${organizer}/events/${event}/`
}

/** What a scope narrows pretix to; null is not narrowed. */
export interface ScopeParts {
  organizer: string | null
  event: string | null
}

const scopePattern = /^organizer:([A-Za-z0-9][A-Za-z0-9._-]*)(?:\/event:([A-Za-z0-9][A-Za-z0-9._-]*))?$/

export function parseScope(scope: string): ScopeParts {
  if (scope === '') return { organizer: null, event: null }
  const match = scopePattern.exec(scope)
  if (!match) {
    throw new SyncConfigError(
      `pretix has no scope "${scope}"; its scopes look like organizer:acme and organizer:acme/event:conf26.`,
    )
  }
  return { organizer: match[1] ?? null, event: match[2] ?? null }
}

export function isWithin({ organizer, event }: EventReference, scope: ScopeParts): boolean {
  return (scope.organizer ?? organizer) === organizer && (scope.event ?? event) === event
}

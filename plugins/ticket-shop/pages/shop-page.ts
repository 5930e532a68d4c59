// What a page of the shop begins with: the event and the order that its address names, in the scope in which the
// permission is asked.
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Log, Operations, PageRequest, PageResult, PluginPage } from '../../../core/sdk/index.ts'
import { Event } from '../entities/event.entity.ts'
import { Order } from '../entities/order.entity.ts'
import { orderHref } from '../order-href.ts'
import { eventScope } from '../scope-path.ts'
import type { Shop } from '../shop-database.ts'
import { createEventFormat, type EventFormat } from './event-format.ts'
import { ordersPath, shopPath } from './shop-paths.ts'

export interface ShopPagesContext {
  shop: Shop
  operations: Pick<Operations, 'panel'>
  log: Log
}

export interface OnEvent {
  em: EntityManager
  /** With its organizer. */
  event: Event
  scope: string
  format: EventFormat
}

export interface OnOrder extends OnEvent {
  /** With its customer. */
  order: Order
  /** The order's page, below the mounted application. */
  path: string
}

interface PageOf<Found> extends Pick<PluginPage, 'method' | 'permission'> {
  /** Below the event, or below the order. */
  path: string
  handle(request: PageRequest, found: Found): Promise<PageResult>
}

export function pageOfEvent({ shop }: ShopPagesContext, page: PageOf<OnEvent>): PluginPage {
  return {
    method: page.method,
    permission: page.permission,
    path: `/orders/:organizer/:event${page.path}`,
    scope: scopeOf,
    async handle(request) {
      const em = shop.database.openEntityManager()
      const found = await findEvent(em, request.params)
      return found ? page.handle(request, found) : { notFound: 'There is no such event.' }
    },
  }
}

export function pageOfOrder(context: ShopPagesContext, page: PageOf<OnOrder>): PluginPage {
  return pageOfEvent(context, {
    ...page,
    path: `/:code${page.path}`,
    async handle(request, found) {
      const { em, event } = found
      const code = request.params.code ?? ''
      const order = await em.findOne(Order, { event, code }, { populate: ['customer'] })
      if (!order) return { notFound: `${event.name} has no order ${code}.` }
      const path = orderHref({ organizer: event.organizer.slug, event: event.slug, code })
      return page.handle(request, { ...found, order, path })
    },
  })
}

/** The links above the heading. */
export function trailTo({ event }: OnEvent, order?: OnOrder): { label: string; path: string }[] {
  const eventPath = ordersPath({ organizer: event.organizer.slug, event: event.slug })
  return [
    { label: 'Events', path: shopPath },
    { label: event.name, path: eventPath },
    ...(order ? [{ label: `Order ${order.order.code}`, path: order.path }] : []),
  ]
}

export function actorOf({ user }: PageRequest): { id: string; name: string } {
  return { id: user.id, name: user.name }
}

export function backTo(
  { url }: PageRequest,
  path: string,
  notice: { kind: 'success' | 'info' | 'warning' | 'error'; text: string },
): PageResult {
  return { redirectTo: url(path), notice }
}

function scopeOf({ organizer = '', event = '' }: PageRequest['params']): string {
  return eventScope(organizer, event)
}

async function findEvent(em: EntityManager, params: PageRequest['params']): Promise<OnEvent | null> {
  const { organizer = '', event: slug = '' } = params
  const event = await em.findOne(Event, { organizer: { slug: organizer }, slug }, { populate: ['organizer'] })
  return event && { em, event, scope: scopeOf(params), format: createEventFormat(event) }
}

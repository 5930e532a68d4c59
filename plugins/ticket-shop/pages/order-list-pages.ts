// The orders of an event. Search, status and page stand in the address, so that a list can be kept and passed on.
import type { PluginPage } from '../../../core/sdk/index.ts'
import { orderHref } from '../order-href.ts'
import { listOrders, maxOrderCount, type OrderFilter, orderFilters } from './order-list.ts'
import { orderBadge } from './order-words.ts'
import { pageOfEvent, type ShopPagesContext, trailTo } from './shop-page.ts'
import { ordersPath, placeOrderPath } from './shop-paths.ts'

const filterLabels: Readonly<Record<OrderFilter, string>> = {
  n: 'Pending',
  p: 'Paid',
  e: 'Expired',
  c: 'Canceled',
  approval: 'Needs approval',
  overdue: 'Overdue',
}
const maxSearchLength = 200

export function createOrderListPages(context: ShopPagesContext): PluginPage[] {
  const { database } = context.shop
  return [
    pageOfEvent(context, {
      method: 'GET',
      path: '',
      async handle({ query, user }, found) {
        const { event, scope, format } = found
        const names = { organizer: event.organizer.slug, event: event.slug }
        const filter = orderFilters.find((name) => name === query.status) ?? null
        const search = (query.q ?? '').replaceAll('\0', '').trim().slice(0, maxSearchLength)
        const before = isOrderId(query.before) ? query.before : null
        const list = await listOrders(database, { eventId: event.id, filter, search, before })
        const now = new Date()
        return {
          view: 'orders',
          title: `Orders of ${event.name}`,
          data: {
            eventName: event.name,
            organizer: event.organizer.name,
            trail: trailTo(found).slice(0, -1),
            path: ordersPath(names),
            placeOrderPath: user.can('operate', scope) ? placeOrderPath(names) : null,
            search,
            status: filter ?? '',
            statuses: orderFilters.map((key) => ({ key, label: filterLabels[key] })),
            orderCount: list.count === null ? null : Math.min(list.count, maxOrderCount),
            isCountCapped: (list.count ?? 0) > maxOrderCount,
            nextBefore: list.nextBefore,
            isFirstPage: before === null,
            orders: list.orders.map((order) => ({
              code: order.code,
              path: orderHref({ ...names, code: order.code }),
              email: order.email ?? '',
              badge: orderBadge(order, now),
              placed: format.dateTime(order.placedAt),
              positionCount: order.positionCount,
              total: format.money(order.total),
            })),
          },
        }
      },
    }),
  ]
}

function isOrderId(text: string | undefined): text is string {
  return /^\d{1,18}$/.test(text ?? '')
}

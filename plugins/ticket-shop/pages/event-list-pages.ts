// The shop's first page: its events, each with its orders and the way to place one.
import type { PluginPage } from '../../../core/sdk/index.ts'
import { Event } from '../entities/event.entity.ts'
import { eventScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { createEventFormat, type Moment } from './event-format.ts'
import type { ShopPagesContext } from './shop-page.ts'
import { ordersPath, placeOrderPath } from './shop-paths.ts'

export function createEventListPages({ shop }: ShopPagesContext): PluginPage[] {
  return [
    {
      method: 'GET',
      path: '/',
      navigation: { label: 'Ticket shop' },
      async handle({ user }) {
        const em = shop.database.openEntityManager()
        const all = await em.find(Event, {}, { populate: ['organizer'] })
        const events = all.filter((event) => user.can('view', eventScope(event.organizer.slug, event.slug)))
        const counts = await countOrders(shop.database)
        return {
          view: 'events',
          title: 'Ticket shop',
          data: {
            events: events.toSorted(latestFirst).map((event) => {
              const names = { organizer: event.organizer.slug, event: event.slug }
              return {
                name: event.name,
                organizer: event.organizer.name,
                days: daysOf(event),
                orderCount: counts.get(event.id) ?? 0,
                ordersPath: ordersPath(names),
                placeOrderPath: user.can('operate', eventScope(names.organizer, names.event))
                  ? placeOrderPath(names)
                  : null,
              }
            }),
          },
        }
      },
    },
  ]
}

async function countOrders(database: ShopDatabase): Promise<Map<string, number>> {
  const rows = await database.select<{ eventId: string; count: number }>(
    `select event_id::text as "eventId", count(*)::float8 as count from ticket_shop."order" group by event_id`,
    [],
  )
  return new Map(rows.map(({ eventId, count }) => [eventId, count]))
}

/** Its first and its last day, when they are known and differ. */
function daysOf(event: Event): Moment[] {
  const format = createEventFormat(event)
  const days = [event.dateFrom, event.dateTo].flatMap((at) => (at ? [format.date(at)] : []))
  return days.filter(({ text }, index) => index === 0 || text !== days[0]?.text)
}

// Those without a date, which go on for ever, last.
function latestFirst(left: Event, right: Event): number {
  const timeOf = ({ dateFrom }: Event) => dateFrom?.getTime() ?? Number.NEGATIVE_INFINITY
  if (timeOf(left) !== timeOf(right)) return timeOf(left) < timeOf(right) ? 1 : -1
  return left.name.localeCompare(right.name)
}

// The source model `Order` with its nested `OrderPosition`: the order as mappings read it.
import type {
  Inputs,
  NestedRecord,
  SourceField,
  SourceFilter,
  SourceModel,
  SourceRecord,
} from '../../../core/sdk/index.ts'
import { z } from '../../../core/sdk/index.ts'
import { orderHref } from '../order-href.ts'
import { orderStatuses, orderStatusLabels } from '../order-status.ts'
import { eventScope, parseScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { attendeeFields } from './attendee-fields.ts'
import { dateFields, eventFields } from './event-fields.ts'
import { invoiceAddressFields } from './invoice-address-fields.ts'
import { type Keyset, parseFilter, readCount, readPage, recordIds } from './keyset.ts'
import type { LoadedPosition } from './loaded-order.ts'
import { orderFields } from './order-fields.ts'
import { type LoadedOrderWithPositions, queryOrders } from './order-query.ts'
import { positionFields } from './position-fields.ts'
import { productFields } from './product-fields.ts'
import { questionFields } from './question-fields.ts'
import { eventJoins, eventScopeSql, scopeConditions } from './scope-conditions.ts'
import { loadScopeSettings, type ScopeSettings } from './scope-settings.ts'

const orderInputs = ['order', 'event']
const positionInputs = ['position', 'order', 'event_or_subevent', 'event']

const filterSchema = z.strictObject({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  status: z.enum(orderStatuses).optional(),
  event: z.string().optional(),
})

export function createOrderModel(database: ShopDatabase): SourceModel {
  return {
    name: 'Order',
    label: 'Order',
    labelPlural: 'Orders',
    inputs: orderInputs,
    nested: { OrderPosition: { label: 'Order position', inputs: positionInputs } },
    filters: [
      { key: 'from', label: 'Ordered on or after', type: 'date' },
      { key: 'to', label: 'Ordered on or before', type: 'date' },
      {
        key: 'status',
        label: 'Status',
        type: 'choice',
        options: orderStatuses.map((status) => ({ key: status, label: orderStatusLabels[status] })),
      },
      { key: 'event', label: 'Event (its short name)', type: 'text' },
    ],
    async fields(model, scope) {
      const settings = await loadScopeSettings(database, scope)
      if (model === 'Order') return fieldsOfOrder(settings, 'event')
      if (model === 'OrderPosition')
        return [...fieldsOfPosition(settings), ...fieldsOfOrder(settings, 'event_or_subevent')]
      return []
    },
    async load(ids, { scope, signal }) {
      signal.throwIfAborted()
      const loaded = await queryOrders(database, recordIds(ids), parseScope(scope))
      return loaded.map(toSourceRecord)
    },
    async page(after, filter, { scope, limit, signal }) {
      signal.throwIfAborted()
      return readPage(database, keyset(filter, scope), { after, limit })
    },
    async count(filter, { scope, signal }) {
      signal.throwIfAborted()
      return readCount(database, keyset(filter, scope))
    },
  }
}

function fieldsOfPosition(settings: ScopeSettings): SourceField[] {
  const schemes = settings.events.map(({ nameScheme }) => nameScheme)
  return [
    ...positionFields(settings),
    ...attendeeFields(schemes),
    ...questionFields(settings.questions),
    ...productFields,
  ]
}

function fieldsOfOrder({ events }: ScopeSettings, dateInput: 'event' | 'event_or_subevent'): SourceField[] {
  const locales = [...new Set(events.flatMap((event) => event.locales))]
  return [
    ...orderFields(locales),
    ...invoiceAddressFields(events.map(({ nameScheme }) => nameScheme)),
    ...eventFields,
    ...dateFields(dateInput),
  ]
}

function toSourceRecord({ order, positions }: LoadedOrderWithPositions): SourceRecord {
  const { event } = order
  return {
    id: order.id,
    label: order.code,
    scope: eventScope(event.organizer, event.slug),
    href: orderHref({ organizer: event.organizer, event: event.slug, code: order.code }),
    version: order.version,
    inputs: { order, event },
    nested: { OrderPosition: positions.map(toNestedRecord) },
  }
}

function toNestedRecord(position: LoadedPosition): NestedRecord {
  const { order, subEvent } = position
  const inputs: Inputs = { position, order, event_or_subevent: subEvent ?? order.event, event: order.event }
  return { id: position.id, label: `${order.code}-${position.positionid}`, inputs }
}

function keyset(filter: SourceFilter, scope: string): Keyset {
  const { from, to, status, event } = parseFilter(filterSchema, filter)
  const conditions = scopeConditions(scope)
  // Days as they are at the event.
  if (from) conditions.add((day) => `r.placed_at >= ${day}::date::timestamp at time zone e.timezone`, from)
  if (to) conditions.add((day) => `r.placed_at < (${day}::date + 1)::timestamp at time zone e.timezone`, to)
  if (status) conditions.add((parameter) => `r.status = ${parameter}`, status)
  if (event) conditions.add((parameter) => `e.slug = ${parameter}`, event)
  return { from: `ticket_shop."order" r ${eventJoins}`, scope: eventScopeSql, conditions }
}

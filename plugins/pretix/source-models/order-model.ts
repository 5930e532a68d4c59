// The source model `Order` with its nested `OrderPosition`: an order of pretix as mappings read it.
import type { SourceField, SourceModel } from '../../../core/sdk/index.ts'
import type { CheckInListFacts, EventFacts, QuestionFacts } from '../event-reader.ts'
import { parseOrderId, parseScope } from '../order-reference.ts'
import { attendeeFields } from './attendee-fields.ts'
import { dateFields, eventFields } from './event-fields.ts'
import { invoiceAddressFields } from './invoice-address-fields.ts'
import { toSourceRecord } from './link-order.ts'
import { type OrderSource, readOrders } from './load-orders.ts'
import { orderFields } from './order-fields.ts'
import { countOrders, orderFilters, pageOfOrders } from './order-pages.ts'
import { checkInFields, productFields, ticketFields } from './position-fields.ts'
import { questionFields } from './question-fields.ts'

/** Whose questions and lists make the fields of an organizer: with all events of many years nobody could choose. */
const maxEvents = 20

export function createOrderModel({ baseUrl, ...source }: OrderSource & { baseUrl: string }): SourceModel {
  return {
    name: 'Order',
    label: 'Order',
    labelPlural: 'Orders',
    inputs: ['order', 'event'],
    nested: {
      OrderPosition: { label: 'Order position', inputs: ['position', 'order', 'event_or_subevent', 'event'] },
    },
    filters: orderFilters,
    async fields(model, scope) {
      if (model !== 'Order' && model !== 'OrderPosition') return []
      const events = await eventsOf(source, scope)
      const locales = [...new Set(events.flatMap((event) => event.locales))]
      if (model === 'Order') return fieldsOfOrder(locales, 'event')
      const { questions, lists } = await settingsOf(source, events)
      return [
        ...ticketFields,
        ...checkInFields(lists, events.length > 1),
        ...attendeeFields,
        ...questionFields(questions),
        ...productFields,
        ...fieldsOfOrder(locales, 'event_or_subevent'),
      ]
    },
    labelOf: (id) => parseOrderId(id)?.code ?? id,
    async load(ids, options) {
      const orders = await readOrders(source, ids, options)
      return orders.map((order) => toSourceRecord(order, baseUrl))
    },
    page: (after, filter, options) => pageOfOrders(source, { after, filter, ...options }),
    count: (filter, options) => countOrders(source, { filter, ...options }),
  }
}

function fieldsOfOrder(locales: readonly string[], dateInput: 'event' | 'event_or_subevent'): SourceField[] {
  return [...orderFields(locales), ...invoiceAddressFields, ...eventFields, ...dateFields(dateInput)]
}

async function eventsOf({ events }: OrderSource, scope: string): Promise<readonly EventFacts[]> {
  const { organizer, event } = parseScope(scope)
  if (organizer !== null && event !== null) return [await events.event({ organizer, event })]
  const organizers = organizer === null ? await events.organizers() : [organizer]
  const lists = await Promise.all(organizers.map((slug) => events.newestEvents(slug, maxEvents)))
  return lists.flat().slice(0, maxEvents)
}

async function settingsOf(
  { events: reader }: OrderSource,
  events: readonly EventFacts[],
): Promise<{ questions: readonly QuestionFacts[]; lists: readonly CheckInListFacts[] }> {
  const references = events.map(({ organizer, slug }) => ({ organizer, event: slug }))
  const [questions, lists] = await Promise.all([
    Promise.all(references.map(reader.questions)),
    Promise.all(references.map(reader.checkInLists)),
  ])
  return { questions: questions.flat(), lists: lists.flat() }
}

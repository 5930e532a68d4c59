// Makes the records that fields read from of what pretix answered. PURE.
import type { NestedRecord, SourceRecord } from '../../../core/sdk/index.ts'
import { eventScope, orderId } from '../order-reference.ts'
import type { PretixOrder, PretixPosition } from '../pretix-records.ts'
import type { ReadOrder } from './load-orders.ts'
import type { LoadedAddress, LoadedDate, LoadedName, LoadedOrder, LoadedPosition } from './loaded-order.ts'

export function toSourceRecord(read: ReadOrder, baseUrl: string): SourceRecord {
  const { reference, event } = read
  const { organizer, event: eventSlug, code } = reference
  const order = linkOrder(read)
  return {
    id: orderId(reference),
    label: code,
    scope: eventScope(reference),
    href: `${baseUrl}/control/event/${organizer}/${eventSlug}/orders/${code}/`,
    inputs: { order, event },
    nested: { OrderPosition: linkPositions(read, order).map(toNestedRecord) },
  }
}

function toNestedRecord(position: LoadedPosition): NestedRecord {
  const { order, subEvent } = position
  return {
    id: position.id,
    label: `${order.code}-${position.positionid}`,
    inputs: { position, order, event_or_subevent: subEvent ?? order.event, event: order.event },
  }
}

function linkOrder({ order, event }: ReadOrder): LoadedOrder {
  const { invoice_address: billed } = order
  return {
    code: order.code,
    status: order.status,
    customerIdentifier: order.customer,
    email: order.email,
    phone: order.phone,
    locale: order.locale,
    placedAt: order.datetime,
    expiresAt: order.expires,
    paidAt: lastPayment(order),
    total: order.total,
    url: order.url,
    invoiceAddress: billed && {
      ...addressOf(billed),
      isBusiness: billed.is_business,
      name: nameOf(billed.name, billed.name_parts),
      vatId: billed.vat_id,
    },
    event,
  }
}

function lastPayment({ payments }: PretixOrder): string | null {
  const dates = payments.flatMap(({ state, amount, payment_date: date }) =>
    state === 'confirmed' && date && Number(amount) > 0 ? [date] : [],
  )
  return dates.sort((left, right) => Date.parse(left) - Date.parse(right)).at(-1) ?? null
}

function linkPositions(read: ReadOrder, order: LoadedOrder): LoadedPosition[] {
  const positions = [...read.order.positions].sort((left, right) => left.positionid - right.positionid)
  const linked = new Map(positions.map((position) => [position.id, linkPosition(position, read, order)]))
  for (const { id, addon_to: mainId } of positions) {
    const position = linked.get(id)
    if (position && mainId !== null) position.addonTo = linked.get(mainId) ?? null
  }
  return [...linked.values()]
}

function linkPosition(
  position: PretixPosition,
  { items, subEvents, vouchers }: ReadOrder,
  order: LoadedOrder,
): LoadedPosition {
  const item = items.get(position.item) ?? null
  const date = position.subevent === null ? null : (subEvents.get(position.subevent) ?? null)
  const subEvent: LoadedDate | null = date && { ...date, timezone: order.event.timezone }
  return {
    ...addressOf(position),
    id: String(position.id),
    positionid: position.positionid,
    item,
    itemId: String(position.item),
    variationName: position.variation === null ? null : (item?.variations.get(position.variation) ?? null),
    price: position.price,
    attendeeName: nameOf(position.attendee_name, position.attendee_name_parts),
    attendeeEmail: position.attendee_email,
    voucher: position.voucher === null ? null : (vouchers.get(position.voucher) ?? null),
    isCanceled: position.canceled,
    answers: position.answers.map(({ question_identifier: identifier, answer: text, option_identifiers: options }) => ({
      identifier,
      text,
      options,
    })),
    checkIns: position.checkins
      .map(({ list, type, datetime }) => ({ listId: String(list), type, checkedInAt: datetime }))
      .sort((left, right) => Date.parse(left.checkedInAt) - Date.parse(right.checkedInAt)),
    order,
    subEvent,
    // Set above, when all of them are there.
    addonTo: null,
  }
}

function addressOf({ company, street, zipcode, city, state, country }: LoadedAddress): LoadedAddress {
  return { company, street, zipcode, city, state, country }
}

function nameOf(whole: string | null, parts: Readonly<Record<string, string | null>> | null): LoadedName {
  // `_legacy` holds names of a time before they had parts.
  return { whole: whole || parts?.full_name || parts?._legacy || null, parts: parts ?? {} }
}

// Reads a whole batch of orders with everything their fields read from: a fixed number of statements however many orders
// there are, in one snapshot, so that positions never belong to another version than their order.
import type { ScopeParts } from '../scope-path.ts'
import type { Select, ShopDatabase } from '../shop-database.ts'
import type {
  LoadedAnswer,
  LoadedCheckIn,
  LoadedDate,
  LoadedEvent,
  LoadedInvoiceAddress,
  LoadedOrder,
  LoadedPosition,
} from './loaded-order.ts'
import { utcText } from './utc-text.ts'

export interface LoadedOrderWithPositions {
  order: LoadedOrder
  positions: readonly LoadedPosition[]
}

// Rows come back in the shape of the records: numeric and bigint as text, instants as UTC text.
const ordersSql = `
select r.id, r.event_id as "eventId", r.code, r.secret, r.status, r.customer_id as "customerId",
  c.identifier as "customerIdentifier", r.email, r.phone, r.locale, ${utcText('r.placed_at')} as "placedAt",
  ${utcText('r.expires_at')} as "expiresAt", ${utcText('m.paid_at')} as "paidAt", r.total,
  r.requires_approval as "requiresApproval", r.version
from ticket_shop."order" r
join ticket_shop.event e on e.id = r.event_id
join ticket_shop.organizer g on g.id = e.organizer_id
left join ticket_shop.customer c on c.id = r.customer_id
left join (
  select order_id, max(paid_at) as paid_at from ticket_shop.payment
  where order_id = any($1::bigint[]) and state = 'confirmed' and amount > 0 group by order_id
) m on m.order_id = r.id
where r.id = any($1::bigint[]) and ($2::text is null or g.slug = $2) and ($3::text is null or e.slug = $3)
order by r.id`

const eventsSql = `
select e.id, e.slug, e.name, g.slug as organizer, e.currency, e.timezone, ${utcText('e.date_from')} as "dateFrom",
  ${utcText('e.date_to')} as "dateTo", e.public_url as "publicUrl"
from ticket_shop.event e join ticket_shop.organizer g on g.id = e.organizer_id
where e.id = any($1::bigint[])`

const addressesSql = `
select order_id as "orderId", is_business as "isBusiness", name_parts as "nameParts", company, street, zipcode, city,
  state, country, vat_id as "vatId"
from ticket_shop.invoice_address where order_id = any($1::bigint[])`

const positionsSql = `
select p.id, p.order_id as "orderId", p.positionid, p.item_id as "itemId", i.identifier as "itemIdentifier",
  i.name as "itemName", i.is_admission as "isAdmission", y.name as "categoryName", v.name as "variationName", p.price,
  p.quantity, p.addon_to_id as "addonToId", p.attendee_name_parts as "attendeeNameParts",
  p.attendee_email as "attendeeEmail", p.company, p.street, p.zipcode, p.city, p.state, p.country,
  w.code as "voucherCode", p.web_secret as "webSecret", p.is_canceled as "isCanceled", s.name as "dateName",
  ${utcText('s.date_from')} as "dateFrom", ${utcText('s.date_to')} as "dateTo"
from ticket_shop.order_position p
join ticket_shop.item i on i.id = p.item_id
left join ticket_shop.item_category y on y.id = i.category_id
left join ticket_shop.item_variation v on v.id = p.variation_id
left join ticket_shop.sub_event s on s.id = p.sub_event_id
left join ticket_shop.voucher w on w.id = p.voucher_id
where p.order_id = any($1::bigint[]) order by p.order_id, p.positionid`

const answersSql = `
select n.position_id as "positionId", q.identifier, q.type, n.text,
  coalesce(array_agg(k.identifier order by k.sort_index, k.id) filter (where k.id is not null), '{}') as options
from ticket_shop.order_position p
join ticket_shop.answer n on n.position_id = p.id
join ticket_shop.question q on q.id = n.question_id
left join ticket_shop.answer_option x on x.answer_id = n.id
left join ticket_shop.question_option k on k.id = x.option_id
where p.order_id = any($1::bigint[]) group by n.id, q.id`

const checkInsSql = `
select h.position_id as "positionId", h.list_id as "listId", h.type, ${utcText('h.checked_in_at')} as "checkedInAt"
from ticket_shop.order_position p
join ticket_shop.check_in h on h.position_id = p.id
where p.order_id = any($1::bigint[]) and h.annulled_at is null order by h.checked_in_at, h.id`

type OrderRow = Omit<LoadedOrder, 'event' | 'invoiceAddress'> & { eventId: string }
type AddressRow = LoadedInvoiceAddress & { orderId: string }
type PositionRow = Omit<LoadedPosition, 'answers' | 'checkIns' | 'order' | 'addonTo' | 'subEvent'> & {
  orderId: string
  addonToId: string | null
  dateName: string | null
  dateFrom: string | null
  dateTo: string | null
}
type AnswerRow = LoadedAnswer & { positionId: string }
type CheckInRow = LoadedCheckIn & { positionId: string }

/** The orders with these ids that the scope holds, by id. */
export async function queryOrders(
  database: ShopDatabase,
  ids: readonly string[],
  { organizer, event }: ScopeParts,
): Promise<LoadedOrderWithPositions[]> {
  return database.readSnapshot(async (select) => {
    const rows = await select<OrderRow>(ordersSql, [ids, organizer, event])
    return linkOrders(rows, await readBelongings(select, rows))
  })
}

type Belongings = Awaited<ReturnType<typeof readBelongings>>

async function readBelongings(select: Select, orders: readonly OrderRow[]) {
  const orderIds = orders.map(({ id }) => id)
  const events = await select<LoadedEvent>(eventsSql, [[...new Set(orders.map(({ eventId }) => eventId))]])
  const addresses = await select<AddressRow>(addressesSql, [orderIds])
  const positions = await select<PositionRow>(positionsSql, [orderIds])
  const answers = await select<AnswerRow>(answersSql, [orderIds])
  const checkIns = await select<CheckInRow>(checkInsSql, [orderIds])
  return {
    events: new Map(events.map((event) => [event.id, event])),
    addresses: new Map(addresses.map((address) => [address.orderId, address])),
    positions: Map.groupBy(positions, ({ orderId }) => orderId),
    answers: Map.groupBy(answers, ({ positionId }) => positionId),
    checkIns: Map.groupBy(checkIns, ({ positionId }) => positionId),
  }
}

// The rows themselves become the records, so that some hundred rows of thirty columns are not copied for every batch.
function linkOrders(rows: readonly OrderRow[], belongings: Belongings): LoadedOrderWithPositions[] {
  return rows.flatMap((row) => {
    const event = belongings.events.get(row.eventId)
    if (!event) return []
    const order = Object.assign(row, { event, invoiceAddress: belongings.addresses.get(row.id) ?? null })
    return [{ order, positions: linkPositions(order, belongings) }]
  })
}

function linkPositions(order: LoadedOrder, { positions, answers, checkIns }: Belongings): LoadedPosition[] {
  const linked = (positions.get(order.id) ?? []).map((row) =>
    Object.assign(row, {
      order,
      subEvent: dateOf(row, order.event),
      answers: answers.get(row.id) ?? [],
      checkIns: checkIns.get(row.id) ?? [],
      // Set below, when all of them are there.
      addonTo: null as LoadedPosition | null,
    }),
  )
  for (const position of linked) {
    if (position.addonToId === null) continue
    position.addonTo = linked.find(({ id }) => id === position.addonToId) ?? null
  }
  return linked
}

function dateOf({ dateName, dateFrom, dateTo }: PositionRow, { timezone }: LoadedEvent): LoadedDate | null {
  return dateName === null ? null : { name: dateName, timezone, dateFrom, dateTo }
}

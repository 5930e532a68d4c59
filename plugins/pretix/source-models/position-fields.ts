// What was bought as one line of an order: the ticket itself, its price and state, what it is of, and when it passed which
// door.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import type { CheckInListFacts } from '../event-reader.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedPosition } from './loaded-order.ts'
import { statusOptions } from './order-fields.ts'

const ticket = createFieldMaker<LoadedPosition>('position', fieldCategories.orderPosition)
const product = createFieldMaker<LoadedPosition>('position', fieldCategories.product)

export const ticketFields: readonly SourceField[] = [
  ticket({
    key: 'ticket_id',
    label: 'Order code and position number',
    read: (position) => `${position.order.code}-${position.positionid}`,
  }),
  ticket({ key: 'position_id', label: 'Position id', type: 'integer', read: (position) => position.id }),
  ticket({
    key: 'position_number',
    label: 'Position number within the order',
    type: 'integer',
    read: (position) => String(position.positionid),
  }),
  ticket({ key: 'ticket_price', label: 'Ticket price', type: 'decimal', read: (position) => position.price }),
  // pretix has a position for each piece.
  ticket({ key: 'ticket_quantity', label: 'Quantity', type: 'integer', read: () => '1' }),
  ticket({
    key: 'ticket_status',
    label: 'Ticket status',
    type: 'choice',
    options: statusOptions,
    read: (position) => [position.isCanceled ? 'c' : position.order.status],
  }),
  ticket({
    key: 'voucher_code',
    label: 'Voucher code',
    read({ voucher }) {
      // To blank the code at the remote because it may not be read here would be worse than to stop.
      if (voucher && 'problem' in voucher) throw new Error(voucher.problem)
      return voucher?.code ?? null
    },
  }),
]

export function checkInFields(lists: readonly CheckInListFacts[], isOneOfSeveralEvents: boolean): SourceField[] {
  return lists.map((list) =>
    ticket({
      key: `checkin_date_${list.id}`,
      label: `First check-in on the list ${isOneOfSeveralEvents ? `${list.name} (${list.eventSlug})` : list.name}`,
      type: 'datetime',
      read({ checkIns, order }) {
        const first = checkIns.find((checkIn) => checkIn.listId === list.id && checkIn.type === 'entry')
        return first ? isoInZone(first.checkedInAt, order.event.timezone) : null
      },
    }),
  )
}

export const productFields: readonly SourceField[] = [
  product({
    key: 'product',
    label: 'Product and variation',
    read: ({ item, variationName }) => item && (variationName ? `${item.name} – ${variationName}` : item.name),
  }),
  product({ key: 'product_id', label: 'Product id', type: 'integer', read: (position) => position.itemId }),
  product({
    key: 'product_is_admission',
    label: 'Product admits a person',
    type: 'boolean',
    read: ({ item }) => item?.isAdmission ?? null,
  }),
  product({ key: 'product_category', label: 'Product category', read: ({ item }) => item?.categoryName ?? null }),
]

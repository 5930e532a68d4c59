// What was bought as one line of an order: the ticket itself, its price and state, and when it passed which door.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { orderStatuses, orderStatusLabels } from '../order-status.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedPosition } from './loaded-order.ts'
import type { ScopeSettings } from './scope-settings.ts'

const ticket = createFieldMaker<LoadedPosition>('position', fieldCategories.orderPosition)

export function positionFields({ checkInLists, events }: ScopeSettings): SourceField[] {
  return [...ticketFields, ...checkInLists.map((list) => checkInField(list, events.length > 1))]
}

const ticketFields = [
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
  ticket({ key: 'ticket_quantity', label: 'Quantity', type: 'integer', read: (position) => String(position.quantity) }),
  ticket({
    key: 'ticket_status',
    label: 'Ticket status',
    type: 'choice',
    options: orderStatuses.map((status) => ({ key: status, label: orderStatusLabels[status] })),
    read: (position) => [position.isCanceled ? 'c' : position.order.status],
  }),
  ticket({ key: 'voucher_code', label: 'Voucher code', read: (position) => position.voucherCode }),
  ticket({
    key: 'presale_ticket_url',
    label: 'Link to the ticket',
    type: 'url',
    read: ({ order, positionid, webSecret }) =>
      order.event.publicUrl && `${order.event.publicUrl}/ticket/${order.code}/${positionid}/${webSecret}/`,
  }),
]

function checkInField(list: ScopeSettings['checkInLists'][number], isOneOfSeveralEvents: boolean): SourceField {
  const where = isOneOfSeveralEvents ? `${list.name} (${list.eventSlug})` : list.name
  return ticket({
    key: `checkin_date_${list.id}`,
    label: `First check-in on the list ${where}`,
    type: 'datetime',
    read({ checkIns, order }) {
      const first = checkIns.find((checkIn) => checkIn.listId === list.id && checkIn.type === 'entry')
      return first ? isoInZone(first.checkedInAt, order.event.timezone) : null
    },
  })
}

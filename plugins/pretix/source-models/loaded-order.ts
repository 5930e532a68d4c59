// The records that source fields read from, as load-orders.ts makes them of pretix's answers: plain, and without a way from
// an order down to its positions, so that they can be written as JSON. Instants are as pretix sent them, amounts text.
import type { EventFacts, ItemFacts, QuestionFacts, VoucherFacts } from '../event-reader.ts'
import type { OrderStatus } from '../pretix-records.ts'

/** An event, or the date of a series that a position is for. */
export interface LoadedDate {
  name: string
  timezone: string
  dateFrom: string | null
  dateTo: string | null
}

/** A name as it is written, and the parts it was asked for in. */
export interface LoadedName {
  whole: string | null
  parts: Readonly<Record<string, string | null>>
}

export interface LoadedAddress {
  company: string | null
  street: string | null
  zipcode: string | null
  city: string | null
  state: string | null
  country: string | null
}

export interface LoadedInvoiceAddress extends LoadedAddress {
  isBusiness: boolean
  name: LoadedName
  vatId: string | null
}

export interface LoadedOrder {
  code: string
  status: OrderStatus
  customerIdentifier: string | null
  email: string | null
  phone: string | null
  locale: string
  placedAt: string
  expiresAt: string | null
  /** When the last confirmed money came. */
  paidAt: string | null
  total: string
  url: string | null
  invoiceAddress: LoadedInvoiceAddress | null
  event: EventFacts
}

export interface LoadedAnswer {
  identifier: QuestionFacts['identifier']
  text: string
  /** Identifiers of the options chosen. */
  options: readonly string[]
}

export interface LoadedCheckIn {
  listId: string
  type: string
  checkedInAt: string
}

export interface LoadedPosition extends LoadedAddress {
  id: string
  positionid: number
  item: Omit<ItemFacts, 'variations'> | null
  itemId: string
  variationName: string | null
  price: string
  attendeeName: LoadedName
  attendeeEmail: string | null
  voucher: VoucherFacts | null
  isCanceled: boolean
  answers: readonly LoadedAnswer[]
  /** In the order they happened. */
  checkIns: readonly LoadedCheckIn[]
  order: LoadedOrder
  subEvent: LoadedDate | null
  /** The main position of an add-on. */
  addonTo: LoadedPosition | null
}

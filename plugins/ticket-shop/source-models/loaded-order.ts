// The records that source fields read from, as order-query.ts loads them: plain, frozen in time, and without a way from an
// order down to its positions, so that they can be written as JSON. Instants are ISO 8601, amounts text.
import type { CheckInType } from '../entities/check-in.entity.ts'
import type { QuestionType } from '../entities/question.entity.ts'
import type { NameParts } from '../name-scheme.ts'
import type { OrderStatus } from '../order-status.ts'

export interface LoadedEvent {
  id: string
  slug: string
  name: string
  organizer: string
  currency: string
  timezone: string
  dateFrom: string | null
  dateTo: string | null
  publicUrl: string | null
}

/** An event, or the sub-event that a position is for. */
export interface LoadedDate {
  name: string
  timezone: string
  dateFrom: string | null
  dateTo: string | null
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
  nameParts: NameParts | null
  vatId: string | null
}

export interface LoadedOrder {
  id: string
  code: string
  secret: string
  status: OrderStatus
  customerId: string | null
  customerIdentifier: string | null
  email: string | null
  phone: string | null
  locale: string
  placedAt: string
  expiresAt: string
  /** When the last confirmed money came. */
  paidAt: string | null
  total: string
  requiresApproval: boolean
  version: number
  invoiceAddress: LoadedInvoiceAddress | null
  event: LoadedEvent
}

export interface LoadedAnswer {
  identifier: string
  type: QuestionType
  text: string
  /** Identifiers of the options chosen. */
  options: readonly string[]
}

export interface LoadedCheckIn {
  listId: string
  type: CheckInType
  checkedInAt: string
}

export interface LoadedPosition extends LoadedAddress {
  id: string
  positionid: number
  itemId: string
  itemIdentifier: string
  itemName: string
  isAdmission: boolean
  categoryName: string | null
  variationName: string | null
  price: string
  quantity: number
  attendeeNameParts: NameParts | null
  attendeeEmail: string | null
  voucherCode: string | null
  webSecret: string
  isCanceled: boolean
  answers: readonly LoadedAnswer[]
  /** In the order they happened, without annulled ones. */
  checkIns: readonly LoadedCheckIn[]
  order: LoadedOrder
  subEvent: LoadedDate | null
  /** The main position of an add-on. */
  addonTo: LoadedPosition | null
}

// The order itself: what it is called, what it costs, how far it is, who ordered.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { orderStatuses } from '../pretix-records.ts'
import { emailDomain, normalizeEmail } from './email-host.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedOrder } from './loaded-order.ts'

const ordered = createFieldMaker<LoadedOrder>('order', fieldCategories.order)

const statusLabels = { n: 'pending', p: 'paid', e: 'expired', c: 'canceled' } as const
export const statusOptions = orderStatuses.map((status) => ({ key: status, label: statusLabels[status] }))

export function orderFields(locales: readonly string[]): SourceField[] {
  return [
    ...fixedFields,
    ordered({
      key: 'order_locale',
      label: 'Language of the order',
      type: 'choice',
      options: locales.map((locale) => ({ key: locale, label: locale })),
      read: (order) => [order.locale],
    }),
  ]
}

const fixedFields = [
  ordered({ key: 'order_code', label: 'Order code', read: (order) => order.code }),
  ordered({
    key: 'event_order_code',
    label: 'Event and order code',
    read: ({ event, code }) => `${event.slug.toUpperCase()}-${code}`,
  }),
  ordered({ key: 'email', label: 'E-mail of the order', type: 'email', read: (order) => normalizeEmail(order.email) }),
  ordered({ key: 'email_domain', label: 'E-mail domain of the order', read: (order) => emailDomain(order.email) }),
  ordered({ key: 'phone', label: 'Phone number of the order', type: 'phone', read: (order) => order.phone }),
  ordered({ key: 'order_total', label: 'Order total', type: 'decimal', read: (order) => order.total }),
  ordered({
    key: 'order_status',
    label: 'Order status',
    type: 'choice',
    options: statusOptions,
    read: (order) => [order.status],
  }),
  ordered({
    key: 'order_date',
    label: 'Date and time of the order',
    type: 'datetime',
    read: ({ placedAt, event }) => isoInZone(placedAt, event.timezone),
  }),
  ordered({
    key: 'order_expiry_date',
    label: 'Date and time the order expires unless paid',
    type: 'datetime',
    read: ({ expiresAt, event }) => expiresAt && isoInZone(expiresAt, event.timezone),
  }),
  ordered({
    key: 'payment_date',
    label: 'Date and time of the payment',
    type: 'datetime',
    // A pending order may hold a part of its money; it is not paid.
    read: ({ status, paidAt, event }) => (status === 'n' || !paidAt ? null : isoInZone(paidAt, event.timezone)),
  }),
  ordered({ key: 'customer_identifier', label: 'Customer identifier', read: (order) => order.customerIdentifier }),
  ordered({ key: 'presale_order_url', label: 'Link to the order', type: 'url', read: ({ url }) => url }),
]

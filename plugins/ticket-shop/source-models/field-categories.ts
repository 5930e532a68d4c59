// The categories in which the fields of the shop are listed.
import type { SourceCategory } from '../../../core/sdk/index.ts'

export const fieldCategories = {
  orderPosition: { label: 'Order position', sortIndex: 10 },
  attendee: { label: 'Attendee', sortIndex: 11 },
  questions: { label: 'Questions', sortIndex: 12 },
  product: { label: 'Product', sortIndex: 20 },
  order: { label: 'Order', sortIndex: 21 },
  invoiceAddress: { label: 'Invoice address', sortIndex: 22 },
  customer: { label: 'Customer', sortIndex: 25 },
  event: { label: 'Event', sortIndex: 30 },
  eventOrDate: { label: 'Event or date', sortIndex: 31 },
} as const satisfies Record<string, SourceCategory>

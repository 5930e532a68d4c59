// The categories that hosts of this kind share, so that a mapping made for one looks the same for another.
import type { SourceCategory } from '../../../core/sdk/index.ts'

export const fieldCategories = {
  orderPosition: { label: 'Order position', sortIndex: 10 },
  attendee: { label: 'Attendee', sortIndex: 11 },
  questions: { label: 'Questions', sortIndex: 12 },
  product: { label: 'Product', sortIndex: 20 },
  order: { label: 'Order', sortIndex: 21 },
  invoiceAddress: { label: 'Invoice address', sortIndex: 22 },
  event: { label: 'Event', sortIndex: 30 },
  eventOrDate: { label: 'Event or date', sortIndex: 31 },
} as const satisfies Record<string, SourceCategory>

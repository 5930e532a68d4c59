// What a new connection proposes: a table `orders`, as README.md has it.
import { mappingDocumentSchema } from '../../core/sdk/index.ts'

export const defaultMappings = mappingDocumentSchema.parse([
  {
    key: 'order_row',
    sourceModel: 'Order',
    externalObjectType: 'orders',
    sourceIdField: 'event_order_code',
    externalIdField: 'order_number',
    propertyMappings: [
      {
        externalField: 'status',
        source: { field: 'order_status' },
        valueMap: { n: 'pending', p: 'paid', e: 'expired', c: 'canceled' },
      },
      { externalField: 'total', source: { field: 'order_total' } },
      { externalField: 'email', source: { field: 'email' } },
      { externalField: 'name', source: { field: 'invoice_address_name' } },
      { externalField: 'company', source: { field: 'invoice_address_company' } },
      { externalField: 'ordered_at', source: { field: 'order_date' } },
      { externalField: 'paid_at', source: { field: 'payment_date' } },
    ],
  },
])

// What a new webhook proposes to send: one message an order, with its positions.
import { mappingDocumentSchema } from '../../core/sdk/index.ts'

const saleStateMap = { n: 'pending', p: 'paid', e: 'expired', c: 'canceled' }

export const defaultMappings = mappingDocumentSchema.parse([
  {
    key: 'order_message',
    sourceModel: 'Order',
    externalObjectType: 'message',
    sourceIdField: 'event_order_code',
    externalIdField: 'id',
    propertyMappings: [
      { externalField: 'order_code', source: { field: 'order_code' } },
      { externalField: 'status', source: { field: 'order_status' }, valueMap: saleStateMap },
      { externalField: 'total', source: { field: 'order_total' } },
      { externalField: 'email', source: { field: 'email' } },
      { externalField: 'ordered_at', source: { field: 'order_date' } },
      {
        externalField: 'positions',
        each: {
          nestedModel: 'OrderPosition',
          propertyMappings: [
            { externalField: 'number', source: { field: 'position_number' } },
            { externalField: 'product', source: { field: 'product' } },
            { externalField: 'price', source: { field: 'ticket_price' } },
            { externalField: 'status', source: { field: 'ticket_status' }, valueMap: saleStateMap },
            { externalField: 'attendee_name', source: { field: 'attendee_name' } },
            { externalField: 'attendee_email', source: { field: 'attendee_email' } },
          ],
        },
      },
    ],
  },
])

// What a new connection proposes: everybody with a paid ticket is on the list, and leaves it when the ticket is canceled.
import { mappingDocumentSchema } from '../../core/sdk/index.ts'

export const defaultMappings = mappingDocumentSchema.parse([
  {
    key: 'attendee',
    sourceModel: 'OrderPosition',
    externalObjectType: 'subscriber',
    when: { field: 'ticket_status', oneOf: ['p'] },
    whenNoLonger: 'delete',
    sourceIdField: 'attendee_email',
    externalIdField: 'email',
    propertyMappings: [{ externalField: 'display_name', source: { field: 'attendee_name' } }],
  },
  {
    key: 'buyer',
    // Whoever buys tickets for others may not want the list: switched on by hand.
    isEnabled: false,
    sourceModel: 'Order',
    externalObjectType: 'subscriber',
    when: { field: 'order_status', oneOf: ['p'] },
    whenNoLonger: 'delete',
    sourceIdField: 'email',
    externalIdField: 'email',
    // Their own ticket knows the name better.
    propertyMappings: [
      { externalField: 'display_name', source: { field: 'invoice_address_name' }, updateMode: 'if_empty' },
    ],
  },
])

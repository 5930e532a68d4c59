// Who comes. An add-on without data of its own is used by the person of its main position.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import { normalizeEmail } from './email-host.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedAddress, LoadedName, LoadedPosition } from './loaded-order.ts'
import { namePartFields } from './name-fields.ts'

const attendee = createFieldMaker<LoadedPosition>('position', fieldCategories.attendee)

function attendeeName({ attendeeName: own, addonTo }: LoadedPosition): LoadedName {
  return own.whole === null && addonTo ? addonTo.attendeeName : own
}

function attendeeEmail({ attendeeEmail: own, addonTo }: LoadedPosition): string | null {
  return own || (addonTo?.attendeeEmail ?? null)
}

function addressField(column: keyof LoadedAddress, label: string): SourceField {
  return attendee({
    key: `attendee_${column}`,
    label,
    type: column === 'country' ? 'country' : 'text',
    read: (position) => position[column] || (position.addonTo?.[column] ?? null),
  })
}

export const attendeeFields: readonly SourceField[] = [
  attendee({ key: 'attendee_name', label: 'Attendee name', read: (position) => attendeeName(position).whole }),
  ...namePartFields({
    keyPrefix: 'attendee_name',
    labelPrefix: 'Attendee',
    make: attendee,
    readName: attendeeName,
  }),
  attendee({
    key: 'attendee_email',
    label: 'Attendee e-mail',
    type: 'email',
    read: (position) => normalizeEmail(attendeeEmail(position)),
  }),
  attendee({
    key: 'attendee_or_order_email',
    label: 'Attendee e-mail, or else the e-mail of the order',
    type: 'email',
    read: (position) => normalizeEmail(attendeeEmail(position) || position.order.email),
  }),
  addressField('company', 'Attendee company'),
  addressField('street', 'Attendee street'),
  addressField('zipcode', 'Attendee postal code'),
  addressField('city', 'Attendee city'),
  addressField('state', 'Attendee state'),
  addressField('country', 'Attendee country'),
]

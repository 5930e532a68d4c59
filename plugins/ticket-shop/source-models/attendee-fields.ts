// Who comes. An add-on without data of its own is used by the person of its main position.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import { fullName, type NameParts, type NameSchemeKey } from '../name-scheme.ts'
import { normalizeEmail } from './email-host.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedAddress, LoadedPosition } from './loaded-order.ts'
import { namePartFields } from './name-fields.ts'

const attendee = createFieldMaker<LoadedPosition>('position', fieldCategories.attendee)

export function attendeeFields(schemes: readonly NameSchemeKey[]): SourceField[] {
  return [
    attendee({ key: 'attendee_name', label: 'Attendee name', read: (position) => fullName(attendeeName(position)) }),
    ...namePartFields({
      keyPrefix: 'attendee_name',
      labelPrefix: 'Attendee',
      schemes,
      make: attendee,
      readName: attendeeName,
    }),
    ...contactFields,
  ]
}

const contactFields = [
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

function attendeeName(position: LoadedPosition): NameParts | null {
  if (fullName(position.attendeeNameParts) !== null) return position.attendeeNameParts
  return position.addonTo?.attendeeNameParts ?? position.attendeeNameParts
}

function attendeeEmail(position: LoadedPosition): string | null {
  return position.attendeeEmail || (position.addonTo?.attendeeEmail ?? null)
}

function addressField(column: keyof LoadedAddress, label: string): SourceField {
  return attendee({
    key: `attendee_${column}`,
    label,
    type: column === 'country' ? 'country' : 'text',
    read: (position) => position[column] || (position.addonTo?.[column] ?? null),
  })
}

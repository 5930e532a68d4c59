// The event, and for a position of a sub-event that one's name and dates.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedDate, LoadedEvent } from './loaded-order.ts'

const held = createFieldMaker<LoadedEvent>('event', fieldCategories.event)

export const eventFields = [
  held({ key: 'event_slug', label: 'Event short name', read: (event) => event.slug }),
  held({ key: 'event_name', label: 'Event name', read: (event) => event.name }),
  held({ key: 'event_currency', label: 'Event currency', read: (event) => event.currency }),
]

/** In a position's fields the dates are those of its sub-event, if it is for one; in an order's those of the event. */
export function dateFields(input: 'event_or_subevent' | 'event'): SourceField[] {
  const isPosition = input === 'event_or_subevent'
  const dated = createFieldMaker<LoadedDate>(input, isPosition ? fieldCategories.eventOrDate : fieldCategories.event)
  const fields = [
    dated({
      key: 'event_date_from',
      label: 'Begin of the event',
      type: 'datetime',
      read: ({ dateFrom, timezone }) => dateFrom && isoInZone(dateFrom, timezone),
    }),
    dated({
      key: 'event_date_to',
      label: 'End of the event',
      type: 'datetime',
      read: ({ dateTo, timezone }) => dateTo && isoInZone(dateTo, timezone),
    }),
  ]
  if (isPosition)
    fields.unshift(dated({ key: 'event_or_date_name', label: 'Name of the date', read: ({ name }) => name }))
  return fields
}

// The event, and for a position of an event series the name and dates of its own date.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import type { EventFacts } from '../event-reader.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedDate } from './loaded-order.ts'

const held = createFieldMaker<EventFacts>('event', fieldCategories.event)

export const eventFields: readonly SourceField[] = [
  held({ key: 'event_slug', label: 'Event short name', read: (event) => event.slug }),
  held({ key: 'event_name', label: 'Event name', read: (event) => event.name }),
  held({ key: 'event_currency', label: 'Event currency', read: (event) => event.currency }),
]

/** In a position's fields the dates are those of its own date, if it is for one; in an order's those of the event. */
export function dateFields(input: 'event_or_subevent' | 'event'): SourceField[] {
  const isPosition = input === 'event_or_subevent'
  const dated = createFieldMaker<LoadedDate>(input, isPosition ? fieldCategories.eventOrDate : fieldCategories.event)
  const name = dated({ key: 'event_or_date_name', label: 'Name of the date', read: (date) => date.name })
  const bounds = [
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
  return isPosition ? [name, ...bounds] : bounds
}

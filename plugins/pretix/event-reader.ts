// What belongs to an event and not to one order: its zone, its products, questions, check-in lists and vouchers. Read once
// and kept for a short while, so that a batch of orders does not read it again for every one of them.
import type { z } from '../../core/sdk/index.ts'
import type { PretixClient } from './client.ts'
import { type EventReference, eventPath } from './order-reference.ts'
import { isNotFound } from './pretix-errors.ts'
import {
  categorySchema,
  checkInListSchema,
  eventSchema,
  itemSchema,
  organizerSchema,
  questionSchema,
  subEventSchema,
  voucherSchema,
} from './pretix-records.ts'
import { inLanguage, languagesOf, type Translated } from './translated.ts'

export interface EventFacts {
  slug: string
  organizer: string
  name: string
  currency: string
  timezone: string
  dateFrom: string | null
  dateTo: string | null
  /** In which the event has a name. */
  locales: readonly string[]
}

export interface SubEventFacts {
  name: string
  dateFrom: string | null
  dateTo: string | null
}

export interface ItemFacts {
  id: number
  name: string
  isAdmission: boolean
  categoryName: string | null
  variations: ReadonlyMap<number, string>
}

export interface QuestionFacts {
  identifier: string
  text: string
  /** pretix's own letters. */
  type: string
  options: readonly { key: string; label: string }[]
}

export interface CheckInListFacts {
  id: string
  name: string
  eventSlug: string
}

/** A voucher that the token may not read says so where its code is asked for. */
export type VoucherFacts = { code: string | null } | { problem: string }

export interface EventReader {
  organizers(): Promise<readonly string[]>
  /** Those that begin last come first. */
  newestEvents(organizer: string, count: number): Promise<readonly EventFacts[]>
  event(reference: EventReference): Promise<EventFacts>
  /** By id; read anew when one of those wanted is not known yet. */
  items(reference: EventReference, wanted: readonly number[]): Promise<ReadonlyMap<number, ItemFacts>>
  questions(reference: EventReference): Promise<readonly QuestionFacts[]>
  checkInLists(reference: EventReference): Promise<readonly CheckInListFacts[]>
  /** Null when it is gone. */
  subEvent(reference: EventReference, id: number): Promise<SubEventFacts | null>
  voucher(reference: EventReference, id: number): Promise<VoucherFacts>
}

const keptMs = 30_000

export function createEventReader({
  client,
  locale,
  now = () => performance.now(),
}: {
  client: PretixClient
  locale: string
  now?: () => number
}): EventReader {
  const kept = new Map<string, { readAt: number; value: Promise<unknown> }>()
  const say = (text: Translated): string => inLanguage(text, locale)

  function remember<T>(key: string, read: () => Promise<T>): Promise<T> {
    const oldest = now() - keptMs
    for (const [name, { readAt }] of kept) if (readAt < oldest) kept.delete(name)
    const known = kept.get(key)
    // Under one key stands always what the same reader of this file has read.
    if (known) return known.value as Promise<T>
    const value = read()
    kept.set(key, { readAt: now(), value })
    // What failed is asked again by the next one.
    value.catch(() => kept.get(key)?.value === value && kept.delete(key))
    return value
  }

  function list<Schema extends z.ZodType>(reference: EventReference, name: string, schema: Schema) {
    const what = `The list of ${name} of ${reference.organizer}/${reference.event}`
    return client.readAll({ what, path: `${eventPath(reference)}${name}/`, schema })
  }

  async function readItems(reference: EventReference): Promise<ReadonlyMap<number, ItemFacts>> {
    const [items, categories] = await Promise.all([
      list(reference, 'items', itemSchema),
      list(reference, 'categories', categorySchema),
    ])
    const categoryNames = new Map(categories.map(({ id, name }) => [id, say(name)]))
    return new Map(
      items.map(({ id, name, admission, category, variations }) => [
        id,
        {
          id,
          name: say(name),
          isAdmission: admission,
          categoryName: category === null ? null : (categoryNames.get(category) ?? null),
          variations: new Map(variations.flatMap((one) => (one.id == null ? [] : [[one.id, say(one.value)]]))),
        },
      ]),
    )
  }

  async function readVoucher(reference: EventReference, id: number): Promise<VoucherFacts> {
    const what = `The voucher ${id} of ${reference.organizer}/${reference.event}`
    try {
      const found = await client.find({ what, path: `${eventPath(reference)}vouchers/${id}/`, schema: voucherSchema })
      return { code: found?.code ?? null }
    } catch (error) {
      if (!isNotFound(error)) throw error
      return { problem: `${what} is not shown to the API token. Give its team the permission "Can view vouchers".` }
    }
  }

  return Object.freeze({
    organizers: () =>
      remember('organizers', async () => {
        const found = await client.readAll({ what: 'The organizers', path: 'organizers/', schema: organizerSchema })
        return found.map(({ slug }) => slug).sort()
      }),

    newestEvents: (organizer, count) =>
      remember(`${organizer} ${count}`, async () => {
        const path = `organizers/${organizer}/events/`
        const found = await client.readAll({ what: `The events of ${organizer}`, path, schema: eventSchema })
        return found
          .map((event) => toEventFacts(event, organizer, say))
          .sort((left, right) => ((left.dateFrom ?? '') < (right.dateFrom ?? '') ? 1 : -1))
          .slice(0, count)
      }),

    event: (reference) =>
      remember(`${keyOf(reference)} event`, async () => {
        const what = `The event ${keyOf(reference)}`
        const event = await client.read({ what, path: eventPath(reference), schema: eventSchema })
        return toEventFacts(event, reference.organizer, say)
      }),

    async items(reference, wanted) {
      const key = `${keyOf(reference)} items`
      const known = await remember(key, () => readItems(reference))
      if (wanted.every((id) => known.has(id))) return known
      kept.delete(key)
      return remember(key, () => readItems(reference))
    },

    questions: (reference) =>
      remember(`${keyOf(reference)} questions`, async () => {
        const found = await list(reference, 'questions', questionSchema)
        return found.map(({ identifier, question, type, options }) => ({
          identifier,
          text: say(question),
          type,
          options: options.map((option) => ({ key: option.identifier, label: say(option.answer) })),
        }))
      }),

    checkInLists: (reference) =>
      remember(`${keyOf(reference)} lists`, async () => {
        const found = await list(reference, 'checkinlists', checkInListSchema)
        return found.map(({ id, name }) => ({ id: String(id), name, eventSlug: reference.event }))
      }),

    subEvent: (reference, id) =>
      remember(`${keyOf(reference)} date ${id}`, async () => {
        const what = `The date ${id} of ${keyOf(reference)}`
        const path = `${eventPath(reference)}subevents/${id}/`
        const found = await client.find({ what, path, schema: subEventSchema })
        return found && { name: say(found.name), dateFrom: found.date_from, dateTo: found.date_to }
      }),

    voucher: (reference, id) => remember(`${keyOf(reference)} voucher ${id}`, () => readVoucher(reference, id)),
  } satisfies EventReader)
}

function keyOf({ organizer, event }: EventReference): string {
  return `${organizer}/${event}`
}

function toEventFacts(
  event: z.output<typeof eventSchema>,
  organizer: string,
  say: (text: Translated) => string,
): EventFacts {
  return {
    slug: event.slug,
    organizer,
    name: say(event.name),
    currency: event.currency,
    timezone: event.timezone,
    dateFrom: event.date_from,
    dateTo: event.date_to,
    locales: languagesOf(event.name),
  }
}

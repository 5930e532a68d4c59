// Copies an event: its settings, dates, items, questions and check-in lists, without orders, vouchers and customers; and says
// so on a signal, on which the event's connections are begun for the copy. The answer says which id became which.
import type { EntityManager } from '@mikro-orm/postgresql'
import { fromMikroOrm, z } from '../../core/sdk/index.ts'
import { CheckInList } from './entities/check-in-list.entity.ts'
import { Event } from './entities/event.entity.ts'
import { Item } from './entities/item.entity.ts'
import { ItemCategory } from './entities/item-category.entity.ts'
import { ItemVariation } from './entities/item-variation.entity.ts'
import { Question } from './entities/question.entity.ts'
import { QuestionOption } from './entities/question-option.entity.ts'
import { SubEvent } from './entities/sub-event.entity.ts'
import { slugSchema } from './event-setup-input.ts'
import { findEvent } from './find-event.ts'
import { eventReferenceSchema, instantSchema } from './order-input.ts'
import { eventScope } from './scope-path.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const copySchema = z.strictObject({
  event: eventReferenceSchema,
  /** The copy's short name. */
  slug: slugSchema,
  /** @default the name of the original */
  name: z.string().trim().min(1).optional(),
  /** The copy's begin; its end and its sub-events move by as much. @default the dates of the original */
  dateFrom: instantSchema.optional(),
})

/** New ids by old ids. */
export type IdTranslation = Readonly<Record<string, string>>

export interface EventCopy {
  reference: string
  eventId: string
  ids: {
    subEvents: IdTranslation
    categories: IdTranslation
    items: IdTranslation
    variations: IdTranslation
    questions: IdTranslation
    options: IdTranslation
    checkInLists: IdTranslation
  }
}

export async function copyEvent(shop: Shop, input: z.input<typeof copySchema>): Promise<EventCopy> {
  const { event: reference, slug, name, dateFrom } = parseInput(copySchema, input, 'copy an event')
  return shop.database.openEntityManager().transactional(async (em) => {
    const original = await findEvent(em, reference)
    const { organizer } = original
    if (await em.findOne(Event, { organizer, slug })) {
      throw new ShopError(`The organizer ${organizer.slug} has an event "${slug}" already.`)
    }
    const shiftMs = dateFrom && original.dateFrom ? dateFrom.getTime() - original.dateFrom.getTime() : 0
    const { currency, timezone, locales, nameScheme, publicUrl } = original
    const event = em.create(Event, {
      ...{ organizer, slug, name: name ?? original.name, currency, timezone, locales, nameScheme, publicUrl },
      dateFrom: dateFrom ?? original.dateFrom,
      dateTo: shiftDate(original.dateTo, shiftMs),
    })
    const copies = await copyBelongings(em, { original, event, shiftMs })
    await em.flush()
    await shop.signals.scope_copied.promise({
      from: eventScope(organizer.slug, original.slug),
      to: eventScope(organizer.slug, slug),
      transaction: fromMikroOrm(em),
    })
    const ids = Object.fromEntries(
      Object.entries(copies).map(([kind, pairs]) => [
        kind,
        Object.fromEntries([...pairs].map(([old, copy]) => [old.id, copy.id])),
      ]),
    )
    // The same keys as in copyBelongings.
    return { reference: `${organizer.slug}/${slug}`, eventId: event.id, ids: ids as EventCopy['ids'] }
  })
}

/** Every copy by its original. */
async function copyBelongings(
  em: EntityManager,
  { original, event, shiftMs }: { original: Event; event: Event; shiftMs: number },
) {
  const of = { event: original }
  const subEvents = mapToCopies(await em.find(SubEvent, of), ({ slug, name, dateFrom, dateTo }) =>
    em.create(SubEvent, {
      ...{ event, slug, name },
      dateFrom: new Date(dateFrom.getTime() + shiftMs),
      dateTo: shiftDate(dateTo, shiftMs),
    }),
  )
  const categories = mapToCopies(await em.find(ItemCategory, of), ({ identifier, name, description, sortIndex }) =>
    em.create(ItemCategory, { event, identifier, name, description, sortIndex }),
  )
  const items = mapToCopies(await em.find(Item, of), (item) => {
    const { identifier, name, defaultPrice, isAdmission, isActive, sortIndex } = item
    const { category, supplier, quantityPerUnit, unitsInStock } = item
    return em.create(Item, {
      ...{ event, identifier, name, defaultPrice, isAdmission, isActive, sortIndex },
      ...{ category: category && copyOf(categories, category), supplier, quantityPerUnit, unitsInStock },
    })
  })
  const variations = mapToCopies(
    await em.find(ItemVariation, { item: of }),
    ({ item, identifier, name, price, isActive, sortIndex }) =>
      em.create(ItemVariation, { item: copyOf(items, item), identifier, name, price, isActive, sortIndex }),
  )
  const questions = mapToCopies(await em.find(Question, of), ({ identifier, text, type, sortIndex }) =>
    em.create(Question, { event, identifier, text, type, sortIndex }),
  )
  const options = mapToCopies(
    await em.find(QuestionOption, { question: of }),
    ({ question, identifier, answer, sortIndex }) =>
      em.create(QuestionOption, { question: copyOf(questions, question), identifier, answer, sortIndex }),
  )
  const checkInLists = mapToCopies(await em.find(CheckInList, of), ({ name, subEvent }) =>
    em.create(CheckInList, { event, name, subEvent: subEvent && copyOf(subEvents, subEvent) }),
  )
  return { subEvents, categories, items, variations, questions, options, checkInLists }
}

function mapToCopies<T>(originals: readonly T[], copy: (original: T) => T): Map<T, T> {
  return new Map(originals.map((original) => [original, copy(original)]))
}

function copyOf<T>(copies: ReadonlyMap<T, T>, original: T): T {
  const copy = copies.get(original)
  if (copy === undefined) throw new TypeError('What belongs to an event refers only to what belongs to the same event')
  return copy
}

function shiftDate(date: Date | null | undefined, shiftMs: number): Date | null {
  return date ? new Date(date.getTime() + shiftMs) : null
}

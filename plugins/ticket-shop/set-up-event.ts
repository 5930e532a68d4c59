// Brings an event to its description. Told twice it changes nothing, so that a demo or an import can begin with it every
// time; what the description does not name stays as it is.
import type { EntityManager } from '@mikro-orm/postgresql'
import { CheckInList } from './entities/check-in-list.entity.ts'
import { Event } from './entities/event.entity.ts'
import { Item } from './entities/item.entity.ts'
import { ItemCategory } from './entities/item-category.entity.ts'
import { ItemVariation } from './entities/item-variation.entity.ts'
import { Organizer } from './entities/organizer.entity.ts'
import { Question } from './entities/question.entity.ts'
import { QuestionOption } from './entities/question-option.entity.ts'
import { SubEvent } from './entities/sub-event.entity.ts'
import { Voucher } from './entities/voucher.entity.ts'
import { requireNamed } from './event-catalogue.ts'
import { type EventSetup, eventSetupSchema, type ParsedEventSetup } from './event-setup-input.ts'
import type { ShopDatabase } from './shop-database.ts'
import { parseInput } from './shop-error.ts'

/** Resolves to the event's reference (`acme/conf26`) and id. */
export async function setUpEvent(
  database: ShopDatabase,
  setup: EventSetup,
): Promise<{ reference: string; eventId: string }> {
  const parsed = parseInput(eventSetupSchema, setup, 'set up an event')
  return database.openEntityManager().transactional(async (em) => {
    const organizer = await em.upsert(Organizer, parsed.organizer, { onConflictFields: ['slug'] })
    const { slug, name, currency, timezone, locales, nameScheme, dateFrom, dateTo, publicUrl } = parsed
    const event = await em.upsert(
      Event,
      {
        organizer: organizer.id,
        slug,
        name,
        currency,
        timezone,
        locales,
        nameScheme,
        dateFrom: dateFrom ?? null,
        dateTo: dateTo ?? null,
        publicUrl: publicUrl?.replace(/\/+$/, '') ?? null,
      },
      { onConflictFields: ['organizer', 'slug'] },
    )
    const subEvents = await setUpSubEvents(em, event, parsed)
    const items = await setUpItems(em, event, parsed)
    await setUpQuestions(em, event, parsed)
    await setUpCheckInLists(em, event, { parsed, subEvents })
    await setUpVouchers(em, event, { parsed, items })
    return { reference: `${organizer.slug}/${slug}`, eventId: event.id }
  })
}

async function setUpSubEvents(
  em: EntityManager,
  event: Event,
  { subEvents }: ParsedEventSetup,
): Promise<Map<string, SubEvent>> {
  if (subEvents.length === 0) return new Map()
  const rows = subEvents.map(({ dateTo, ...subEvent }) => ({ event: event.id, ...subEvent, dateTo: dateTo ?? null }))
  const saved = await em.upsertMany(SubEvent, rows, { onConflictFields: ['event', 'slug'] })
  return new Map(saved.map((subEvent) => [subEvent.slug, subEvent]))
}

async function setUpItems(em: EntityManager, event: Event, parsed: ParsedEventSetup): Promise<Map<string, Item>> {
  const categories = new Map<string, ItemCategory>()
  if (parsed.categories.length > 0) {
    const rows = parsed.categories.map(({ description, ...category }, sortIndex) => ({
      event: event.id,
      ...category,
      description: description ?? null,
      sortIndex,
    }))
    const saved = await em.upsertMany(ItemCategory, rows, { onConflictFields: ['event', 'identifier'] })
    for (const category of saved) categories.set(category.identifier, category)
  }
  if (parsed.items.length === 0) return new Map()
  const rows = parsed.items.map(
    ({ category, variations, supplier, quantityPerUnit, unitsInStock, ...item }, index) => ({
      event: event.id,
      ...item,
      category: category === undefined ? null : requireNamed(categories, category, 'category').id,
      supplier: supplier ?? null,
      quantityPerUnit: quantityPerUnit ?? null,
      unitsInStock: unitsInStock ?? null,
      sortIndex: index,
    }),
  )
  const saved = await em.upsertMany(Item, rows, { onConflictFields: ['event', 'identifier'] })
  const items = new Map(saved.map((item) => [item.identifier, item]))
  const variations = parsed.items.flatMap((item) =>
    item.variations.map(({ price, ...variation }, sortIndex) => ({
      item: requireNamed(items, item.identifier, 'item').id,
      ...variation,
      price: price ?? null,
      sortIndex,
    })),
  )
  if (variations.length > 0) {
    await em.upsertMany(ItemVariation, variations, { onConflictFields: ['item', 'identifier'] })
  }
  return items
}

async function setUpQuestions(em: EntityManager, event: Event, { questions }: ParsedEventSetup): Promise<void> {
  if (questions.length === 0) return
  const rows = questions.map(({ options, ...question }, sortIndex) => ({ event: event.id, ...question, sortIndex }))
  const saved = await em.upsertMany(Question, rows, { onConflictFields: ['event', 'identifier'] })
  const byIdentifier = new Map(saved.map((question) => [question.identifier, question]))
  const options = questions.flatMap((question) =>
    question.options.map((option, sortIndex) => ({
      question: requireNamed(byIdentifier, question.identifier, 'question').id,
      ...option,
      sortIndex,
    })),
  )
  if (options.length > 0) await em.upsertMany(QuestionOption, options, { onConflictFields: ['question', 'identifier'] })
}

async function setUpCheckInLists(
  em: EntityManager,
  event: Event,
  { parsed, subEvents }: { parsed: ParsedEventSetup; subEvents: ReadonlyMap<string, SubEvent> },
): Promise<void> {
  if (parsed.checkInLists.length === 0) return
  const rows = parsed.checkInLists.map(({ name, subEvent }) => ({
    event: event.id,
    name,
    subEvent: subEvent === undefined ? null : requireNamed(subEvents, subEvent, 'sub-event').id,
  }))
  await em.upsertMany(CheckInList, rows, { onConflictFields: ['event', 'name'] })
}

async function setUpVouchers(
  em: EntityManager,
  event: Event,
  { parsed, items }: { parsed: ParsedEventSetup; items: ReadonlyMap<string, Item> },
): Promise<void> {
  if (parsed.vouchers.length === 0) return
  const rows = parsed.vouchers.map(({ item, price, validUntil, ...voucher }) => ({
    event: event.id,
    ...voucher,
    item: item === undefined ? null : requireNamed(items, item, 'item').id,
    price: price ?? null,
    validUntil: validUntil ?? null,
  }))
  await em.upsertMany(Voucher, rows, { onConflictFields: ['event', 'code'] })
}

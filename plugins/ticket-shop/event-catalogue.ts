// What the positions of an order refer to, loaded with a fixed number of queries however many there are: items with their
// variations, sub-events, vouchers, questions with their options.
import { LockMode } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Event } from './entities/event.entity.ts'
import { Item } from './entities/item.entity.ts'
import { ItemVariation } from './entities/item-variation.entity.ts'
import { Question } from './entities/question.entity.ts'
import { QuestionOption } from './entities/question-option.entity.ts'
import { SubEvent } from './entities/sub-event.entity.ts'
import { Voucher } from './entities/voucher.entity.ts'
import type { PositionInput } from './order-input.ts'
import type { AskedQuestion } from './parse-answer.ts'
import { ShopError } from './shop-error.ts'

export interface EventCatalogue {
  items: ReadonlyMap<string, Item>
  /** By item id and identifier of the variation, joined by a slash. */
  variations: ReadonlyMap<string, ItemVariation>
  subEvents: ReadonlyMap<string, SubEvent>
  vouchers: ReadonlyMap<string, Voucher>
  questions: ReadonlyMap<string, AskedQuestion>
}

type References = Pick<PositionInput, 'item' | 'variation' | 'subEvent' | 'voucher' | 'answers'>

export async function loadEventCatalogue(
  em: EntityManager,
  event: Event,
  positions: readonly References[],
): Promise<EventCatalogue> {
  const named = (pick: (position: References) => string | undefined): string[] => [
    ...new Set(positions.map(pick).filter((name) => name !== undefined)),
  ]
  const items = await em.find(Item, { event, identifier: { $in: named((position) => position.item) } })
  const variationNames = named((position) => position.variation)
  const variations = variationNames.length
    ? await em.find(ItemVariation, { item: { event }, identifier: { $in: variationNames } })
    : []
  const subEventNames = named((position) => position.subEvent)
  const subEvents = subEventNames.length ? await em.find(SubEvent, { event, slug: { $in: subEventNames } }) : []
  const codes = named((position) => position.voucher)
  // Locked in one order, because a voucher may be redeemed by several orders at once.
  const vouchers = codes.length
    ? await em.find(
        Voucher,
        { event, code: { $in: codes } },
        { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
      )
    : []
  const hasAnswers = positions.some((position) => Object.keys(position.answers ?? {}).length > 0)
  return {
    items: new Map(items.map((item) => [item.identifier, item])),
    variations: new Map(variations.map((variation) => [`${variation.item.id}/${variation.identifier}`, variation])),
    subEvents: new Map(subEvents.map((subEvent) => [subEvent.slug, subEvent])),
    vouchers: new Map(vouchers.map((voucher) => [voucher.code, voucher])),
    questions: hasAnswers ? await loadQuestions(em, event) : new Map(),
  }
}

export async function loadQuestions(em: EntityManager, event: Event): Promise<Map<string, AskedQuestion>> {
  const questions = await em.find(Question, { event })
  const options = await em.find(QuestionOption, { question: { event } }, { orderBy: { sortIndex: 'asc', id: 'asc' } })
  return new Map(
    questions.map(({ id, identifier, type }) => [
      identifier,
      { id, identifier, type, options: options.filter((option) => option.question.id === id) },
    ]),
  )
}

/** The named thing, or a refusal that says what was named where. */
export function requireNamed<T>(things: ReadonlyMap<string, T>, name: string, what: string): T {
  const thing = things.get(name)
  if (thing === undefined) throw new ShopError(`This event has no ${what} "${name}".`)
  return thing
}

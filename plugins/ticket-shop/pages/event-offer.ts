// What an event offers and asks, as the forms need it.
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Event } from '../entities/event.entity.ts'
import { Item } from '../entities/item.entity.ts'
import { ItemVariation } from '../entities/item-variation.entity.ts'
import { Question, type QuestionType } from '../entities/question.entity.ts'
import { QuestionOption } from '../entities/question-option.entity.ts'
import { SubEvent } from '../entities/sub-event.entity.ts'

/** An item, or one variation of it. */
export interface OfferedProduct {
  /** How a form names it. */
  key: string
  label: string
  category: string
  unitPrice: string
  /** It is for a person, who has a name. */
  isAdmission: boolean
  item: string
  variation: string | undefined
}

export interface OfferedQuestion {
  id: string
  identifier: string
  text: string
  type: QuestionType
  options: readonly { id: string; identifier: string; answer: string }[]
}

export interface EventOffer {
  products: readonly OfferedProduct[]
  subEvents: readonly Pick<SubEvent, 'slug' | 'name' | 'dateFrom'>[]
  questions: readonly OfferedQuestion[]
}

export async function loadEventOffer(em: EntityManager, event: Event): Promise<EventOffer> {
  const items = await em.find(
    Item,
    { event, isActive: true },
    { populate: ['category'], orderBy: [{ category: { sortIndex: 'asc' } }, { sortIndex: 'asc' }, { id: 'asc' }] },
  )
  const variations = await em.find(
    ItemVariation,
    { item: { event, isActive: true } },
    { orderBy: { sortIndex: 'asc', id: 'asc' } },
  )
  return {
    products: items.flatMap((item) =>
      toProducts(
        item,
        variations.filter((variation) => variation.item.id === item.id),
      ),
    ),
    subEvents: await em.find(SubEvent, { event }, { orderBy: { dateFrom: 'asc', id: 'asc' } }),
    questions: await loadOfferedQuestions(em, event),
  }
}

export async function loadOfferedQuestions(em: EntityManager, event: Event): Promise<OfferedQuestion[]> {
  const questions = await em.find(Question, { event }, { orderBy: { sortIndex: 'asc', id: 'asc' } })
  const options = await em.find(QuestionOption, { question: { event } }, { orderBy: { sortIndex: 'asc', id: 'asc' } })
  return questions.map(({ id, identifier, text, type }) => ({
    id,
    identifier,
    text,
    type,
    options: options.filter((option) => option.question.id === id),
  }))
}

// An item with variations is sold as one of them. One whose variations are all off sale is not sold.
function toProducts(item: Item, variations: readonly ItemVariation[]): OfferedProduct[] {
  const common = { category: item.category?.name ?? '', isAdmission: item.isAdmission, item: item.identifier }
  if (variations.length === 0) {
    return [{ ...common, key: item.id, label: item.name, unitPrice: item.defaultPrice, variation: undefined }]
  }
  return variations
    .filter(({ isActive }) => isActive)
    .map((variation) => ({
      ...common,
      key: `${item.id}-${variation.id}`,
      label: `${item.name}, ${variation.name}`,
      unitPrice: variation.price ?? item.defaultPrice,
      variation: variation.identifier,
    }))
}

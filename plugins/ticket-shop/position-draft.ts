// One position on its way into the database: its input with every name resolved, its price decided, its answers parsed.

import type { Voucher } from './entities/voucher.entity.ts'
import type { EventCatalogue } from './event-catalogue.ts'
import { requireNamed } from './event-catalogue.ts'
import { multiplyMoney } from './money.ts'
import { type NameParts, type NameSchemeKey, toNameParts } from './name-scheme.ts'
import { newSecret } from './order-code.ts'
import type { PositionInput } from './order-input.ts'
import { type ParsedAnswer, parseAnswer } from './parse-answer.ts'
import { ShopError } from './shop-error.ts'

export interface AnswerDraft extends ParsedAnswer {
  questionId: string
}

export interface PositionDraft {
  positionid: number
  addonTo: number | null
  /** The columns of order_position, beside order and addon_to. */
  columns: ReturnType<typeof draftColumns>
  answers: readonly AnswerDraft[]
}

export interface DraftRules {
  catalogue: EventCatalogue
  nameScheme: NameSchemeKey
  now: Date
  /** Accept items and variations that are no longer on sale. */
  isImport: boolean
}

/**
 * Drafts the positions of one order and redeems their vouchers.
 * @param taken positions that the order has already: their numbers are not given again, and add-ons may belong to them
 */
export function draftPositions(
  inputs: readonly PositionInput[],
  rules: DraftRules,
  taken: readonly { positionid: number; canHaveAddons: boolean }[] = [],
): PositionDraft[] {
  const numbers = new Set(taken.map((position) => position.positionid))
  const mains = new Set(taken.filter((position) => position.canHaveAddons).map((position) => position.positionid))
  for (const { positionid } of inputs) {
    if (positionid === undefined) continue
    if (numbers.has(positionid)) throw new ShopError(`The order has two positions with the number ${positionid}.`)
    numbers.add(positionid)
  }
  let next = 1
  const drafts = inputs.map((input): PositionDraft => {
    while (input.positionid === undefined && numbers.has(next)) next += 1
    const positionid = input.positionid ?? next
    numbers.add(positionid)
    if (input.addonTo === undefined) mains.add(positionid)
    return {
      positionid,
      addonTo: input.addonTo ?? null,
      columns: draftColumns(input, rules),
      answers: draftAnswers(input.answers ?? {}, rules.catalogue),
    }
  })
  for (const { positionid, addonTo } of drafts) {
    if (addonTo === null || (mains.has(addonTo) && addonTo !== positionid)) continue
    throw new ShopError(
      `Position ${positionid} cannot be an add-on of ${addonTo}: the order has no such main position.`,
    )
  }
  return drafts
}

function draftAnswers(answers: NonNullable<PositionInput['answers']>, catalogue: EventCatalogue): AnswerDraft[] {
  return Object.entries(answers).flatMap(([identifier, value]) => {
    if (value === null) return []
    const question = requireNamed(catalogue.questions, identifier, 'question')
    return [{ questionId: question.id, ...parseAnswer(question, value) }]
  })
}

/** What is sold, and for how much a unit when no price is agreed. */
export function resolveProduct(
  input: Pick<PositionInput, 'item' | 'variation'>,
  { catalogue, isImport }: Pick<DraftRules, 'catalogue' | 'isImport'>,
): { itemId: string; variationId: string | null; unitPrice: string } {
  const item = requireNamed(catalogue.items, input.item, 'item')
  const variation = input.variation === undefined ? null : catalogue.variations.get(`${item.id}/${input.variation}`)
  if (variation === undefined) throw new ShopError(`The item "${input.item}" has no variation "${input.variation}".`)
  if (!isImport && (!item.isActive || variation?.isActive === false)) {
    throw new ShopError(`The item "${input.item}" is not on sale.`)
  }
  return { itemId: item.id, variationId: variation?.id ?? null, unitPrice: variation?.price ?? item.defaultPrice }
}

function draftColumns(input: PositionInput, rules: DraftRules) {
  const product = resolveProduct(input, rules)
  const voucher = input.voucher === undefined ? null : requireNamed(rules.catalogue.vouchers, input.voucher, 'voucher')
  if (voucher) redeemVoucher(voucher, { itemId: product.itemId, now: rules.now })
  const attendeeNameParts: NameParts | null = input.attendeeName
    ? toNameParts(input.attendeeName, rules.nameScheme)
    : null
  return {
    item: product.itemId,
    variation: product.variationId,
    subEvent:
      input.subEvent === undefined ? null : requireNamed(rules.catalogue.subEvents, input.subEvent, 'sub-event').id,
    quantity: input.quantity,
    price: input.price ?? multiplyMoney(voucher?.price ?? product.unitPrice, input.quantity),
    attendeeNameParts,
    attendeeEmail: input.attendeeEmail ?? null,
    company: input.company ?? null,
    street: input.street ?? null,
    zipcode: input.zipcode ?? null,
    city: input.city ?? null,
    state: input.state ?? null,
    country: input.country ?? null,
    voucher: voucher?.id ?? null,
    secret: newSecret(),
    webSecret: newSecret(),
  }
}

/** Counts one more use of a voucher. The row is locked, so two orders cannot both take the last one. */
export function redeemVoucher(voucher: Voucher, { itemId, now }: { itemId: string; now: Date }): void {
  if (voucher.item && voucher.item.id !== itemId) {
    throw new ShopError(`The voucher "${voucher.code}" is not good for this item.`)
  }
  if (voucher.validUntil && voucher.validUntil < now) {
    throw new ShopError(`The voucher "${voucher.code}" is no longer valid.`)
  }
  if (voucher.redeemedCount >= voucher.maxUsages) {
    throw new ShopError(`The voucher "${voucher.code}" is used up (${voucher.maxUsages} of ${voucher.maxUsages}).`)
  }
  voucher.redeemedCount += 1
}

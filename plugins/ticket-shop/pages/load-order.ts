// Everything that belongs to one order, for its page.
import type { EntityManager } from '@mikro-orm/postgresql'
import { Answer } from '../entities/answer.entity.ts'
import { AnswerOption } from '../entities/answer-option.entity.ts'
import { CheckIn } from '../entities/check-in.entity.ts'
import { CheckInList } from '../entities/check-in-list.entity.ts'
import type { Event } from '../entities/event.entity.ts'
import { InvoiceAddress } from '../entities/invoice-address.entity.ts'
import type { Order } from '../entities/order.entity.ts'
import { OrderPosition } from '../entities/order-position.entity.ts'
import { Payment } from '../entities/payment.entity.ts'

export interface OrderParts {
  /** In the order of their numbers, canceled ones included. */
  positions: readonly OrderPosition[]
  /** By position id, in the order the event asks. */
  answers: ReadonlyMap<string, readonly Answer[]>
  /** By position id, oldest first, annulled ones included. */
  checkIns: ReadonlyMap<string, readonly CheckIn[]>
  payments: readonly Payment[]
  invoiceAddress: InvoiceAddress | null
  checkInLists: readonly CheckInList[]
}

export async function loadOrderParts(
  em: EntityManager,
  { order, event }: { order: Order; event: Event },
): Promise<OrderParts> {
  const answers = await em.find(
    Answer,
    { position: { order } },
    { populate: ['question'], orderBy: [{ question: { sortIndex: 'asc' } }, { id: 'asc' }] },
  )
  const checkIns = await em.find(
    CheckIn,
    { position: { order } },
    { populate: ['list'], orderBy: { checkedInAt: 'asc', id: 'asc' } },
  )
  return {
    positions: await em.find(
      OrderPosition,
      { order },
      { populate: ['item', 'variation', 'subEvent', 'voucher'], orderBy: { positionid: 'asc' } },
    ),
    answers: Map.groupBy(answers, ({ position }) => position.id),
    checkIns: Map.groupBy(checkIns, ({ position }) => position.id),
    payments: await em.find(Payment, { order }, { orderBy: { id: 'asc' } }),
    invoiceAddress: await em.findOne(InvoiceAddress, { order }),
    checkInLists: await em.find(CheckInList, { event }, { orderBy: { id: 'asc' } }),
  }
}

/** What was answered for one position, by question id, with the ids of the options chosen. */
export async function loadPositionAnswers(
  em: EntityManager,
  position: OrderPosition,
): Promise<Map<string, { text: string; optionIds: string[] }>> {
  const answers = await em.find(Answer, { position })
  const chosen = await em.find(AnswerOption, { answer: { position } })
  return new Map(
    answers.map(({ id, question, text }) => [
      question.id,
      { text, optionIds: chosen.filter(({ answer }) => answer.id === id).map(({ option }) => option.id) },
    ]),
  )
}

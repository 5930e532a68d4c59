// Writes drafted positions with their answers, many rows a statement.
import type { EntityManager } from '@mikro-orm/postgresql'
import type { IdSupply } from './allocate-ids.ts'
import { Answer } from './entities/answer.entity.ts'
import { AnswerOption } from './entities/answer-option.entity.ts'
import { OrderPosition } from './entities/order-position.entity.ts'
import type { AnswerDraft, PositionDraft } from './position-draft.ts'

const rowsPerStatement = 500

export interface PositionInsert {
  orderId: string
  drafts: readonly PositionDraft[]
  /** Ids of main positions that the order has already, by positionid; add-ons may belong to them. */
  mainIds?: ReadonlyMap<number, string>
}

export async function insertPositions(
  em: EntityManager,
  inserts: readonly PositionInsert[],
  ids: { order_position: IdSupply; answer: IdSupply },
): Promise<void> {
  const numbered = inserts.map(({ orderId, drafts, mainIds }) => {
    const positions = drafts.map((draft) => ({ id: ids.order_position.take(), draft }))
    const idOf = new Map(mainIds)
    for (const { id, draft } of positions) idOf.set(draft.positionid, id)
    return { orderId, positions, idOf }
  })
  const rows = numbered.flatMap(({ orderId, positions, idOf }) =>
    positions.map(({ id, draft: { positionid, addonTo, columns } }) => ({
      id,
      order: orderId,
      positionid,
      addonTo: addonTo === null ? null : idOf.get(addonTo),
      ...columns,
    })),
  )
  await inChunks(rows, (chunk) => em.insertMany(OrderPosition, chunk))
  const answers = numbered.flatMap(({ positions }) =>
    positions.flatMap(({ id, draft }) => draft.answers.map((answer) => ({ positionId: id, answer }))),
  )
  await insertAnswers(em, answers, ids.answer)
}

export async function insertAnswers(
  em: EntityManager,
  answers: readonly { positionId: string; answer: AnswerDraft }[],
  ids: IdSupply,
): Promise<void> {
  const numbered = answers.map(({ positionId, answer }) => ({ id: ids.take(), positionId, answer }))
  const rows = numbered.map(({ id, positionId, answer }) => ({
    id,
    position: positionId,
    question: answer.questionId,
    text: answer.text,
  }))
  await inChunks(rows, (chunk) => em.insertMany(Answer, chunk))
  const options = numbered.flatMap(({ id, answer }) => answer.optionIds.map((option) => ({ answer: id, option })))
  await inChunks(options, (chunk) => em.insertMany(AnswerOption, chunk))
}

/** Writes rows in chunks, so that no statement grows without bound. */
export async function inChunks<Row>(rows: readonly Row[], write: (chunk: Row[]) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    await write(rows.slice(start, start + rowsPerStatement))
  }
}

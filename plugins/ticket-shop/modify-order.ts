// Changes what buyers and attendees told about themselves: contact data, names, addresses, answers. What was bought stays;
// that is change-order.ts.
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from '../../core/sdk/index.ts'
import { allocateIds } from './allocate-ids.ts'
import { Answer } from './entities/answer.entity.ts'
import { InvoiceAddress } from './entities/invoice-address.entity.ts'
import { OrderPosition } from './entities/order-position.entity.ts'
import { loadQuestions, requireNamed } from './event-catalogue.ts'
import { insertAnswers } from './insert-positions.ts'
import { toNameParts } from './name-scheme.ts'
import { invoiceAddressColumns, requireLocale } from './order-draft.ts'
import {
  addressShape,
  attendeeShape,
  emailSchema,
  invoiceAddressSchema,
  orderReferenceSchema,
  positionidSchema,
  requestShape,
} from './order-input.ts'
import type { OrderSummary } from './order-summary.ts'
import { parseAnswer } from './parse-answer.ts'
import { type OrderActionContext, runOrderAction } from './run-order-action.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const attendeeSchema = z.strictObject({ positionid: positionidSchema, ...attendeeShape })

const modifySchema = z
  .strictObject({
    order: orderReferenceSchema,
    email: emailSchema.nullable().optional(),
    phone: z.string().trim().min(1).max(100).nullable().optional(),
    locale: z.string().min(1).optional(),
    /** Replaces the whole address; null takes it away. */
    invoiceAddress: invoiceAddressSchema.nullable().optional(),
    positions: z.array(attendeeSchema).default([]),
    ...requestShape,
  })
  .refine(({ order: _order, actor: _actor, origin: _origin, positions, ...rest }) => {
    return positions.length > 0 || Object.values(rest).some((value) => value !== undefined)
  }, 'name at least one thing to modify')
type ModifyInput = z.output<typeof modifySchema>

/** What changed: a column of the order or of a position, or an answer; never the personal data itself. */
type Change = { field: string; positionid?: number } | { question: string; positionid: number }

export async function modifyOrder(shop: Shop, input: z.input<typeof modifySchema>): Promise<OrderSummary> {
  const parsed = parseInput(modifySchema, input, 'modify an order')
  const { order } = await runOrderAction(shop, parsed, {
    move: 'modify',
    signal: 'order_modified',
    async act(context) {
      const changes: Change[] = [
        ...modifyContact(parsed, context),
        ...(await modifyInvoiceAddress(parsed, context)),
        ...(await modifyAttendees(parsed.positions, context)),
      ]
      return { changes }
    },
  })
  return order
}

function modifyContact({ email, phone, locale }: ModifyInput, { order, event }: OrderActionContext): Change[] {
  const changes: Change[] = []
  if (email !== undefined) {
    order.email = email
    changes.push({ field: 'email' })
  }
  if (phone !== undefined) {
    order.phone = phone
    changes.push({ field: 'phone' })
  }
  if (locale !== undefined) {
    order.locale = requireLocale(event, locale)
    changes.push({ field: 'locale' })
  }
  return changes
}

async function modifyInvoiceAddress(
  { invoiceAddress }: ModifyInput,
  { em, order, event }: OrderActionContext,
): Promise<Change[]> {
  if (invoiceAddress === undefined) return []
  const present = await em.findOne(InvoiceAddress, { order })
  if (invoiceAddress === null) {
    if (present) em.remove(present)
  } else {
    const columns = invoiceAddressColumns(invoiceAddress, event.nameScheme)
    if (present) em.assign(present, columns)
    else em.create(InvoiceAddress, { order, ...columns })
  }
  return [{ field: 'invoice_address' }]
}

async function modifyAttendees(inputs: ModifyInput['positions'], context: OrderActionContext): Promise<Change[]> {
  const { em, order, event } = context
  if (inputs.length === 0) return []
  const positions = await em.find(OrderPosition, { order })
  const byNumber = new Map(positions.map((position) => [position.positionid, position]))
  const changes: Change[] = []
  for (const { positionid, attendeeName, attendeeEmail, answers, ...address } of inputs) {
    const position = byNumber.get(positionid)
    if (!position) throw new ShopError(`Order ${order.code} has no position ${positionid}.`)
    if (attendeeName !== undefined) {
      position.attendeeNameParts = attendeeName === null ? null : toNameParts(attendeeName, event.nameScheme)
      changes.push({ positionid, field: 'attendee_name' })
    }
    if (attendeeEmail !== undefined) {
      position.attendeeEmail = attendeeEmail
      changes.push({ positionid, field: 'attendee_email' })
    }
    for (const column of addressColumnNames) {
      const value = address[column]
      if (value === undefined) continue
      position[column] = value
      changes.push({ positionid, field: column })
    }
    if (answers) changes.push(...(await modifyAnswers({ em, event }, { position, answers })))
  }
  return changes
}

// Object.keys is typed as text; these are the keys of the object itself.
const addressColumnNames = Object.keys(addressShape) as (keyof typeof addressShape)[]

async function modifyAnswers(
  { em, event }: { em: EntityManager; event: OrderActionContext['event'] },
  { position, answers }: { position: OrderPosition; answers: NonNullable<ModifyInput['positions'][number]['answers']> },
): Promise<Change[]> {
  const questions = await loadQuestions(em, event)
  const changes: Change[] = []
  for (const [identifier, value] of Object.entries(answers)) {
    const question = requireNamed(questions, identifier, 'question')
    const parsed = value === null ? null : parseAnswer(question, value)
    await em.nativeDelete(Answer, { position, question: question.id })
    if (parsed) {
      const ids = await allocateIds(em, { answer: 1 })
      await insertAnswers(em, [{ positionId: position.id, answer: { questionId: question.id, ...parsed } }], ids.answer)
    }
    changes.push({ positionid: position.positionid, question: identifier })
  }
  return changes
}

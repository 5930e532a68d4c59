// What an order action may be asked for: the schemas at its border. Items, sub-events and the like are named by their
// identifiers, so that a caller needs to know no id.
import { z } from '../../core/sdk/index.ts'
import { paymentStates } from './entities/payment.entity.ts'
import { moneySchema } from './money.ts'
import { nameInputSchema } from './name-scheme.ts'

const text = z.string().trim().min(1).max(500)
const key = z.string().trim().min(1).max(128)

/** One `@`, something before it and a host after it; hosts may be written in any script. */
export const emailSchema = z
  .string()
  .trim()
  .max(254)
  .regex(/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/, 'must be an e-mail address')

/** An instant: a Date, or ISO 8601 text with a zone. */
export const instantSchema = z.union([z.date(), z.iso.datetime({ offset: true }).transform((iso) => new Date(iso))])

export const eventReferenceSchema = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'must name organizer and event, such as acme/conf26')

export const positionidSchema = z.int().min(1)

/** What is told about who did it; `origin` is the connection a change came from, to which nothing is sent back. */
export const requestShape = {
  actor: z.object({ id: z.string(), name: z.string() }).optional(),
  origin: z.string().optional(),
}

export const addressShape = {
  company: text.nullable().optional(),
  street: text.nullable().optional(),
  zipcode: text.nullable().optional(),
  city: text.nullable().optional(),
  state: text.nullable().optional(),
  country: text.nullable().optional(),
}

/** By question identifier; parse-answer.ts says which value which type of question takes. Null takes an answer away. */
const answersSchema = z.record(key, z.union([z.string().max(10_000), z.boolean(), z.array(key), z.null()]))

export const attendeeShape = {
  attendeeName: nameInputSchema.nullable().optional(),
  attendeeEmail: emailSchema.nullable().optional(),
  ...addressShape,
  answers: answersSchema.optional(),
}

export const invoiceAddressSchema = z.strictObject({
  isBusiness: z.boolean().optional(),
  name: nameInputSchema.nullable().optional(),
  ...addressShape,
  vatId: text.nullable().optional(),
})
export type InvoiceAddressInput = z.infer<typeof invoiceAddressSchema>

export const positionInputSchema = z.strictObject({
  /** @default the next free number */
  positionid: positionidSchema.optional(),
  item: key,
  variation: key.optional(),
  subEvent: key.optional(),
  quantity: z.int().min(1).max(1_000_000).default(1),
  /** Of the whole line. @default the price of the voucher, the variation or the item, times the quantity */
  price: moneySchema.optional(),
  /** The positionid of the position this one belongs to. */
  addonTo: positionidSchema.optional(),
  voucher: key.optional(),
  ...attendeeShape,
})
export type PositionInput = z.infer<typeof positionInputSchema>

const paymentInputSchema = z.strictObject({
  state: z.enum(paymentStates).default('confirmed'),
  amount: moneySchema,
  provider: key.default('manual'),
  paidAt: instantSchema.optional(),
})

export const orderInputSchema = z.strictObject({
  /** @default a random one */
  code: z
    .string()
    .regex(/^[A-Z0-9][A-Z0-9-]{0,31}$/, 'must be upper-case letters, digits and dashes, at most 32')
    .optional(),
  email: emailSchema.nullable().optional(),
  phone: text.nullable().optional(),
  /** @default the first of the event */
  locale: key.optional(),
  /** The identifier of a customer of the organizer. */
  customer: key.nullable().optional(),
  /** @default now */
  placedAt: instantSchema.optional(),
  /** @default 14 days after it was placed */
  expiresAt: instantSchema.optional(),
  requiresApproval: z.boolean().default(false),
  /** For an order that comes from elsewhere with a rounding of its own. @default the sum of its positions */
  total: moneySchema.optional(),
  invoiceAddress: invoiceAddressSchema.optional(),
  /** Payments already made; an order whose confirmed payments reach its total is placed as paid. */
  payments: z.array(paymentInputSchema).max(100).default([]),
  positions: z.array(positionInputSchema).min(1).max(1000),
})
export type OrderInput = z.infer<typeof orderInputSchema>

export const placeOrdersSchema = z.strictObject({
  event: eventReferenceSchema,
  orders: z.array(orderInputSchema).min(1).max(1000),
  /** The orders were sold elsewhere: items that are no longer on sale are accepted. */
  isImport: z.boolean().default(false),
  ...requestShape,
})
export type PlaceOrdersInput = z.input<typeof placeOrdersSchema>

/** Which order: by its code within an event, or by its id. */
export const orderReferenceSchema = z.union([
  z.strictObject({ event: eventReferenceSchema, code: key }),
  z.strictObject({ id: z.string().regex(/^\d{1,18}$/) }),
])
export type OrderReference = z.infer<typeof orderReferenceSchema>

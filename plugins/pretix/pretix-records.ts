// The parts of pretix's answers that are read here, as its REST API describes them. Newer versions add fields, so what is
// not named here is passed over; what may be missing in older ones is optional.
import { z } from '../../core/sdk/index.ts'
import { translated } from './translated.ts'

/** One page of a list. */
export interface Page<Item> {
  count: number
  /** The whole address of the next page. */
  next: string | null
  results: Item[]
}

export function pageSchema<Schema extends z.ZodType>(item: Schema) {
  return z.object({ count: z.int(), next: z.string().nullable(), results: z.array(item) })
}

const text = z.string().nullish().default(null)
const id = z.int()

export const organizerSchema = z.object({ slug: z.string() })

export const eventSchema = z.object({
  slug: z.string(),
  name: translated,
  currency: z.string(),
  /** IANA. */
  timezone: z.string().default('UTC'),
  date_from: text,
  date_to: text,
})

export const subEventSchema = z.object({ id, name: translated, date_from: text, date_to: text })

export const itemSchema = z.object({
  id,
  name: translated,
  category: id.nullish().default(null),
  admission: z.boolean().default(false),
  variations: z.array(z.object({ id: id.nullish(), value: translated })).default([]),
})

export const categorySchema = z.object({ id, name: translated })

export const questionSchema = z.object({
  identifier: z.string(),
  question: translated,
  type: z.string(),
  options: z.array(z.object({ identifier: z.string(), answer: translated })).default([]),
})

export const checkInListSchema = z.object({ id, name: z.string() })

export const voucherSchema = z.object({ code: z.string() })

const nameParts = z.record(z.string(), z.string().nullable()).nullish().default(null)
const address = { company: text, street: text, zipcode: text, city: text, state: text, country: text }

const invoiceAddress = z.object({
  ...address,
  is_business: z.boolean().default(false),
  name: text,
  name_parts: nameParts,
  vat_id: text,
})

const answer = z.object({
  question_identifier: z.string(),
  answer: z.string(),
  option_identifiers: z.array(z.string()).default([]),
})

const checkIn = z.object({ list: id.nullish(), datetime: z.string(), type: z.string().default('entry') })

const position = z.object({
  ...address,
  id,
  positionid: z.int(),
  canceled: z.boolean().default(false),
  item: id,
  variation: id.nullish().default(null),
  price: z.string(),
  attendee_name: text,
  attendee_name_parts: nameParts,
  attendee_email: text,
  voucher: id.nullish().default(null),
  addon_to: id.nullish().default(null),
  subevent: id.nullish().default(null),
  checkins: z.array(checkIn).default([]),
  answers: z.array(answer).default([]),
})
export type PretixPosition = z.infer<typeof position>

const payment = z.object({ state: z.string(), amount: z.string(), payment_date: text })

export const orderStatuses = ['n', 'p', 'e', 'c'] as const
export type OrderStatus = (typeof orderStatuses)[number]

export const orderSchema = z.object({
  code: z.string(),
  status: z.enum(orderStatuses),
  email: text,
  phone: text,
  /** The identifier of a customer's account. */
  customer: text,
  locale: z.string(),
  datetime: z.string(),
  expires: text,
  total: z.string(),
  url: text,
  invoice_address: invoiceAddress.nullish().default(null),
  positions: z.array(position),
  payments: z.array(payment).default([]),
})
export type PretixOrder = z.infer<typeof orderSchema>

/** As much of an order as a list is read for. */
export const listedOrderSchema = z.object({ code: z.string(), event: z.string().optional(), datetime: z.string() })

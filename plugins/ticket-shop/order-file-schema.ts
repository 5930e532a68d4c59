// The shape of an order file, an entry at a time. Field names are those of pretix's REST resources; what the shop needs
// beyond Northwind's fields (a time zone, an expiry) may be given and has defaults.
import { z } from '../../core/sdk/index.ts'
import { slugSchema } from './event-setup-input.ts'
import { timezoneSchema } from './iso-in-zone.ts'
import { moneySchema } from './money.ts'
import { emailSchema } from './order-input.ts'
import { orderStatuses } from './order-status.ts'

const int4 = z.int().min(-2_147_483_648).max(2_147_483_647)
// PostgreSQL stores neither; everything else is kept as it came.
const text = z
  .string()
  .max(10_000)
  .refine((given) => given.isWellFormed() && !given.includes('\0'), 'must not hold a NUL or half a character')
const name = text.refine((given) => given.trim() !== '', 'must not be empty')
const number = int4.min(0)
const optionalText = text.nullish()
const locale = z.string().regex(/^[a-z]{2,3}(-[a-zA-Z]+)?$/, 'must be a language such as en or de-informal')

const instant = z.iso
  .datetime({ offset: true, error: 'must be a date and time with a zone, such as 1996-07-04T09:00:00Z' })
  .refine(isInOurEra, 'must be a date after the year 0')
const day = z.iso.date().refine(isInOurEra)
const dayOrInstant = z
  .string()
  .refine(
    (given) => (given.length === 10 ? day : instant).safeParse(given).success,
    'must be a date such as 1996-07-16, or a date and time with a zone',
  )

const address = { street: optionalText, zipcode: optionalText, city: optionalText, country: optionalText }

const positionSchema = z.strictObject({
  positionid: int4.min(1),
  item: number,
  /** Of the whole line. */
  price: moneySchema,
  quantity: z.int().min(1).max(1_000_000).default(1),
  attendee_name: name.nullish(),
  attendee_email: emailSchema.nullish(),
})

export const orderFileSchemas = {
  organizer: z.strictObject({ slug: slugSchema, name }),
  event: z.strictObject({
    slug: slugSchema,
    name,
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters'),
    /** @default that of the event as it is, else UTC */
    timezone: timezoneSchema.optional(),
    /** @default those that its orders use */
    locales: z.array(locale).min(1).optional(),
  }),
  categories: z.strictObject({ id: number, name, description: optionalText }),
  items: z.strictObject({
    id: number,
    name,
    category: number.nullish(),
    default_price: moneySchema,
    supplier: optionalText,
    quantity_per_unit: optionalText,
    units_in_stock: int4.nullish(),
    active: z.boolean().default(true),
  }),
  customers: z.strictObject({
    identifier: name.max(128),
    company: optionalText,
    name: name.nullish(),
    /** What the person does, not how she is addressed. */
    title: optionalText,
    email: emailSchema.nullish(),
    phone: optionalText,
    ...address,
    state: optionalText,
  }),
  orders: z.strictObject({
    code: z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,31}$/, 'must be upper-case letters, digits and dashes, at most 32'),
    status: z.enum(orderStatuses),
    /** The identifier of one of the customers. */
    customer: name.nullish(),
    email: emailSchema.nullish(),
    phone: optionalText,
    locale,
    datetime: instant,
    /** @default 14 days later */
    expires: instant.optional(),
    /** A day is its beginning at the event. */
    payment_date: dayOrInstant.nullish(),
    total: moneySchema,
    invoice_address: z
      .strictObject({
        company: optionalText,
        is_business: z.boolean().optional(),
        name: name.nullish(),
        ...address,
        state: optionalText,
        vat_id: optionalText,
      })
      .nullish(),
    positions: z.array(positionSchema).min(1).max(1000).check(checkNumbersOnce),
  }),
}

export type Section = keyof typeof orderFileSchemas
/** In the order in which they can be imported. */
export const sections = [
  'organizer',
  'event',
  'categories',
  'items',
  'customers',
  'orders',
] as const satisfies Section[]

export function isListSection(key: string): boolean {
  return key !== 'organizer' && key !== 'event'
}

/** One entry as a file holds it. */
export type SampleEntry<S extends Section = Section> = { [K in S]: { section: K; value: z.input<Schemas[K]> } }[S]
/** One entry, parsed. */
export type ParsedEntry<S extends Section = Section> = { [K in S]: { section: K; value: z.output<Schemas[K]> } }[S]
type Schemas = typeof orderFileSchemas

function isInOurEra(iso: string): boolean {
  return !iso.startsWith('0000')
}

function checkNumbersOnce({ value, issues }: z.core.ParsePayload<z.infer<typeof positionSchema>[]>): void {
  const seen = new Set<number>()
  for (const [index, { positionid }] of value.entries()) {
    if (seen.has(positionid)) {
      const message = 'must be another number than those of the positions before'
      issues.push({ code: 'custom', message, path: [index, 'positionid'], input: value })
    }
    seen.add(positionid)
  }
}

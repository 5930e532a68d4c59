// The description of an event: what can be ordered, asked and checked in. Parsed here, brought to the database by
// set-up-event.ts.
import { z } from '../../core/sdk/index.ts'
import { questionTypes } from './entities/question.entity.ts'
import { timezoneSchema } from './iso-in-zone.ts'
import { moneySchema } from './money.ts'
import { nameSchemeKeys } from './name-scheme.ts'
import { instantSchema } from './order-input.ts'

export const slugSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes')
const identifier = z.string().trim().min(1).max(128)
const text = z.string().trim().min(1).max(1000)

export const eventSetupSchema = z.strictObject({
  organizer: z.strictObject({ slug: slugSchema, name: text }),
  slug: slugSchema,
  name: text,
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters'),
  timezone: timezoneSchema.default('UTC'),
  locales: z
    .array(z.string().regex(/^[a-z]{2,3}(-[a-zA-Z]+)?$/))
    .min(1)
    .default(['en']),
  dateFrom: instantSchema.optional(),
  dateTo: instantSchema.optional(),
  nameScheme: z.enum(nameSchemeKeys).default('full'),
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  subEvents: z
    .array(z.strictObject({ slug: slugSchema, name: text, dateFrom: instantSchema, dateTo: instantSchema.optional() }))
    .default([]),
  categories: z.array(z.strictObject({ identifier, name: text, description: text.optional() })).default([]),
  items: z
    .array(
      z.strictObject({
        identifier,
        name: text,
        category: identifier.optional(),
        defaultPrice: moneySchema,
        isAdmission: z.boolean().default(false),
        isActive: z.boolean().default(true),
        supplier: text.optional(),
        quantityPerUnit: text.optional(),
        unitsInStock: z.int().optional(),
        variations: z.array(z.strictObject({ identifier, name: text, price: moneySchema.optional() })).default([]),
      }),
    )
    .default([]),
  questions: z
    .array(
      z.strictObject({
        identifier,
        text,
        type: z.enum(questionTypes),
        options: z.array(z.strictObject({ identifier, answer: text })).default([]),
      }),
    )
    .default([]),
  checkInLists: z.array(z.strictObject({ name: text, subEvent: slugSchema.optional() })).default([]),
  vouchers: z
    .array(
      z.strictObject({
        code: identifier,
        item: identifier.optional(),
        price: moneySchema.optional(),
        maxUsages: z.int().min(1).default(1),
        validUntil: instantSchema.optional(),
      }),
    )
    .default([]),
})
export type EventSetup = z.input<typeof eventSetupSchema>
export type ParsedEventSetup = z.output<typeof eventSetupSchema>

// Creates a customer of an organizer and fires `customer_created` in the same transaction.
import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { z } from '../../core/sdk/index.ts'
import { Customer } from './entities/customer.entity.ts'
import { findOrganizer } from './find-event.ts'
import { fireSignal } from './fire-signal.ts'
import { type NameInput, type NameSchemeKey, nameInputSchema, toNameParts } from './name-scheme.ts'
import { newSecret } from './order-code.ts'
import { addressShape, emailSchema, requestShape } from './order-input.ts'
import { organizerScope } from './scope-path.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const text = z.string().trim().min(1).max(500)

const customerInputSchema = z.strictObject({
  /** What the organizer calls the customer. @default a random one */
  identifier: z.string().trim().min(1).max(128).optional(),
  email: emailSchema.nullable().optional(),
  phone: text.nullable().optional(),
  name: nameInputSchema.nullable().optional(),
  jobTitle: text.nullable().optional(),
  ...addressShape,
})
const createSchema = z.strictObject({
  /** The organizer's slug. */
  organizer: z.string().min(1),
  customers: z.array(customerInputSchema).min(1).max(1000),
  ...requestShape,
})

/** Creates up to 1000 customers of one organizer; all of them or none. */
export async function createCustomers(
  shop: Shop,
  input: z.input<typeof createSchema>,
): Promise<{ id: string; identifier: string }[]> {
  const { organizer: slug, customers: inputs, ...request } = parseInput(createSchema, input, 'create customers')
  try {
    return await shop.database.openEntityManager().transactional(async (em) => {
      const organizer = await findOrganizer(em, slug)
      const customers = inputs.map(({ identifier, name, ...rest }) =>
        em.create(Customer, {
          organizer,
          identifier: identifier ?? newSecret().slice(0, 10).toUpperCase(),
          nameParts: name ? toNameParts(name, schemeOf(name)) : null,
          ...rest,
        }),
      )
      await em.flush()
      const subjects = customers.map(({ id }) => ({ model: 'Customer', id }))
      await fireSignal(shop, {
        em,
        name: 'customer_created',
        payload: { scope: organizerScope(slug), subjects, version: 1, ...request },
      })
      return customers.map(({ id, identifier }) => ({ id, identifier }))
    })
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error
    throw new ShopError(`The organizer ${slug} has a customer with one of these identifiers already.`, { cause: error })
  }
}

// A customer belongs to an organizer, whose events may ask for names differently.
function schemeOf(name: NameInput): NameSchemeKey {
  if (typeof name === 'string' || name.full_name !== undefined) return 'full'
  return 'salutation_title_given_family'
}

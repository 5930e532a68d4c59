// One order on its way into the database: its input with every name resolved and its total and status decided.
import type { EntityManager } from '@mikro-orm/postgresql'
import { Customer } from './entities/customer.entity.ts'
import type { Event } from './entities/event.entity.ts'
import { type EventCatalogue, requireNamed } from './event-catalogue.ts'
import { addMoney, compareMoney } from './money.ts'
import { type NameSchemeKey, toNameParts } from './name-scheme.ts'
import { newSecret } from './order-code.ts'
import type { InvoiceAddressInput, OrderInput } from './order-input.ts'
import type { OrderStatus } from './order-status.ts'
import { draftPositions, type PositionDraft } from './position-draft.ts'
import { ShopError } from './shop-error.ts'

export const paymentTermDays = 14

export interface OrderDraft {
  columns: ReturnType<typeof orderColumns>
  positions: readonly PositionDraft[]
  invoiceAddress: ReturnType<typeof invoiceAddressColumns> | null
  payments: OrderInput['payments']
}

interface DraftContext {
  event: Event
  catalogue: EventCatalogue
  /** Ids of customers by identifier. */
  customers: ReadonlyMap<string, string>
  isImport: boolean
  now: Date
  code: string
}

export function draftOrder(input: OrderInput, context: DraftContext): OrderDraft {
  const { event, catalogue, now, isImport } = context
  const positions = draftPositions(input.positions, { catalogue, nameScheme: event.nameScheme, now, isImport })
  const total = input.total ?? addMoney(...positions.map(({ columns }) => columns.price))
  const paid = addMoney(...input.payments.filter(({ state }) => state === 'confirmed').map(({ amount }) => amount))
  const isPaid = !input.requiresApproval && compareMoney(paid, total) >= 0
  return {
    columns: orderColumns(input, { ...context, total, status: isPaid ? 'p' : 'n' }),
    positions,
    invoiceAddress: input.invoiceAddress ? invoiceAddressColumns(input.invoiceAddress, event.nameScheme) : null,
    payments: input.payments,
  }
}

/** Ids of the customers that orders name, by identifier. */
export async function findCustomers(
  em: EntityManager,
  event: Event,
  orders: readonly OrderInput[],
): Promise<Map<string, string>> {
  const identifiers = [...new Set(orders.flatMap((order) => order.customer ?? []))]
  if (identifiers.length === 0) return new Map()
  const customers = await em.find(Customer, { organizer: event.organizer, identifier: { $in: identifiers } })
  return new Map(customers.map((customer) => [customer.identifier, customer.id]))
}

export function invoiceAddressColumns(input: InvoiceAddressInput, nameScheme: NameSchemeKey) {
  return {
    isBusiness: input.isBusiness ?? Boolean(input.company),
    nameParts: input.name ? toNameParts(input.name, nameScheme) : null,
    company: input.company ?? null,
    street: input.street ?? null,
    zipcode: input.zipcode ?? null,
    city: input.city ?? null,
    state: input.state ?? null,
    country: input.country ?? null,
    vatId: input.vatId ?? null,
  }
}

export function requireLocale(event: Event, locale: string): string {
  if (event.locales.includes(locale)) return locale
  throw new ShopError(
    `The event ${event.slug} is not offered in the language "${locale}", only ${event.locales.join(', ')}.`,
  )
}

function orderColumns(input: OrderInput, context: DraftContext & { total: string; status: OrderStatus }) {
  const { event, customers, code, now, total, status } = context
  const placedAt = input.placedAt ?? now
  return {
    event: event.id,
    code,
    secret: newSecret(),
    status,
    customer: input.customer ? requireNamed(customers, input.customer, 'customer') : null,
    email: input.email ?? null,
    phone: input.phone ?? null,
    locale: input.locale ? requireLocale(event, input.locale) : (event.locales[0] ?? 'en'),
    placedAt,
    expiresAt: input.expiresAt ?? new Date(placedAt.getTime() + paymentTermDays * 86_400_000),
    total,
    requiresApproval: input.requiresApproval,
    version: 1,
  }
}

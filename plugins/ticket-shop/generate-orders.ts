// Makes any number of orders that look like a real shop's: regular customers and guests, several positions, discounts, names in
// several languages, gaps. The same seed gives the same entries, and many orders begin with the same ones as few.
import { cities, familyNames, givenNames, jobTitles, products, streets } from './generate-words.ts'
import { addMoney } from './money.ts'
import type { SampleEntry, Section } from './order-file-schema.ts'
import type { OrderStatus } from './order-status.ts'

type Sample<S extends Section> = Extract<SampleEntry, { section: S }>['value']

const firstCustomerCount = 12
const ordersPerNewCustomer = 6
const startMs = Date.UTC(2025, 0, 2, 7)
const dayMs = 86_400_000

/** What the orders are made for: an event for each number of orders, so that a run with fewer is not given the rest. */
export function generatedEvent({ count, seed }: { count: number; seed: number }) {
  return { organizer: 'generated', event: `orders-${count}-${seed}`, locales: ['en', 'de'] }
}

/** The entries of an order file, in the order in which they can be imported. */
export async function* generateOrders({ count, seed }: { count: number; seed: number }): AsyncGenerator<SampleEntry> {
  const { organizer, event, locales } = generatedEvent({ count, seed })
  yield { section: 'organizer', value: { slug: organizer, name: 'Generated Goods' } }
  const timezone = 'Europe/Berlin'
  yield {
    section: 'event',
    value: { slug: event, name: `${count} generated orders`, currency: 'EUR', timezone, locales },
  }
  for (const [index, { category }] of products.entries()) {
    yield { section: 'categories', value: { id: index + 1, name: category, description: null } }
  }
  for (const value of generateItems(seed)) yield { section: 'items', value }
  const customerCount = knownCustomerCount(count - 1)
  for (let index = 0; index < customerCount; index += 1) {
    yield { section: 'customers', value: generateCustomer(seed, index) }
  }
  const items = generateItems(seed)
  for (let index = 0; index < count; index += 1) {
    yield { section: 'orders', value: generateOrder({ seed, index, items }) }
  }
}

function generateItems(seed: number): Sample<'items'>[] {
  const named = products.flatMap(({ names }, index) => names.map((name) => ({ name, category: index + 1 })))
  return named.map(({ name, category }, index) => {
    const random = createRandom(seed, 'item', index)
    return {
      id: index + 1,
      name,
      category,
      default_price: toAmount(random.integer(3, 120) * 100 + random.pick([0, 50, 90, 95, 99])),
      supplier: `${random.pick(familyNames)} & ${random.pick(familyNames)}`,
      quantity_per_unit: random.pick(['1 piece', '6 bottles', '12 x 250 g', '24 - 12 oz bottles']),
      units_in_stock: random.integer(0, 400),
      active: !random.isOneIn(10),
    }
  })
}

function generateCustomer(seed: number, index: number): Sample<'customers'> {
  const random = createRandom(seed, 'customer', index)
  const [given, family] = [random.pick(givenNames), random.pick(familyNames)]
  const { city, zipcode, country } = random.pick(cities)
  const identifier = `C${seed}-${index + 1}`
  // Some mail hosts are written in the letters of their language.
  const host = random.isOneIn(40) ? 'müller-söhne.example' : 'customers.example'
  return {
    identifier,
    company: random.isOneIn(3) ? null : `${family} ${random.pick(['GmbH', 'Ltd.', 'S.A.', '& Fils', 'Oy'])}`,
    name: `${given} ${family}`,
    title: random.isOneIn(2) ? random.pick(jobTitles) : null,
    email: `${identifier.toLowerCase()}@${host}`,
    phone: random.isOneIn(4) ? null : `+49 30 ${random.integer(1_000_000, 9_999_999)}`,
    street: `${random.pick(streets)} ${random.integer(1, 180)}`,
    zipcode: random.isOneIn(30) ? null : zipcode,
    city,
    state: null,
    country,
  }
}

function generateOrder({
  seed,
  index,
  items,
}: {
  seed: number
  index: number
  items: readonly Sample<'items'>[]
}): Sample<'orders'> {
  const random = createRandom(seed, 'order', index)
  // Early customers are the regular ones.
  const buyer = generateCustomer(seed, Math.floor(random.fraction() ** 2 * knownCustomerCount(index)))
  const isGuest = random.isOneIn(20)
  const placedMs = startMs + index * 7 * 60_000 + random.integer(0, 400) * 1000
  const status: OrderStatus = random.pick(['p', 'p', 'p', 'p', 'p', 'p', 'p', 'p', 'p', 'p', 'p', 'n', 'n', 'c', 'e'])
  const paidMs = placedMs + random.integer(0, 12) * dayMs
  const positionCount = random.pick([1, 1, 1, 2, 2, 2, 3, 3, 4, 6])
  const discountPercent = random.isOneIn(5) ? random.pick([5, 10, 15, 20]) : 0
  const positions = Array.from({ length: positionCount }, (_, position) => {
    const item = random.pick(items)
    const quantity = random.integer(1, 12)
    return {
      positionid: position + 1,
      item: item.id,
      price: toAmount(Math.round((toCents(item.default_price) * quantity * (100 - discountPercent)) / 100)),
      quantity,
      attendee_name: buyer.name,
      attendee_email: null,
    }
  })
  const { company, name, street, zipcode, city, country } = buyer
  return {
    code: `G${String(index + 1).padStart(7, '0')}`,
    status,
    customer: isGuest ? null : buyer.identifier,
    email: isGuest ? `guest-${seed}-${index + 1}@guests.example` : buyer.email,
    locale: country === 'Germany' || country === 'Austria' ? 'de' : 'en',
    datetime: new Date(placedMs).toISOString(),
    payment_date: status === 'p' ? new Date(paidMs).toISOString().slice(0, 10) : null,
    total: addMoney(...positions.map(({ price }) => price)),
    invoice_address: { company, is_business: company !== null, name, street, zipcode, city, country },
    positions,
  }
}

/** How many customers there are when an order is placed. */
function knownCustomerCount(orderIndex: number): number {
  return firstCustomerCount + Math.floor(Math.max(0, orderIndex) / ordersPerNewCustomer)
}

interface Random {
  /** At least 0, below 1. */
  fraction(): number
  integer(from: number, to: number): number
  isOneIn(count: number): boolean
  pick<T>(from: readonly T[]): T
}

/** Numbers of its own for each entry, so that an entry does not depend on those before it. */
function createRandom(seed: number, kind: 'item' | 'customer' | 'order', index: number): Random {
  const kindNumber = { item: 1, customer: 2, order: 3 }[kind]
  let state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(kindNumber, 0xc2b2ae35)
  // Mulberry32.
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const integer = (from: number, to: number): number => from + Math.floor(fraction() * (to - from + 1))
  return {
    fraction,
    integer,
    isOneIn: (count) => integer(1, count) === 1,
    pick(from) {
      const picked = from[integer(0, from.length - 1)]
      if (picked === undefined) throw new RangeError('There is nothing to pick from')
      return picked
    },
  }
}

function toAmount(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
}

function toCents(amount: string): number {
  return Math.round(Number(amount) * 100)
}

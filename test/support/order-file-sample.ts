// A small order file for tests to change and to break, written with an entry a line as northwind.json is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SampleEntry, Section } from '../../plugins/ticket-shop/order-file-schema.ts'

type Sample<S extends Section> = Extract<SampleEntry, { section: S }>['value']

export interface SampleFile {
  organizer: Sample<'organizer'>
  event: Sample<'event'>
  categories: Sample<'categories'>[]
  items: Sample<'items'>[]
  customers: Sample<'customers'>[]
  orders: Sample<'orders'>[]
}

/** Three orders of two customers. */
export function sampleFile(): SampleFile {
  return {
    organizer: { slug: 'import-test', name: 'Import Test' },
    event: { slug: 'shop', name: 'The shop', currency: 'EUR', timezone: 'Europe/Berlin' },
    categories: [{ id: 1, name: 'Tea', description: 'Leaves' }],
    items: [
      { id: 10, name: 'Assam', category: 1, default_price: '4.50', supplier: "O'Hara & Söhne", units_in_stock: 7 },
      { id: 11, name: 'Sencha', category: 1, default_price: '6', active: false },
    ],
    customers: [
      { identifier: 'ADA', company: 'Engines', name: 'Ada Lovelace', title: 'Owner', email: 'ada@customers.example' },
      { identifier: 'BOB', name: 'Bob', email: 'bob@customers.example', zipcode: null, city: 'Köln' },
    ],
    orders: [sampleOrder('A1', 'ADA'), sampleOrder('A2', 'BOB'), sampleOrder('A3', 'ADA')],
  }
}

function sampleOrder(code: string, customer: string): Sample<'orders'> {
  return {
    code,
    status: 'p',
    customer,
    email: `${customer.toLowerCase()}@customers.example`,
    locale: 'en',
    datetime: '2026-03-01T09:00:00+01:00',
    payment_date: '2026-03-04',
    total: '15.00',
    invoice_address: {
      company: 'Engines',
      is_business: true,
      name: 'Ada Lovelace',
      street: 'Am Markt 1',
      city: 'Köln',
    },
    positions: [
      { positionid: 1, item: 10, price: '9.00', quantity: 2, attendee_name: 'Ada Lovelace' },
      { positionid: 2, item: 11, price: '6.00', quantity: 1 },
    ],
  }
}

export function toText(file: object): string {
  const given = Object.entries(file).filter(([, value]) => value !== undefined)
  const members = given.map(([name, value]) => {
    if (!Array.isArray(value)) return `${JSON.stringify(name)}: ${JSON.stringify(value)}`
    return `${JSON.stringify(name)}: [\n${value.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`
  })
  return `{\n${members.join(',\n')}\n}\n`
}

export interface FileFolder {
  /** The path of a file with this content. */
  write(content: string | Uint8Array): Promise<string>
  remove(): Promise<void>
}

export async function createFileFolder(): Promise<FileFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'order-files-'))
  let count = 0
  return {
    async write(content) {
      count += 1
      const path = join(folder, `orders-${count}.json`)
      await writeFile(path, content)
      return path
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

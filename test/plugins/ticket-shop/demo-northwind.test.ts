// The demo as a person runs it: the program itself, against a database of its own, looked at from outside.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '../../support/test-database.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const plugins = ['--plugin', './plugins/ticket-shop', '--plugin', './plugins/demo-crm']

type Properties = Record<string, unknown>
interface CrmObject {
  id: string
  properties: Properties
}
interface File {
  categories: Properties[]
  items: (Properties & { id: number; name: string })[]
  customers: Properties[]
  orders: (Properties & {
    code: string
    email: string
    status: 'p' | 'n'
    invoice_address: Properties
    positions: (Properties & { positionid: number; item: number; quantity: number })[]
  })[]
}

let databaseUrl: string
let drop: () => Promise<void>
const key = randomBytes(32).toString('base64')
before(async () => {
  ;({ databaseUrl, drop } = await createTestDatabase())
})
after(() => drop())

/** Runs the demo until its CRM stays, has it looked at, and ends it as Ctrl-C does. */
async function runDemo(look: (line: Record<string, unknown>) => Promise<void>): Promise<void> {
  const demo = spawn(process.execPath, ['core/main.ts', 'demo', '--json', '--keep', ...plugins], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: databaseUrl, OUTBOUND_SYNC_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    const { out, err } = await untilItStays(demo)
    assert.equal(out.trim().split('\n').length, 1, `one line on standard output: ${out}\n${err}`)
    await look(JSON.parse(out))
  } finally {
    demo.kill('SIGINT')
  }
  const exitCode = demo.exitCode ?? (await new Promise<number | null>((resolve) => demo.once('exit', resolve)))
  assert.equal(exitCode, 0)
}

function untilItStays(demo: ChildProcess): Promise<{ out: string; err: string }> {
  let out = ''
  let err = ''
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (out.endsWith('\n') && err.includes('until you press Ctrl-C')) resolve({ out, err })
    }
    demo.stdout?.on('data', (chunk) => {
      out += chunk
      look()
    })
    demo.stderr?.on('data', (chunk) => {
      err += chunk
      look()
    })
    demo.once('error', reject)
    demo.once('exit', (code) => reject(new Error(`The demo ended with ${code}: ${out}\n${err}`)))
  })
}

async function readCrm(crm: unknown, type: string): Promise<CrmObject[]> {
  const objects: CrmObject[] = []
  for (let after: string | null = '0'; after !== null; ) {
    const response = await fetch(`${crm}/api/objects/${type}?limit=1000&after=${after}`)
    const page: { results: CrmObject[]; next: string | null } = JSON.parse(await response.text())
    objects.push(...page.results)
    after = page.next
  }
  return objects
}

const by = (objects: readonly CrmObject[], field: string): Map<unknown, CrmObject> =>
  new Map(objects.map((object) => [object.properties[field], object]))
/** Of `properties` those that are expected; what is empty is not there. */
function assertHolds(object: CrmObject | undefined, expected: Properties): void {
  const given = Object.entries(expected).filter(([, value]) => value !== null && value !== '')
  assert.ok(object, `there is no object ${JSON.stringify(expected)}`)
  const held = Object.keys(expected).filter((name) => Object.hasOwn(object.properties, name))
  assert.deepEqual(Object.fromEntries(held.map((name) => [name, object.properties[name]])), Object.fromEntries(given))
}
const instantOf = (day: unknown): string | null => (typeof day === 'string' ? `${day}T00:00:00+00:00` : null)

describe('npm run demo -- --json', () => {
  // The mappings of the Demo CRM, computed here from the file on their own.
  it('brings every order, customer and product of the file to the CRM, changed by the mappings', async () => {
    const file: File = JSON.parse(await readFile(`${root}plugins/ticket-shop/northwind.json`, 'utf8'))
    const positionCount = file.orders.reduce((count, { positions }) => count + positions.length, 0)
    const newCount =
      file.categories.length + file.items.length + file.customers.length + positionCount + file.orders.length
    await runDemo(async ({ seconds, crm, ...line }) => {
      // An order looks at its contact too, and adds the language to it the first time.
      const updated = new Set(file.orders.map(({ email }) => email)).size
      const objects = newCount + file.orders.length
      const nothingToDo = file.orders.length - updated
      assert.deepEqual(line, { orders: 830, objects, created: newCount, updated, nothingToDo, failed: 0 })
      assert.ok(typeof seconds === 'number' && seconds > 0)

      const products = await readCrm(crm, 'product')
      const categoryNames = new Map(
        (await readCrm(crm, 'category')).map(({ properties }) => [properties.category_number, properties.name]),
      )
      assert.deepEqual(categoryNames, new Map(file.categories.map(({ id, name }) => [String(id), name])))
      assert.equal(products.length, file.items.length)
      for (const { id, name, category, default_price: price, active, units_in_stock: stock } of file.items) {
        assertHolds(by(products, 'product_number').get(String(id)), {
          ...{ name, price, is_active: active, units_in_stock: stock },
          category: categoryNames.get(String(category)),
        })
      }

      const contacts = await readCrm(crm, 'contact')
      assert.equal(contacts.length, file.customers.length)
      const contactsByEmail = by(contacts, 'email')
      for (const { identifier, email, title, zipcode, state: _state, ...same } of file.customers) {
        const expected = { ...same, customer_number: identifier, job_title: title, postal_code: zipcode }
        assertHolds(contactsByEmail.get(email), expected)
      }

      const tickets = by(await readCrm(crm, 'ticket'), 'ticket_number')
      const deals = by(await readCrm(crm, 'deal'), 'order_number')
      assert.deepEqual([deals.size, tickets.size], [file.orders.length, positionCount])
      const itemNames = new Map(file.items.map(({ id, name }) => [id, name]))
      for (const order of file.orders) {
        const status = { p: 'paid', n: 'pending' }[order.status]
        const orderTickets = order.positions.map(({ positionid, item, quantity, price, attendee_name }) => {
          const ticket = tickets.get(`${order.code}-${positionid}`)
          assertHolds(ticket, { status, quantity, price, attendee_name, product: itemNames.get(item) })
          return ticket?.id
        })
        const { company, name, street, zipcode, city, country } = order.invoice_address
        assertHolds(deals.get(`NORTHWIND-${order.code}`), {
          ...{ status, company, street, city, country, total: order.total, email: order.email, language: order.locale },
          ...{ order_code: order.code, contact_name: name, postal_code: zipcode },
          ordered_at: String(order.datetime).replace('Z', '+00:00'),
          paid_at: instantOf(order.payment_date),
          contacts: [contactsByEmail.get(order.email)?.id],
          tickets: orderTickets,
        })
      }
    })
  })

  it('has nothing to do the second time', async () => {
    await runDemo(async ({ seconds: _seconds, crm, ...line }) => {
      const { objects } = line
      assert.deepEqual(line, { orders: 830, objects, created: 0, updated: 0, nothingToDo: objects, failed: 0 })
      assert.equal((await readCrm(crm, 'deal')).length, 830)
    })
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SourceField, SourceModel } from '../../../core/sdk/index.ts'
import { setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { createCustomers } from '../../../plugins/ticket-shop/create-customer.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

const signal = new AbortController().signal
const tradeScope = 'organizer:northwind-traders/event:northwind'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
  await setUpEvent(test.shop.database, {
    organizer: { slug: 'northwind-traders', name: 'Northwind Traders' },
    slug: 'northwind',
    name: 'Northwind wholesale',
    currency: 'USD',
    categories: [
      { identifier: '1', name: 'Beverages', description: 'Soft drinks, coffees, teas, beers, and ales' },
      { identifier: '2', name: 'Condiments' },
    ],
    items: [
      {
        identifier: '1',
        name: 'Chai',
        category: '1',
        defaultPrice: '18',
        isActive: false,
        supplier: 'Specialty Biscuits, Ltd.',
        quantityPerUnit: '10 boxes x 30 bags',
        unitsInStock: 0,
      },
      { identifier: '3', name: 'Aniseed Syrup', defaultPrice: '10.00' },
    ],
  })
  await createCustomers(test.shop, {
    organizer: 'northwind-traders',
    customers: [
      {
        identifier: 'ALFKI',
        company: 'Alfreds Futterkiste',
        name: 'Maria Anders',
        jobTitle: 'Sales Representative',
        email: 'alfki@kunden.bücher.example',
        street: 'Obere Str. 57',
        zipcode: '12209',
        city: 'Berlin',
        state: null,
        country: 'Germany',
        phone: '030-0074321',
      },
      { identifier: 'ANATR', name: { title: 'Dr.', given_name: 'Ana', family_name: 'Trujillo' } },
    ],
  })
})
after(() => test.close())

function modelOf(name: string): SourceModel {
  const model = test.contributions.sourceModels?.find((candidate) => candidate.name === name)
  assert.ok(model)
  return model
}

async function readAll(model: SourceModel, scope: string): Promise<Record<string, unknown>[]> {
  const page = await model.page(null, {}, { scope, limit: 100, signal })
  const records = await model.load(
    page.records.map(({ id }) => id),
    { scope, signal },
  )
  assert.deepEqual(
    records.map(({ id, scope }) => ({ id, scope })),
    page.records,
  )
  const fields: readonly SourceField[] = await model.fields(model.name, scope)
  for (const { requiredInput } of fields) assert.ok(model.inputs.includes(requiredInput))
  return records.map(({ id, inputs }) => {
    const values = Object.fromEntries(fields.map((field) => [field.key, field.getter(inputs)]))
    assert.equal(values.id, id)
    return { ...values, id: 'the id of the record' }
  })
}

const id = 'the id of the record'
const event = { event_slug: 'northwind', event_name: 'Northwind wholesale', event_currency: 'USD' }

describe('the catalogue', () => {
  it('has products with everything that is known of them', async () => {
    const [chai, syrup] = await readAll(modelOf('Product'), tradeScope)
    const [category] = await test.query(`select id from ticket_shop.item_category where name = 'Beverages'`)
    assert.deepEqual(chai, {
      id,
      identifier: '1',
      name: 'Chai',
      category_id: category?.id,
      category_identifier: '1',
      category_name: 'Beverages',
      price: '18.00',
      active: false,
      admission: false,
      supplier: 'Specialty Biscuits, Ltd.',
      quantity_per_unit: '10 boxes x 30 bags',
      units_in_stock: '0',
      ...event,
    })
    assert.deepEqual(
      [syrup?.category_id, syrup?.category_name, syrup?.units_in_stock, syrup?.active],
      [null, null, null, true],
    )
  })

  it('has categories', async () => {
    const [beverages, condiments] = await readAll(modelOf('Category'), tradeScope)
    const description = 'Soft drinks, coffees, teas, beers, and ales'
    assert.deepEqual(beverages, { id, identifier: '1', name: 'Beverages', description, ...event })
    assert.equal(condiments?.description, null)
  })

  it('has the customers of an organizer, with names in parts', async () => {
    const [maria, ana] = await readAll(modelOf('Customer'), 'organizer:northwind-traders')
    assert.deepEqual(maria, {
      id,
      identifier: 'ALFKI',
      email: 'alfki@kunden.xn--bcher-kva.example',
      email_domain: 'kunden.xn--bcher-kva.example',
      phone: '030-0074321',
      name: 'Maria Anders',
      name_salutation: null,
      name_title: null,
      name_given_name: 'Maria',
      name_family_name: 'Anders',
      job_title: 'Sales Representative',
      company: 'Alfreds Futterkiste',
      street: 'Obere Str. 57',
      zipcode: '12209',
      city: 'Berlin',
      state: null,
      country: 'Germany',
    })
    assert.deepEqual([ana?.name, ana?.name_title, ana?.name_given_name], ['Dr. Ana Trujillo', 'Dr.', 'Ana'])
  })

  it('holds in a scope what belongs there', async () => {
    const count = (name: string, scope: string) => modelOf(name).count({}, { scope, signal })
    assert.equal(await count('Product', tradeScope), 2)
    assert.equal(await count('Product', 'organizer:acme'), 4)
    assert.equal(await count('Product', ''), 6)
    assert.equal(await count('Category', 'organizer:acme/event:conf26'), 3)
    assert.equal(await count('Customer', 'organizer:acme'), 0)
    assert.equal(await count('Customer', 'organizer:northwind-traders'), 2)
    const { records } = await modelOf('Product').page(null, {}, { scope: '', limit: 10, signal })
    const ids = records.map(({ id }) => id)
    assert.equal((await modelOf('Product').load([...ids, '999', 'x'], { scope: tradeScope, signal })).length, 2)
  })

  it('holds in the scope of an event the customers who ordered there', async () => {
    const customers = modelOf('Customer')
    assert.equal(await customers.count({}, { scope: tradeScope, signal }), 0)
    const orders = [{ customer: 'ANATR', positions: [{ item: '3' }] }]
    await placeOrders(test.shop, { event: 'northwind-traders/northwind', orders })
    const { records } = await customers.page(null, {}, { scope: tradeScope, limit: 10, signal })
    const loaded = await customers.load([records[0]?.id ?? ''], { scope: tradeScope, signal })
    assert.deepEqual(
      loaded.map(({ label, scope, version }) => [label, scope, version]),
      [['Dr. Ana Trujillo', 'organizer:northwind-traders', 1]],
    )
    assert.equal(records.length, 1)
  })

  it('is filtered by what is on sale, and by event', async () => {
    const count = (name: string, filter: Record<string, string>) => modelOf(name).count(filter, { scope: '', signal })
    assert.equal(await count('Product', { active: 'no' }), 1)
    assert.equal(await count('Product', { active: 'yes', event: 'northwind' }), 1)
    assert.equal(await count('Category', { event: 'conf26' }), 3)
    await assert.rejects(count('Customer', { event: 'conf26' }), /Cannot filter the records/)
  })
})

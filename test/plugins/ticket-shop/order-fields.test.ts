import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { NestedRecord, SourceField, SourceModel, SourceRecord } from '../../../core/sdk/index.ts'
import { changeOrder } from '../../../plugins/ticket-shop/change-order.ts'
import { annulCheckIn, checkIn } from '../../../plugins/ticket-shop/check-in.ts'
import { setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { createCustomers } from '../../../plugins/ticket-shop/create-customer.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

const conferenceScope = 'organizer:acme/event:conf26'
const tradeScope = 'organizer:northwind-traders/event:northwind'
const signal = new AbortController().signal

let test: TicketShopContext
let model: SourceModel
let conference: SourceRecord
let trade: SourceRecord

before(async () => {
  test = await createTicketShopContext()
  const found = test.contributions.sourceModels?.find(({ name }) => name === 'Order')
  assert.ok(found)
  model = found
  conference = await load(await placeConferenceOrder(), conferenceScope)
  trade = await load(await placeTradeOrder(), tradeScope)
})
after(() => test.close())

async function load(id: string, scope: string): Promise<SourceRecord> {
  const [record] = await model.load([id], { scope, signal })
  assert.ok(record)
  return record
}

async function placeConferenceOrder(): Promise<string> {
  await setUpConference(test.shop.database)
  const [placed] = await placeOrders(test.shop, {
    event: 'acme/conf26',
    orders: [
      {
        code: 'ABC37',
        email: 'jürgen@bücher.example',
        phone: '+49 30 1234',
        locale: 'de',
        placedAt: '2026-03-01T09:00:00Z',
        payments: [{ amount: '450', paidAt: '2026-03-29T02:30:00Z' }],
        invoiceAddress: {
          company: 'Bücher & Söhne',
          name: { given_name: 'Jürgen', family_name: 'Müller' },
          street: 'Am Markt 1',
          zipcode: '10115',
          city: 'Berlin',
          country: 'DE',
          vatId: 'DE123456789',
        },
        positions: [
          {
            item: 'conference-ticket',
            variation: 'early-bird',
            voucher: 'FRIENDS26',
            attendeeName: { given_name: 'Ada', family_name: 'King Lovelace' },
            attendeeEmail: 'ada@ÉCOLE.example',
            company: 'Analytical Engines',
            street: '12 St James’s Square',
            zipcode: 'SW1Y 4LB',
            city: 'London',
            state: 'Greater London',
            country: 'GB',
            answers: {
              badge: 'Countess',
              needs: 'Two\nlines',
              years: '12.5',
              newsletter: false,
              diet: 'vegan',
              topics: ['security', 'databases'],
              birthday: '1815-12-10',
              'arrival-time': '08:30',
              flight: '2026-09-16T20:15:00-05:00',
              nationality: 'GB',
              mobile: '+44 20 7946 0000',
              'student-card': 'card.pdf',
            },
          },
          { item: 't-shirt', variation: 'm', addonTo: 1, quantity: 2, city: 'Paris', answers: { diet: 'all' } },
          { item: 'workshop-seat', subEvent: 'typescript' },
        ],
      },
    ],
  })
  assert.ok(placed)
  const order = { id: placed.id }
  const list = 'Main entrance'
  await checkIn(test.shop, { order, positionid: 1, list, at: '2026-09-17T06:00:00Z' })
  await annulCheckIn(test.shop, { order, positionid: 1, list })
  await checkIn(test.shop, { order, positionid: 1, list, at: '2026-09-17T06:55:00Z' })
  await checkIn(test.shop, { order, positionid: 1, list, type: 'exit', at: '2026-09-17T11:00:00Z' })
  await checkIn(test.shop, { order, positionid: 1, list, at: '2026-09-17T12:00:00Z' })
  // A device whose clock is wrong: an exit before the first entry.
  await checkIn(test.shop, { order, positionid: 1, list, type: 'exit', at: '2026-09-17T05:00:00Z' })
  await changeOrder(test.shop, { order, operations: [{ operation: 'cancel', positionid: 3 }] })
  return placed.id
}

// An order as the Northwind data has them: whole names, country names, quantities, a customer, no e-mail of an attendee.
async function placeTradeOrder(): Promise<string> {
  await setUpEvent(test.shop.database, {
    organizer: { slug: 'northwind-traders', name: 'Northwind Traders' },
    slug: 'northwind',
    name: 'Northwind wholesale',
    currency: 'USD',
    categories: [{ identifier: '4', name: 'Dairy Products', description: 'Cheeses' }],
    items: [
      {
        identifier: '11',
        name: 'Queso Cabrales',
        category: '4',
        defaultPrice: '21.00',
        isActive: false,
        supplier: "Cooperativa de Quesos 'Las Cabras'",
        quantityPerUnit: '1 kg pkg.',
        unitsInStock: 22,
      },
    ],
  })
  await createCustomers(test.shop, { organizer: 'northwind-traders', customers: [{ identifier: 'VINET' }] })
  const [placed] = await placeOrders(test.shop, {
    event: 'northwind-traders/northwind',
    isImport: true,
    orders: [
      {
        code: 'NW10248',
        customer: 'VINET',
        email: 'vinet@customers.example',
        locale: 'en',
        placedAt: '1996-07-04T09:00:00Z',
        total: '168.00',
        invoiceAddress: {
          company: 'Vins et alcools Chevalier',
          isBusiness: true,
          name: 'Paul Henriot',
          street: "59 rue de l'Abbaye",
          zipcode: null,
          city: 'Reims',
          country: 'France',
        },
        positions: [
          {
            positionid: 1,
            item: '11',
            price: '168.00',
            quantity: 12,
            attendeeName: 'Paul Henriot',
            attendeeEmail: null,
          },
        ],
      },
    ],
  })
  assert.ok(placed)
  return placed.id
}

function readAll(fields: readonly SourceField[], inputs: SourceRecord['inputs']): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.key, field.getter(inputs)]))
}

function position(record: SourceRecord, index: number): NestedRecord {
  const found = record.nested.OrderPosition?.[index]
  assert.ok(found)
  return found
}

describe('the fields of a conference order', () => {
  it('have each its value in the zone and the words of the event', async () => {
    const inputs = conference.inputs
    const secret = Reflect.get(Object(inputs.order), 'secret')
    assert.deepEqual(readAll(await model.fields('Order', conferenceScope), inputs), {
      order_code: 'ABC37',
      event_order_code: 'CONF26-ABC37',
      order_id: conference.id,
      email: 'jürgen@xn--bcher-kva.example',
      email_domain: 'xn--bcher-kva.example',
      phone: '+49 30 1234',
      order_total: '138.80',
      order_status: ['p'],
      order_date: '2026-03-01T10:00:00+01:00',
      order_expiry_date: '2026-03-15T10:00:00+01:00',
      payment_date: '2026-03-29T04:30:00+02:00',
      customer_id: null,
      customer_identifier: null,
      presale_order_url: `https://tickets.acme.example/conf26/order/ABC37/${secret}/`,
      order_locale: ['de'],
      invoice_address_is_business: true,
      invoice_address_company: 'Bücher & Söhne',
      invoice_address_name: 'Jürgen Müller',
      invoice_address_name_given_name: 'Jürgen',
      invoice_address_name_family_name: 'Müller',
      invoice_address_street: 'Am Markt 1',
      invoice_address_zipcode: '10115',
      invoice_address_city: 'Berlin',
      invoice_address_state: null,
      invoice_address_country: 'DE',
      invoice_address_vat_id: 'DE123456789',
      event_slug: 'conf26',
      event_name: 'Acme Conference 2026',
      event_currency: 'EUR',
      event_date_from: '2026-09-17T09:00:00+02:00',
      event_date_to: '2026-09-18T18:00:00+02:00',
    })
  })

  it('of a ticket tell who comes, what was answered and when the door was passed first', async () => {
    const ticket = position(conference, 0)
    const [list] = await test.query(`select id from ticket_shop.check_in_list where name = 'Main entrance'`)
    const [item] = await test.query(`select id from ticket_shop.item where identifier = 'conference-ticket'`)
    const others = await test.query(`select id from ticket_shop.check_in_list where name <> 'Main entrance'`)
    const webSecret = Reflect.get(Object(ticket.inputs.position), 'webSecret')
    const values = readAll(await model.fields('OrderPosition', conferenceScope), ticket.inputs)
    for (const key of Object.keys(readAll(await model.fields('Order', conferenceScope), conference.inputs))) {
      delete values[key]
    }
    assert.deepEqual(values, {
      ticket_id: 'ABC37-1',
      position_id: ticket.id,
      position_number: '1',
      ticket_price: '99.00',
      ticket_quantity: '1',
      ticket_status: ['p'],
      voucher_code: 'FRIENDS26',
      presale_ticket_url: `https://tickets.acme.example/conf26/ticket/ABC37/1/${webSecret}/`,
      [`checkin_date_${list?.id}`]: '2026-09-17T08:55:00+02:00',
      ...Object.fromEntries(others.map(({ id }) => [`checkin_date_${id}`, null])),
      attendee_name: 'Ada King Lovelace',
      attendee_name_given_name: 'Ada',
      attendee_name_family_name: 'King Lovelace',
      attendee_email: 'ada@xn--cole-9oa.example',
      attendee_or_order_email: 'ada@xn--cole-9oa.example',
      attendee_company: 'Analytical Engines',
      attendee_street: '12 St James’s Square',
      attendee_zipcode: 'SW1Y 4LB',
      attendee_city: 'London',
      attendee_state: 'Greater London',
      attendee_country: 'GB',
      question_badge: 'Countess',
      question_needs: 'Two\nlines',
      question_years: '12.5',
      question_newsletter: false,
      question_diet: ['vegan'],
      question_topics: ['databases', 'security'],
      question_birthday: '1815-12-10',
      'question_arrival-time': '08:30',
      question_flight: '2026-09-17T03:15:00+02:00',
      question_nationality: 'GB',
      question_mobile: '+44 20 7946 0000',
      product: 'Conference ticket – Early bird',
      product_id: item?.id,
      product_identifier: 'conference-ticket',
      product_is_admission: true,
      product_category: 'Tickets',
      event_or_date_name: 'Acme Conference 2026',
    })
  })

  it('of an add-on fall back to the person of its main position, one by one', async () => {
    const values = readAll(await model.fields('OrderPosition', conferenceScope), position(conference, 1).inputs)
    assert.deepEqual(
      [values.attendee_name, values.attendee_name_given_name, values.attendee_email, values.attendee_or_order_email],
      ['Ada King Lovelace', 'Ada', 'ada@xn--cole-9oa.example', 'ada@xn--cole-9oa.example'],
    )
    assert.deepEqual([values.attendee_city, values.attendee_country], ['Paris', 'GB'])
    assert.deepEqual([values.question_diet, values.question_topics], [['all'], ['databases', 'security']])
    assert.deepEqual([values.question_newsletter, values.question_badge], [false, 'Countess'])
    assert.deepEqual([values.ticket_id, values.product, values.ticket_quantity], ['ABC37-2', 'T-shirt – M', '2'])
    assert.deepEqual([values.voucher_code, values.ticket_price], [null, '39.80'])
  })

  it('of a canceled workshop seat tell its own date, its own status, and nothing where nothing was said', async () => {
    const values = readAll(await model.fields('OrderPosition', conferenceScope), position(conference, 2).inputs)
    assert.deepEqual([values.ticket_status, values.order_status], [['c'], ['p']])
    assert.equal(values.event_or_date_name, 'Workshop: TypeScript without a build')
    assert.equal(values.event_date_from, '2026-09-16T10:00:00+02:00')
    assert.equal(values.event_date_to, '2026-09-16T13:00:00+02:00')
    assert.equal(values.attendee_name, null)
    assert.equal(values.attendee_email, null)
    assert.equal(values.attendee_or_order_email, 'jürgen@xn--bcher-kva.example')
    assert.deepEqual([values.question_diet, values.question_topics], [[], []])
    assert.deepEqual([values.question_newsletter, values.question_badge], [null, null])
  })
})

describe('the fields of a trade order', () => {
  it('tell what was bought, by whom, and what is not known as null', async () => {
    const fields = await model.fields('OrderPosition', tradeScope)
    const [customer] = await test.query(`select id from ticket_shop.customer where identifier = 'VINET'`)
    const [item] = await test.query(`select id from ticket_shop.item where identifier = '11'`)
    assert.deepEqual(readAll(fields, position(trade, 0).inputs), {
      ticket_id: 'NW10248-1',
      position_id: position(trade, 0).id,
      position_number: '1',
      ticket_price: '168.00',
      ticket_quantity: '12',
      ticket_status: ['n'],
      voucher_code: null,
      presale_ticket_url: null,
      attendee_name: 'Paul Henriot',
      attendee_name_full_name: 'Paul Henriot',
      attendee_name_given_name: 'Paul',
      attendee_name_family_name: 'Henriot',
      attendee_email: null,
      attendee_or_order_email: 'vinet@customers.example',
      attendee_company: null,
      attendee_street: null,
      attendee_zipcode: null,
      attendee_city: null,
      attendee_state: null,
      attendee_country: null,
      product: 'Queso Cabrales',
      product_id: item?.id,
      product_identifier: '11',
      product_is_admission: false,
      product_category: 'Dairy Products',
      order_code: 'NW10248',
      event_order_code: 'NORTHWIND-NW10248',
      order_id: trade.id,
      email: 'vinet@customers.example',
      email_domain: 'customers.example',
      phone: null,
      order_total: '168.00',
      order_status: ['n'],
      order_date: '1996-07-04T09:00:00+00:00',
      order_expiry_date: '1996-07-18T09:00:00+00:00',
      payment_date: null,
      customer_id: customer?.id,
      customer_identifier: 'VINET',
      presale_order_url: null,
      order_locale: ['en'],
      invoice_address_is_business: true,
      invoice_address_company: 'Vins et alcools Chevalier',
      invoice_address_name: 'Paul Henriot',
      invoice_address_name_full_name: 'Paul Henriot',
      invoice_address_name_given_name: 'Paul',
      invoice_address_name_family_name: 'Henriot',
      invoice_address_street: "59 rue de l'Abbaye",
      invoice_address_zipcode: null,
      invoice_address_city: 'Reims',
      invoice_address_state: null,
      invoice_address_country: 'France',
      invoice_address_vat_id: null,
      event_slug: 'northwind',
      event_name: 'Northwind wholesale',
      event_currency: 'USD',
      event_or_date_name: 'Northwind wholesale',
      event_date_from: null,
      event_date_to: null,
    })
  })

  it('hide the parts of a name that is asked for as a whole, and say that they are guessed', async () => {
    const fields = await model.fields('OrderPosition', tradeScope)
    assert.deepEqual(
      fields.filter(({ isDeprecated }) => isDeprecated).map(({ key }) => key),
      [
        'attendee_name_full_name',
        'attendee_name_given_name',
        'attendee_name_family_name',
        'invoice_address_name_full_name',
        'invoice_address_name_given_name',
        'invoice_address_name_family_name',
      ],
    )
    assert.match(fields.find(({ key }) => key === 'attendee_name_family_name')?.label ?? '', /guessed.*not recommended/)
    const asked = await model.fields('OrderPosition', conferenceScope)
    assert.deepEqual(
      asked.filter(({ isDeprecated }) => isDeprecated),
      [],
    )
  })
})

describe('every field', () => {
  it('returns what its type says, for every position of every order', async () => {
    let readCount = 0
    for (const [record, scope] of [
      [conference, conferenceScope],
      [trade, tradeScope],
    ] as const) {
      const records = [{ model: 'Order', inputs: record.inputs }].concat(
        (record.nested.OrderPosition ?? []).map(({ inputs }) => ({ model: 'OrderPosition', inputs })),
      )
      for (const { model: name, inputs } of records) {
        for (const field of await model.fields(name, scope)) {
          assertType(field, field.getter(inputs))
          readCount += 1
        }
      }
    }
    assert.ok(readCount > 200)
  })

  it('has a key of its own, an input that its model has, and a category in order', async () => {
    const expected = [
      [10, 'Order position'],
      [11, 'Attendee'],
      [12, 'Questions'],
      [20, 'Product'],
      [21, 'Order'],
      [22, 'Invoice address'],
      [30, 'Event'],
      [31, 'Event or date'],
    ]
    const fields = await model.fields('OrderPosition', conferenceScope)
    const categories = new Map(fields.map(({ category }) => [category.sortIndex, category.label]))
    assert.deepEqual(
      [...categories].sort(([left], [right]) => left - right),
      expected,
    )
    for (const name of ['Order', 'OrderPosition']) {
      const ofModel = await model.fields(name, conferenceScope)
      const inputs = name === 'Order' ? model.inputs : model.nested.OrderPosition?.inputs
      assert.equal(new Set(ofModel.map(({ key }) => key)).size, ofModel.length)
      for (const field of ofModel) assert.ok(inputs?.includes(field.requiredInput), field.key)
    }
    assert.deepEqual(await model.fields('Nonsense', conferenceScope), [])
  })

  it('of a choice names its options', async () => {
    const fields = await model.fields('OrderPosition', conferenceScope)
    const optionsOf = (key: string) => fields.find((field) => field.key === key)?.options?.map((option) => option.key)
    assert.deepEqual(optionsOf('question_diet'), ['all', 'vegetarian', 'vegan'])
    assert.deepEqual(optionsOf('order_locale'), ['en', 'de'])
    assert.deepEqual(optionsOf('order_status'), ['n', 'p', 'e', 'c'])
    assert.equal(optionsOf('question_years'), undefined)
  })

  it('of any event of the organizer is there for the whole organizer, and reads the orders of each', async () => {
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'acme', name: 'Acme Conferences' },
      slug: 'concert',
      name: 'Concert',
      currency: 'CHF',
      locales: ['fr', 'en'],
      nameScheme: 'title_given_family',
      questions: [
        { identifier: 'diet', text: 'Menu?', type: 'choice', options: [{ identifier: 'none', answer: 'Nothing' }] },
        { identifier: 'row', text: 'Which row?', type: 'number' },
      ],
      checkInLists: [{ name: 'Main entrance' }],
    })
    const fields = await model.fields('OrderPosition', 'organizer:acme')
    const find = (key: string) => fields.find((field) => field.key === key)
    assert.deepEqual(
      find('question_diet')?.options?.map(({ key }) => key),
      ['all', 'vegetarian', 'vegan', 'none'],
    )
    assert.ok(find('question_row'))
    assert.ok(find('attendee_name_title'))
    assert.deepEqual(
      find('order_locale')?.options?.map(({ key }) => key),
      ['en', 'de', 'fr'],
    )
    const entrances = fields.filter(({ label }) => label.includes('Main entrance'))
    assert.deepEqual(
      entrances.map(({ label }) => label),
      ['First check-in on the list Main entrance (conf26)', 'First check-in on the list Main entrance (concert)'],
    )
    const { inputs } = position(conference, 0)
    assert.deepEqual(find('question_diet')?.getter(inputs), ['vegan'])
    assert.equal(find('question_row')?.getter(inputs), null)
    assert.equal(find('attendee_name_title')?.getter(inputs), null)
    assert.equal(find('attendee_name_given_name')?.getter(inputs), 'Ada')
  })
})

function assertType(field: SourceField, value: unknown): void {
  const says = `${field.key} (${field.type}): ${JSON.stringify(value)}`
  if (field.type === 'choice' || field.type === 'multiple_choice') {
    assert.ok(Array.isArray(value), says)
    assert.ok(field.type === 'multiple_choice' || value.length <= 1, says)
    for (const key of value)
      assert.ok(
        field.options?.some((option) => option.key === key),
        says,
      )
  } else if (value !== null) {
    assert.equal(typeof value, field.type === 'boolean' ? 'boolean' : 'string', says)
    assert.notEqual(value, '', says)
  }
}

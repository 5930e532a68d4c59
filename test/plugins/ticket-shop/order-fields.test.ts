import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SourceModel, SourceRecord } from '../../../core/sdk/index.ts'
import {
  conferenceScope,
  loadOrder,
  orderModelOf,
  placeConferenceOrder,
  positionAt,
  readAll,
} from '../../support/shop-orders.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
let model: SourceModel
let conference: SourceRecord
before(async () => {
  test = await createTicketShopContext()
  model = orderModelOf(test)
  conference = await loadOrder(model, { id: await placeConferenceOrder(test), scope: conferenceScope })
})
after(() => test.close())

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
    const ticket = positionAt(conference, 0)
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
    const values = readAll(await model.fields('OrderPosition', conferenceScope), positionAt(conference, 1).inputs)
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
    const values = readAll(await model.fields('OrderPosition', conferenceScope), positionAt(conference, 2).inputs)
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

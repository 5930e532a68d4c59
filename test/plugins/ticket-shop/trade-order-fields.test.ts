import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SourceModel, SourceRecord } from '../../../core/sdk/index.ts'
import { loadOrder, orderModelOf, placeTradeOrder, positionAt, readAll, tradeScope } from '../../support/shop-orders.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
let model: SourceModel
let trade: SourceRecord
before(async () => {
  test = await createTicketShopContext()
  model = orderModelOf(test)
  trade = await loadOrder(model, { id: await placeTradeOrder(test), scope: tradeScope })
})
after(() => test.close())

describe('the fields of a trade order', () => {
  it('tell what was bought, by whom, and what is not known as null', async () => {
    const fields = await model.fields('OrderPosition', tradeScope)
    const [customer] = await test.query(`select id from ticket_shop.customer where identifier = 'VINET'`)
    const [item] = await test.query(`select id from ticket_shop.item where identifier = '11'`)
    assert.deepEqual(readAll(fields, positionAt(trade, 0).inputs), {
      ticket_id: 'NW10248-1',
      position_id: positionAt(trade, 0).id,
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
  })
})

// The host that a test has without writing one: orders with their positions. The keys are those of the demo ticket shop,
// so that mappings made for it can be tried.
import type { TestField, TestModel, TestRecord } from './test-records.ts'

const states = ['n', 'p', 'e', 'c'].map((key) => ({ key, label: key }))
const locales = ['de', 'en'].map((key) => ({ key, label: key }))

const orderFields: readonly TestField[] = [
  { key: 'order_code' },
  { key: 'event_order_code' },
  { key: 'order_status', type: 'choice', options: states },
  { key: 'order_total', type: 'decimal' },
  { key: 'order_date', type: 'datetime' },
  { key: 'payment_date', type: 'datetime' },
  { key: 'order_locale', type: 'choice', options: locales },
  { key: 'email', type: 'email' },
  { key: 'phone', type: 'phone' },
  { key: 'invoice_address_name' },
  { key: 'invoice_address_company' },
  { key: 'invoice_address_street' },
  { key: 'invoice_address_zipcode' },
  { key: 'invoice_address_city' },
  { key: 'invoice_address_country', type: 'country' },
]

const positionFields: readonly TestField[] = [
  { key: 'position_id', type: 'integer' },
  { key: 'position_number', type: 'integer' },
  { key: 'ticket_id' },
  { key: 'ticket_price', type: 'decimal' },
  { key: 'ticket_quantity', type: 'integer' },
  { key: 'ticket_status', type: 'choice', options: states },
  { key: 'product' },
  { key: 'attendee_name' },
  { key: 'attendee_email', type: 'email' },
]

/** `Order` with nested `OrderPosition`. */
export const orderModel: TestModel = {
  name: 'Order',
  fields: orderFields,
  nested: { OrderPosition: positionFields },
  labelField: 'order_code',
}

/**
 * A paid order with two positions and a value in every field; those that identify something hold the number, so that no
 * two orders have one in common.
 */
export function sampleOrder(number: number): TestRecord {
  const code = `A${number}`
  const position = (place: number): TestRecord => ({
    id: String(number * 10 + place),
    position_id: String(number * 10 + place),
    position_number: String(place),
    ticket_id: `${code}-${place}`,
    ticket_price: '40.00',
    ticket_quantity: '1',
    ticket_status: ['p'],
    product: 'Conference ticket',
    attendee_name: 'Grace Hopper',
    attendee_email: `guest${number}-${place}@example.org`,
  })
  return {
    id: String(number),
    order_code: code,
    event_order_code: `CONF-${code}`,
    order_status: ['p'],
    order_total: '80.00',
    order_date: '2026-07-04T09:00:00+02:00',
    payment_date: '2026-07-04T09:05:00+02:00',
    order_locale: ['en'],
    email: `buyer${number}@example.org`,
    phone: '+49 30 1234567',
    invoice_address_name: 'Ada Lovelace',
    invoice_address_company: 'Analytical Engines',
    invoice_address_street: 'St James Square 12',
    invoice_address_zipcode: '10117',
    invoice_address_city: 'Berlin',
    invoice_address_country: 'DE',
    OrderPosition: [position(1), position(2)],
  }
}

/** The same order with other values in what does not identify anything. */
export function changedOrder(order: TestRecord): TestRecord {
  const positions = Array.isArray(order.OrderPosition) ? (order.OrderPosition as readonly TestRecord[]) : []
  return {
    ...order,
    order_total: '95.50',
    invoice_address_name: 'Augusta King',
    invoice_address_company: 'Difference Engines',
    invoice_address_city: 'Hamburg',
    OrderPosition: positions.map((position) => ({ ...position, ticket_price: '47.75', attendee_name: 'Rear Admiral' })),
  }
}

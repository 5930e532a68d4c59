// Two orders that between them have everything that source fields read, and how a test reads them.
import assert from 'node:assert/strict'
import type { NestedRecord, SourceField, SourceModel, SourceRecord } from '../../core/sdk/index.ts'
import { changeOrder } from '../../plugins/ticket-shop/change-order.ts'
import { annulCheckIn, checkIn } from '../../plugins/ticket-shop/check-in.ts'
import { setUpConference } from '../../plugins/ticket-shop/conference-event.ts'
import { createCustomers } from '../../plugins/ticket-shop/create-customer.ts'
import { placeOrders } from '../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../plugins/ticket-shop/set-up-event.ts'
import type { TicketShopContext } from './ticket-shop-context.ts'

export const conferenceScope = 'organizer:acme/event:conf26'
export const tradeScope = 'organizer:northwind-traders/event:northwind'

export function orderModelOf({ contributions }: TicketShopContext): SourceModel {
  const model = contributions.sourceModels?.find(({ name }) => name === 'Order')
  assert.ok(model)
  return model
}

export async function loadOrder(
  model: SourceModel,
  { id, scope }: { id: string; scope: string },
): Promise<SourceRecord> {
  const [record] = await model.load([id], { scope, signal: new AbortController().signal })
  assert.ok(record)
  return record
}

export function readAll(fields: readonly SourceField[], inputs: SourceRecord['inputs']): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.key, field.getter(inputs)]))
}

export function positionAt(record: SourceRecord, index: number): NestedRecord {
  const found = record.nested.OrderPosition?.[index]
  assert.ok(found)
  return found
}

/** A ticket with everything, an add-on, and a canceled workshop seat. Resolves to the order's id. */
export async function placeConferenceOrder({ shop }: TicketShopContext): Promise<string> {
  await setUpConference(shop.database)
  const [placed] = await placeOrders(shop, {
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
  await checkIn(shop, { order, positionid: 1, list, at: '2026-09-17T06:00:00Z' })
  await annulCheckIn(shop, { order, positionid: 1, list })
  await checkIn(shop, { order, positionid: 1, list, at: '2026-09-17T06:55:00Z' })
  await checkIn(shop, { order, positionid: 1, list, type: 'exit', at: '2026-09-17T11:00:00Z' })
  await checkIn(shop, { order, positionid: 1, list, at: '2026-09-17T12:00:00Z' })
  // A device whose clock is wrong: an exit before the first entry.
  await checkIn(shop, { order, positionid: 1, list, type: 'exit', at: '2026-09-17T05:00:00Z' })
  await changeOrder(shop, { order, operations: [{ operation: 'cancel', positionid: 3 }] })
  return placed.id
}

/** As the Northwind data has them: whole names, country names, quantities, a customer, no e-mail of an attendee. */
export async function placeTradeOrder({ shop }: TicketShopContext): Promise<string> {
  await setUpEvent(shop.database, {
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
  await createCustomers(shop, { organizer: 'northwind-traders', customers: [{ identifier: 'VINET' }] })
  const [placed] = await placeOrders(shop, {
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

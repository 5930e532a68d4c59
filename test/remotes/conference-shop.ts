// The demo shop's conference as the host of an instance, on a database of its own, with one connection under test.

import type { Plugin } from '../../core/sdk/index.ts'
import { createTestInstance, type TestInstance } from '../../core/testing/index.ts'
import { conferenceReference, setUpConference } from '../../plugins/ticket-shop/conference-event.ts'
import ticketShop from '../../plugins/ticket-shop/index.ts'
import type { OrderSummary } from '../../plugins/ticket-shop/order-summary.ts'
import { placeOrders } from '../../plugins/ticket-shop/place-order.ts'
import { createShopDatabase, type Shop } from '../../plugins/ticket-shop/shop-database.ts'
import { createTestDatabase } from '../support/test-database.ts'

export const conferenceScope = 'organizer:acme/event:conf26'

export interface ConferenceShop {
  instance: TestInstance
  shop: Shop
  /** An order with a ticket for each attendee. */
  place(order: {
    attendees: readonly (readonly [name: string, email: string])[]
    isPaid: boolean
  }): Promise<OrderSummary>
  /** Sends what is due. Answers with the outcomes of the tries this led to. */
  drain(): Promise<string[]>
  /** Says of an order that it has changed, and has it sent even if nothing did. */
  sendAgain(orders: readonly OrderSummary[]): Promise<string[]>
  close(): Promise<void>
}

export async function openConference(plugin: Plugin): Promise<ConferenceShop> {
  const { databaseUrl, drop } = await createTestDatabase()
  const instance = await createTestInstance({
    plugins: [ticketShop, plugin],
    databaseUrl,
    models: [],
    scope: conferenceScope,
  })
  const shop: Shop = { database: createShopDatabase({ databaseUrl }), signals: instance.sync.signals }
  await setUpConference(shop.database)
  let seenCount = 0
  const drain = async (): Promise<string[]> => {
    await instance.drain({ limitMs: 60_000 })
    const outcomes = (await instance.attempts()).map(
      ({ outcome, message }) => outcome + (message ? `: ${message}` : ''),
    )
    const fresh = outcomes.slice(seenCount)
    seenCount = outcomes.length
    return fresh
  }
  return {
    instance,
    shop,
    drain,
    async place({ attendees, isPaid }) {
      const [placed] = await placeOrders(shop, {
        event: conferenceReference,
        orders: [
          {
            email: 'buyer@example.org',
            ...(isPaid ? { payments: [{ amount: String(349 * attendees.length) }] } : {}),
            positions: attendees.map(([name, attendeeEmail]) => {
              const [given_name, family_name] = name.split(' ')
              return {
                ...{ item: 'conference-ticket', variation: 'regular', attendeeEmail },
                attendeeName: { given_name, family_name },
              }
            }),
          },
        ],
      })
      if (!placed) throw new Error('The shop placed no order.')
      return placed
    },
    async sendAgain(orders) {
      for (const { id } of orders) {
        await instance.signal('order_changed', id, { model: 'Order', scope: conferenceScope, isForced: true })
      }
      return drain()
    },
    async close() {
      await shop.database.close()
      await instance.close()
      await drop()
    },
  }
}

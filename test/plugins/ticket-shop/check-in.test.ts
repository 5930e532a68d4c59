import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { changeOrder } from '../../../plugins/ticket-shop/change-order.ts'
import { annulCheckIn, checkIn } from '../../../plugins/ticket-shop/check-in.ts'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { markOrderPaid } from '../../../plugins/ticket-shop/order-actions.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
})
after(() => test.close())

async function place() {
  const [placed] = await placeOrders(test.shop, {
    event: conferenceReference,
    orders: [{ positions: [{ item: 'dinner' }, { item: 'workshop-seat', subEvent: 'postgres' }, { item: 'dinner' }] }],
  })
  assert.ok(placed)
  return { id: placed.id }
}
const list = 'Main entrance'

describe('checking in', () => {
  it('lets in once, out once, and in again', async () => {
    const order = await place()
    await markOrderPaid(test.shop, { order })
    await checkIn(test.shop, { order, positionid: 1, list })
    await assert.rejects(checkIn(test.shop, { order, positionid: 1, list }), /checked in on "Main entrance" already/)
    await checkIn(test.shop, { order, positionid: 1, list, type: 'exit' })
    await assert.rejects(checkIn(test.shop, { order, positionid: 1, list, type: 'exit' }), /it is not checked in/)
    test.takeFired()
    await checkIn(test.shop, { order, positionid: 1, list })
    assert.deepEqual(test.takeFired()[0]?.changes, [{ positionid: 1, list, type: 'entry' }])
  })

  it('lets in only positions of the date that the list is for', async () => {
    const order = await place()
    await markOrderPaid(test.shop, { order })
    await checkIn(test.shop, { order, positionid: 2, list: 'PostgreSQL workshop' })
    await assert.rejects(
      checkIn(test.shop, { order, positionid: 2, list: 'TypeScript workshop' }),
      /the list "TypeScript workshop" is for another date/,
    )
    await assert.rejects(
      checkIn(test.shop, { order, positionid: 1, list: 'Back door' }),
      /no check-in list "Back door". Its lists: "Main entrance", "TypeScript workshop", "PostgreSQL workshop"/,
    )
  })

  it('refuses what is not paid or canceled', async () => {
    const order = await place()
    await assert.rejects(checkIn(test.shop, { order, positionid: 1, list }), /it is pending, and only paid/)
    await markOrderPaid(test.shop, { order })
    await changeOrder(test.shop, { order, operations: [{ operation: 'cancel', positionid: 3 }] })
    await assert.rejects(checkIn(test.shop, { order, positionid: 3, list }), /it is canceled/)
  })

  it('takes a check-in back, and then lets in again', async () => {
    const order = await place()
    await markOrderPaid(test.shop, { order })
    await assert.rejects(
      annulCheckIn(test.shop, { order, positionid: 1, list }),
      /no check-in on "Main entrance" to annul/,
    )
    await checkIn(test.shop, { order, positionid: 1, list })
    await annulCheckIn(test.shop, { order, positionid: 1, list })
    await checkIn(test.shop, { order, positionid: 1, list })
    const rows = await test.query(
      `select c.annulled_at is not null as annulled from ticket_shop.check_in c
       join ticket_shop.order_position p on p.id = c.position_id where p.order_id = $1 order by c.id`,
      [order.id],
    )
    assert.deepEqual(rows, [{ annulled: true }, { annulled: false }])
  })
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { changeOrder } from '../../../plugins/ticket-shop/change-order.ts'
import { checkIn } from '../../../plugins/ticket-shop/check-in.ts'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { markOrderPaid } from '../../../plugins/ticket-shop/order-actions.ts'
import type { PlaceOrdersInput } from '../../../plugins/ticket-shop/order-input.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { splitOrder } from '../../../plugins/ticket-shop/split-order.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
})
after(() => test.close())
beforeEach(() => {
  test.takeFired()
})

async function place(extra: Partial<PlaceOrdersInput['orders'][number]> = {}) {
  const [placed] = await placeOrders(test.shop, {
    event: conferenceReference,
    orders: [
      {
        email: 'ada@example.org',
        invoiceAddress: { company: 'Analytical Engines', name: 'Ada Lovelace', vatId: 'GB1' },
        positions: [
          { item: 'conference-ticket', variation: 'regular', answers: { diet: 'vegan' } },
          { item: 't-shirt', variation: 'm', addonTo: 1 },
          { item: 'conference-ticket', variation: 'student' },
          { item: 'dinner', addonTo: 3 },
        ],
        ...extra,
      },
    ],
  })
  assert.ok(placed)
  test.takeFired()
  return { ...placed, order: { id: placed.id } }
}

async function positionsOf(orderId: string) {
  const rows = await test.query(
    `select p.positionid, i.identifier as item, v.identifier as variation, s.slug as date, p.price,
       p.is_canceled as canceled, m.positionid as main
     from ticket_shop.order_position p join ticket_shop.item i on i.id = p.item_id
     left join ticket_shop.item_variation v on v.id = p.variation_id
     left join ticket_shop.sub_event s on s.id = p.sub_event_id
     left join ticket_shop.order_position m on m.id = p.addon_to_id
     where p.order_id = $1 order by p.positionid`,
    [orderId],
  )
  return rows.map(({ positionid, item, variation, date, price, canceled, main }) =>
    [positionid, item, variation, date, price, canceled ? 'canceled' : '', main ? `of ${main}` : '']
      .filter((part) => part !== null && part !== '')
      .join(' '),
  )
}

describe('changing an order', () => {
  it('adds, cancels, swaps and reprices positions, and the total follows exactly', async () => {
    const { id, order } = await place()
    const changed = await changeOrder(test.shop, {
      order,
      operations: [
        { operation: 'cancel', positionid: 1 },
        { operation: 'change_item', positionid: 3, item: 'workshop-seat' },
        { operation: 'change_sub_event', positionid: 3, subEvent: 'postgres' },
        { operation: 'change_price', positionid: 4, price: '0.10' },
        { operation: 'add', position: { item: 't-shirt', variation: 'xl', addonTo: 3, quantity: 2 } },
        { operation: 'add', position: { item: 'dinner', price: '0.20' } },
      ],
    })
    assert.deepEqual(await positionsOf(id), [
      '1 conference-ticket regular 349.00 canceled',
      '2 t-shirt m 19.90 canceled of 1',
      '3 workshop-seat postgres 120.00',
      '4 dinner 0.10 of 3',
      '5 t-shirt xl 43.80 of 3',
      '6 dinner 0.20',
    ])
    assert.equal(changed.total, '164.10')
    assert.deepEqual(
      test.takeFired()[0]?.changes?.map((change) => JSON.stringify(change)),
      [
        '{"operation":"cancel","positionid":1}',
        '{"operation":"change_item","positionid":3}',
        '{"operation":"change_sub_event","positionid":3}',
        '{"operation":"change_price","positionid":4}',
        '{"operation":"add"}',
        '{"operation":"add"}',
        '{"field":"total","to":"164.10"}',
      ],
    )
  })

  it('makes a paid order pending when it costs more, and a pending one paid when it costs no more', async () => {
    const { order } = await place()
    await markOrderPaid(test.shop, { order })
    const dearer = await changeOrder(test.shop, {
      order,
      operations: [{ operation: 'add', position: { item: 'dinner', price: '0.01' } }],
    })
    assert.equal(dearer.status, 'n')
    const cheaper = await changeOrder(test.shop, { order, operations: [{ operation: 'cancel', positionid: 5 }] })
    assert.equal(cheaper.status, 'p')
  })

  it('keeps the rounding of an order that came from elsewhere', async () => {
    const { order } = await place({ total: '503.39', positions: [{ item: 'dinner', price: '503.40' }] })
    const operations = [{ operation: 'add' as const, position: { item: 'dinner', price: '10' } }]
    assert.equal((await changeOrder(test.shop, { order, operations })).total, '513.39')
  })

  it('refuses what is not there, and to cancel everything', async () => {
    const { order, code } = await place()
    const reject = (operation: Parameters<typeof changeOrder>[1]['operations'][number], message: RegExp) =>
      assert.rejects(changeOrder(test.shop, { order, operations: [operation] }), { message })
    await reject({ operation: 'cancel', positionid: 9 }, new RegExp(`Order ${code} has no position 9`))
    await reject({ operation: 'change_item', positionid: 1, item: 'lunch' }, /no item "lunch"/)
    await reject({ operation: 'change_sub_event', positionid: 1, subEvent: 'go' }, /no sub-event "go"/)
    await assert.rejects(
      changeOrder(test.shop, {
        order,
        operations: [
          { operation: 'cancel', positionid: 1 },
          { operation: 'cancel', positionid: 3 },
        ],
      }),
      /Cancel the order instead/,
    )
    await assert.rejects(changeOrder(test.shop, { order, operations: [] }), /operations/)
    assert.deepEqual(test.takeFired(), [])
  })
})

describe('splitting an order', () => {
  it('moves positions with their add-ons, answers and check-ins, the address and the money', async () => {
    const { id, code, order } = await place()
    await markOrderPaid(test.shop, { order, paidAt: '2026-05-01T10:00:00Z' })
    await checkIn(test.shop, { order, positionid: 1, list: 'Main entrance' })
    test.takeFired()
    const { order: old, newOrders } = await splitOrder(test.shop, { order, positionids: [1] })
    const [split] = newOrders
    assert.ok(split)
    assert.deepEqual(await positionsOf(id), ['3 conference-ticket student 89.00', '4 dinner 45.50 of 3'])
    assert.deepEqual(await positionsOf(split.id), ['1 conference-ticket regular 349.00', '2 t-shirt m 19.90 of 1'])
    assert.deepEqual([old.total, old.status, split.total, split.status], ['134.50', 'p', '368.90', 'p'])
    const [belongings] = await test.query(
      `select (select count(*)::int from ticket_shop.answer a join ticket_shop.order_position p on p.id = a.position_id
           where p.order_id = $1) as answers,
         (select count(*)::int from ticket_shop.check_in c join ticket_shop.order_position p on p.id = c.position_id
           where p.order_id = $1) as "checkIns",
         (select company || ' ' || vat_id from ticket_shop.invoice_address where order_id = $1) as address`,
      [split.id],
    )
    assert.deepEqual(belongings, { answers: 1, checkIns: 1, address: 'Analytical Engines GB1' })
    const payments = await test.query(
      'select order_id, amount, provider, paid_at from ticket_shop.payment where order_id in ($1, $2) order by id',
      [id, split.id],
    )
    const paid_at = new Date('2026-05-01T10:00:00Z')
    assert.deepEqual(payments, [
      { order_id: id, amount: '503.40', provider: 'manual', paid_at },
      { order_id: id, amount: '-368.90', provider: 'offsetting', paid_at },
      { order_id: split.id, amount: '368.90', provider: 'offsetting', paid_at },
    ])
    const [fired] = test.takeFired()
    assert.deepEqual(fired?.subjects, [
      { model: 'Order', id },
      { model: 'Order', id: split.id },
    ])
    assert.deepEqual(fired?.versionsInside, [old.version, old.version])
    assert.deepEqual(fired?.changes, [{ newOrder: split.code, positionids: [1] }])
    assert.notEqual(split.code, code)
  })

  it('refuses to leave nothing, to take an add-on alone, and what is not there', async () => {
    const { order } = await place()
    const reject = (positionids: number[], message: RegExp) =>
      assert.rejects(splitOrder(test.shop, { order, positionids }), { message })
    await reject([1, 3], /one has to stay/)
    await reject([2], /Position 2 is an add-on/)
    await reject([7], /no position 7 that could be split off/)
  })
})

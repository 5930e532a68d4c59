import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { createCustomers } from '../../../plugins/ticket-shop/create-customer.ts'
import { cancelOrder, reactivateOrder } from '../../../plugins/ticket-shop/order-actions.ts'
import type { PlaceOrdersInput } from '../../../plugins/ticket-shop/order-input.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
})
after(() => test.close())

type OrderInput = PlaceOrdersInput['orders'][number]
async function place(order: OrderInput, event = conferenceReference) {
  const [placed] = await placeOrders(test.shop, { event, orders: [order] })
  assert.ok(placed)
  return placed
}
const rejectsOrder = (order: OrderInput, message: RegExp) => assert.rejects(place(order), { message })

describe('the price of an order', () => {
  it('is the variation’s, else the item’s, times the quantity, summed exactly', async () => {
    const { total } = await place({
      positions: [
        { item: 'conference-ticket', variation: 'early-bird' },
        { item: 't-shirt', variation: 'm', quantity: 3 },
        { item: 't-shirt', variation: 'xl', quantity: 2 },
        { item: 'dinner', price: '0.1' },
      ],
    })
    assert.equal(total, '382.60')
  })

  it('is the voucher’s where there is one, and a voucher is used up', async () => {
    const friend = { positions: [{ item: 'conference-ticket', variation: 'regular', voucher: 'FRIENDS26' }] }
    const first = await place(friend)
    assert.equal(first.total, '99.00')
    await place(friend)
    await place(friend)
    await rejectsOrder(friend, /The voucher "FRIENDS26" is used up \(3 of 3\)/)
    await cancelOrder(test.shop, { order: { id: first.id } })
    await place(friend)
    await assert.rejects(reactivateOrder(test.shop, { order: { id: first.id } }), /is used up/)
  })

  it('takes a voucher only for its item', () =>
    rejectsOrder({ positions: [{ item: 'dinner', voucher: 'SPEAKER' }] }, /"SPEAKER" is not good for this item/))

  it('lets one of two buyers have the last voucher', async () => {
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'acme', name: 'Acme' },
      slug: 'race',
      name: 'Race',
      currency: 'EUR',
      items: [{ identifier: 'seat', name: 'Seat', defaultPrice: '5' }],
      vouchers: [{ code: 'LAST', price: '0' }],
    })
    const order = { positions: [{ item: 'seat', voucher: 'LAST' }] }
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => place(order, 'acme/race')))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })
})

describe('an order that is placed', () => {
  it('is paid when nothing is left to pay, unless it waits for an approval', async () => {
    const free = { positions: [{ item: 'dinner', price: '0' }] }
    assert.equal((await place(free)).status, 'p')
    assert.equal((await place({ ...free, requiresApproval: true })).status, 'n')
    const half = { positions: [{ item: 'dinner' }], payments: [{ amount: '45.49' }] }
    assert.equal((await place(half)).status, 'n')
    assert.equal((await place({ ...half, payments: [...half.payments, { amount: '0.01' }] })).status, 'p')
    const promised = { positions: [{ item: 'dinner' }], payments: [{ amount: '45.50', state: 'pending' as const }] }
    assert.equal((await place(promised)).status, 'n')
  })

  it('keeps the code, the dates and the total of where it comes from', async () => {
    await place({
      code: 'NW10605',
      placedAt: '1997-07-21T09:00:00Z',
      total: '4109.70',
      payments: [{ amount: '4109.70', paidAt: '1997-07-29T00:00:00Z' }],
      positions: [{ item: 'dinner', price: '4109.71', quantity: 165 }],
    })
    const [row] = await test.query(
      `select status, total, placed_at, expires_at from ticket_shop."order" where code = 'NW10605'`,
    )
    assert.deepEqual(row, {
      status: 'p',
      total: '4109.70',
      placed_at: new Date('1997-07-21T09:00:00Z'),
      expires_at: new Date('1997-08-04T09:00:00Z'),
    })
  })

  it('has positions numbered from 1, around the numbers that were given', async () => {
    const { id } = await place({
      positions: [
        { item: 'dinner', addonTo: 2 },
        { item: 'dinner', positionid: 2 },
        { item: 'dinner' },
        { item: 'dinner', addonTo: 3 },
      ],
    })
    const rows = await test.query(
      `select p.positionid, m.positionid as main from ticket_shop.order_position p
       left join ticket_shop.order_position m on m.id = p.addon_to_id where p.order_id = $1 order by 1`,
      [id],
    )
    assert.deepEqual(
      rows.map(({ positionid, main }) => [positionid, main]),
      [
        [1, 2],
        [2, null],
        [3, null],
        [4, 3],
      ],
    )
  })

  it('belongs to the customer it names', async () => {
    const [customer] = await createCustomers(test.shop, { organizer: 'acme', customers: [{ identifier: 'ALFKI' }] })
    const { id } = await place({ customer: 'ALFKI', positions: [{ item: 'dinner' }] })
    const [row] = await test.query('select customer_id from ticket_shop."order" where id = $1', [id])
    assert.equal(row?.customer_id, customer?.id)
    await rejectsOrder({ customer: 'NOBODY', positions: [{ item: 'dinner' }] }, /has no customer "NOBODY"/)
  })

  it('keeps text of every kind as it was written', async () => {
    const text = `"Zum 'Löwen'" \\ ? $1 -- {} 日本`
    const { id } = await place({
      phone: text,
      invoiceAddress: { company: text, name: text },
      positions: [{ item: 'dinner', attendeeName: text, street: text, answers: { badge: text, needs: text } }],
    })
    const [row] = await test.query(
      `select o.phone, a.company, a.name_parts->>'full_name' as name, p.attendee_name_parts->>'full_name' as attendee,
         p.street, (select array_agg(text) from ticket_shop.answer where position_id = p.id) as answers
       from ticket_shop."order" o join ticket_shop.invoice_address a on a.order_id = o.id
       join ticket_shop.order_position p on p.order_id = o.id where o.id = $1`,
      [id],
    )
    const expected = { phone: text, company: text, name: text, attendee: text, street: text, answers: [text, text] }
    assert.deepEqual(row, expected)
  })
})

describe('an order that makes no sense', () => {
  it('is refused with the field or the name at fault, and nothing is saved', async () => {
    const [before] = await test.query('select count(*) from ticket_shop."order"')
    await rejectsOrder({ positions: [] }, /^Cannot place orders: orders\.0\.positions: /)
    await rejectsOrder({ positions: [{ item: 'dinner', price: '1.001' }] }, /orders\.0\.positions\.0\.price: must be/)
    await rejectsOrder({ email: 'ada', positions: [{ item: 'dinner' }] }, /orders\.0\.email: must be an e-mail address/)
    await rejectsOrder({ positions: [{ item: 'lunch' }] }, /This event has no item "lunch"/)
    await rejectsOrder({ positions: [{ item: 'dinner', variation: 'm' }] }, /The item "dinner" has no variation "m"/)
    await rejectsOrder({ positions: [{ item: 'dinner', subEvent: 'go' }] }, /no sub-event "go"/)
    await rejectsOrder({ positions: [{ item: 'dinner', answers: { shoe: '42' } }] }, /no question "shoe"/)
    await rejectsOrder(
      { locale: 'fr', positions: [{ item: 'dinner' }] },
      /not offered in the language "fr", only en, de/,
    )
    await rejectsOrder({ positions: [{ item: 'dinner', addonTo: 9 }] }, /cannot be an add-on of 9/)
    await rejectsOrder({ positions: [{ item: 'dinner', addonTo: 1 }] }, /cannot be an add-on of 1/)
    const two = { item: 'dinner', positionid: 1 }
    await rejectsOrder({ positions: [two, two] }, /two positions with the number 1/)
    await assert.rejects(
      place({ positions: [{ item: 'dinner' }] }, 'acme/nowhere'),
      /There is no event "acme\/nowhere"/,
    )
    assert.deepEqual((await test.query('select count(*) from ticket_shop."order"'))[0], before)
  })

  it('is refused when its code is taken, also among many', async () => {
    const order = { code: 'TWICE', positions: [{ item: 'dinner' }] }
    const orders = [order, order]
    await assert.rejects(placeOrders(test.shop, { event: conferenceReference, orders }), /Two of these orders/)
    await place(order)
    await rejectsOrder(order, /The event conf26 has an order TWICE already/)
  })

  it('is told from two that take one code at the same moment', async () => {
    const order = { code: 'RACE', positions: [{ item: 'dinner' }] }
    const results = await Promise.allSettled([place(order), place(order), place(order)])
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason.message)] : []))
    assert.equal(refused.length, 2)
    for (const message of refused) assert.match(message, /has an order RACE already/)
  })

  it('is refused for what is not on sale, but not when it was sold elsewhere', async () => {
    const event = 'acme/old'
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'acme', name: 'Acme' },
      slug: 'old',
      name: 'Old',
      currency: 'EUR',
      items: [{ identifier: 'tofu', name: 'Tofu', defaultPrice: '23.25', isActive: false }],
    })
    const orders = [{ positions: [{ item: 'tofu' }] }]
    await assert.rejects(placeOrders(test.shop, { event, orders }), /"tofu" is not on sale/)
    assert.equal((await placeOrders(test.shop, { event, orders, isImport: true })).length, 1)
  })
})

describe('a thousand orders', () => {
  it('are placed at once, each with a code of its own', async () => {
    const order = {
      positions: [
        { item: 'dinner', answers: { diet: 'vegan' } },
        { item: 'dinner', addonTo: 1 },
      ],
    }
    test.takeFired()
    const orders = Array.from({ length: 1000 }, () => order)
    const placed = await placeOrders(test.shop, { event: conferenceReference, orders })
    assert.equal(new Set(placed.map(({ code }) => code)).size, 1000)
    assert.equal(test.takeFired()[0]?.subjects.length, 1000)
    const ids = placed.map(({ id }) => id)
    const [row] = await test.query(
      `select count(*)::int as positions, count(x.option_id)::int as options, count(p.addon_to_id)::int as addons,
         count(*) filter (where m.order_id <> p.order_id)::int as astray
       from ticket_shop.order_position p
       left join ticket_shop.order_position m on m.id = p.addon_to_id
       left join ticket_shop.answer a on a.position_id = p.id
       left join ticket_shop.answer_option x on x.answer_id = a.id where p.order_id = any($1::bigint[])`,
      [ids],
    )
    assert.deepEqual(row, { positions: 2000, options: 1000, addons: 1000, astray: 0 })
  })
})

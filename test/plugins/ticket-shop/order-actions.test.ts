import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { changeOrder } from '../../../plugins/ticket-shop/change-order.ts'
import { annulCheckIn, checkIn } from '../../../plugins/ticket-shop/check-in.ts'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { createCustomers } from '../../../plugins/ticket-shop/create-customer.ts'
import { modifyOrder } from '../../../plugins/ticket-shop/modify-order.ts'
import {
  approveOrder,
  cancelOrder,
  changeOrderExpiry,
  denyOrder,
  expireOrder,
  markOrderPaid,
  reactivateOrder,
} from '../../../plugins/ticket-shop/order-actions.ts'
import type { OrderReference } from '../../../plugins/ticket-shop/order-input.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { splitOrder } from '../../../plugins/ticket-shop/split-order.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

const scope = 'organizer:acme/event:conf26'
const actor = { id: 'u1', name: 'Ada' }
const inAnHour = () => new Date(Date.now() + 3_600_000)

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
})
after(() => test.close())
beforeEach(() => {
  test.takeFired()
})

async function place(order: { requiresApproval?: boolean; price?: string } = {}) {
  const { price = '349.00', ...rest } = order
  const [placed] = await placeOrders(test.shop, {
    event: conferenceReference,
    orders: [
      {
        email: 'ada@example.org',
        ...rest,
        positions: [
          { item: 'conference-ticket', variation: 'regular', price, attendeeName: 'Ada Lovelace' },
          { item: 't-shirt', variation: 'm', addonTo: 1, price: '0.00' },
          { item: 'workshop-seat', subEvent: 'typescript', price: '0.00' },
        ],
      },
    ],
  })
  assert.ok(placed)
  test.takeFired()
  return { ...placed, order: { id: placed.id } satisfies OrderReference }
}

async function versionOf({ id }: { id: string }): Promise<number> {
  return Number((await test.query('select version from ticket_shop."order" where id = $1', [id]))[0]?.version)
}

type Placed = Awaited<ReturnType<typeof place>>
const actions: Record<string, { signal: string; prepare(): Promise<Placed>; act(placed: Placed): Promise<unknown> }> = {
  pay: {
    signal: 'order_paid',
    prepare: place,
    act: ({ order }) => markOrderPaid(test.shop, { order, actor }),
  },
  cancel: { signal: 'order_canceled', prepare: place, act: ({ order }) => cancelOrder(test.shop, { order, actor }) },
  reactivate: {
    signal: 'order_reactivated',
    async prepare() {
      const placed = await place()
      await cancelOrder(test.shop, { order: placed.order })
      return placed
    },
    act: ({ order }) => reactivateOrder(test.shop, { order, actor }),
  },
  expire: { signal: 'order_expired', prepare: place, act: ({ order }) => expireOrder(test.shop, { order, actor }) },
  extend: {
    signal: 'order_expiry_changed',
    prepare: place,
    act: ({ order }) => changeOrderExpiry(test.shop, { order, expiresAt: inAnHour(), actor }),
  },
  modify: {
    signal: 'order_modified',
    prepare: place,
    act: ({ order }) => modifyOrder(test.shop, { order, email: 'new@example.org', actor }),
  },
  change: {
    signal: 'order_changed',
    prepare: place,
    act: ({ order }) => changeOrder(test.shop, { order, operations: [{ operation: 'cancel', positionid: 3 }], actor }),
  },
  approve: {
    signal: 'order_approved',
    prepare: () => place({ requiresApproval: true }),
    act: ({ order }) => approveOrder(test.shop, { order, actor }),
  },
  deny: {
    signal: 'order_denied',
    prepare: () => place({ requiresApproval: true }),
    act: ({ order }) => denyOrder(test.shop, { order, actor }),
  },
  split: {
    signal: 'order_split',
    prepare: place,
    act: ({ order }) => splitOrder(test.shop, { order, positionids: [3], actor }),
  },
  'check in': {
    signal: 'checkin_created',
    prepare: () => place({ price: '0.00' }),
    act: ({ order }) => checkIn(test.shop, { order, positionid: 1, list: 'Main entrance', actor }),
  },
  'annul a check-in': {
    signal: 'checkin_annulled',
    async prepare() {
      const placed = await place({ price: '0.00' })
      await checkIn(test.shop, { order: placed.order, positionid: 1, list: 'Main entrance' })
      return placed
    },
    act: ({ order }) => annulCheckIn(test.shop, { order, positionid: 1, list: 'Main entrance', actor }),
  },
}

async function snapshot(): Promise<Record<string, unknown>[]> {
  return test.query(`select
    (select json_agg(o order by id) from ticket_shop."order" o) as orders,
    (select json_agg(p order by id) from ticket_shop.order_position p) as positions,
    (select json_agg(c order by id) from ticket_shop.check_in c) as check_ins,
    (select json_agg(m order by id) from ticket_shop.payment m) as payments,
    (select json_agg(a order by id) from ticket_shop.invoice_address a) as addresses,
    (select json_agg(v order by id) from ticket_shop.voucher v) as vouchers,
    (select json_agg(c order by id) from ticket_shop.customer c) as customers`)
}

describe('an action on an order', () => {
  for (const [name, { signal, prepare, act }] of Object.entries(actions)) {
    it(`fires ${signal} alone, in its transaction, after the change is written (${name})`, async () => {
      const placed = await prepare()
      test.takeFired()
      const version = await versionOf(placed)
      await act(placed)
      const fired = test.takeFired()
      assert.deepEqual(
        fired.map((event) => [event.name, event.scope, event.actor]),
        [[signal, scope, actor]],
      )
      const [event] = fired
      assert.equal(event?.subjects[0]?.id, placed.id)
      assert.equal(event?.version, version + 1)
      assert.deepEqual(
        event?.versionsInside,
        event?.subjects.map(() => version + 1),
      )
      assert.deepEqual(event?.versionsOutside, [version])
    })

    it(`leaves nothing when its transaction fails (${name})`, async () => {
      const placed = await prepare()
      const beforehand = await snapshot()
      test.failNextSignal(new Error('the queue is not there'))
      await assert.rejects(act(placed), /the queue is not there/)
      assert.deepEqual(await snapshot(), beforehand)
    })
  }

  it('says where a change came from', async () => {
    const { order } = await place()
    await cancelOrder(test.shop, { order, origin: 'connection-7' })
    assert.equal(test.takeFired()[0]?.origin, 'connection-7')
  })
})

describe('placing orders', () => {
  it('fires order_placed once for all of them, with ids that nobody outside sees yet', async () => {
    const order = { positions: [{ item: 'dinner' }] }
    const placed = await placeOrders(test.shop, { event: conferenceReference, orders: [order, order, order], actor })
    const [event, ...others] = test.takeFired()
    assert.deepEqual(others, [])
    assert.equal(event?.name, 'order_placed')
    assert.deepEqual(
      event?.subjects,
      placed.map(({ id }) => ({ model: 'Order', id })),
    )
    assert.deepEqual([event?.versionsInside, event?.versionsOutside, event?.version], [[1, 1, 1], [], 1])
  })

  it('leaves nothing when its transaction fails', async () => {
    const beforehand = await snapshot()
    test.failNextSignal(new Error('the queue is not there'))
    const orders = [{ positions: [{ item: 'conference-ticket', variation: 'student', voucher: 'FRIENDS26' }] }]
    await assert.rejects(placeOrders(test.shop, { event: conferenceReference, orders }), /the queue is not there/)
    assert.deepEqual(await snapshot(), beforehand)
  })
})

describe('creating customers', () => {
  it('fires customer_created in the scope of the organizer', async () => {
    const [customer] = await createCustomers(test.shop, {
      organizer: 'acme',
      customers: [{ email: 'grace@example.org', name: { given_name: 'Grace', family_name: 'Hopper' } }],
      actor,
    })
    const [event, ...others] = test.takeFired()
    assert.deepEqual(others, [])
    assert.deepEqual([event?.name, event?.scope], ['customer_created', 'organizer:acme'])
    assert.deepEqual(event?.subjects, [{ model: 'Customer', id: customer?.id }])
    assert.deepEqual([event?.versionsInside, event?.versionsOutside], [[1], []])
  })

  it('leaves nothing when its transaction fails, and refuses an identifier twice', async () => {
    const customers = [{ identifier: 'ALFKI' }]
    const beforehand = await snapshot()
    test.failNextSignal(new Error('the queue is not there'))
    await assert.rejects(createCustomers(test.shop, { organizer: 'acme', customers }), /the queue is not there/)
    assert.deepEqual(await snapshot(), beforehand)
    await createCustomers(test.shop, { organizer: 'acme', customers })
    await assert.rejects(
      createCustomers(test.shop, { organizer: 'acme', customers }),
      /has a customer with one of these/,
    )
  })
})

describe('the states of an order', () => {
  const statusOf = async ({ id }: Placed) =>
    (await test.query('select status from ticket_shop."order" where id = $1', [id]))[0]?.status

  it('go from pending over expired and extended to paid, canceled and back', async () => {
    const placed = await place()
    const { order } = placed
    assert.equal(await statusOf(placed), 'n')
    await expireOrder(test.shop, { order })
    assert.equal(await statusOf(placed), 'e')
    await changeOrderExpiry(test.shop, { order, expiresAt: inAnHour() })
    assert.equal(await statusOf(placed), 'n')
    await markOrderPaid(test.shop, { order, provider: 'banktransfer' })
    assert.equal(await statusOf(placed), 'p')
    await cancelOrder(test.shop, { order })
    assert.equal(await statusOf(placed), 'c')
    await reactivateOrder(test.shop, { order })
    assert.equal(await statusOf(placed), 'p')
    const payments = await test.query('select state, amount, provider from ticket_shop.payment where order_id = $1', [
      placed.id,
    ])
    assert.deepEqual(payments, [{ state: 'confirmed', amount: '349.00', provider: 'banktransfer' }])
  })

  it('wait for an approval before anything is paid', async () => {
    const free = await place({ requiresApproval: true, price: '0.00' })
    assert.equal(await statusOf(free), 'n')
    await assert.rejects(markOrderPaid(test.shop, { order: free.order }), /waits for an approval/)
    await approveOrder(test.shop, { order: free.order })
    assert.equal(await statusOf(free), 'p')
    const denied = await place({ requiresApproval: true })
    await denyOrder(test.shop, { order: denied.order })
    assert.equal(await statusOf(denied), 'c')
  })

  it('refuse what they do not allow, naming the order and its state', async () => {
    const { order, code } = await place()
    await cancelOrder(test.shop, { order })
    const refused = (start: string, state: string) =>
      new RegExp(`^Cannot ${start} order ${code}: it is ${state}, and only`)
    const message = (expected: RegExp) => (error: Error) => expected.test(error.message)
    await assert.rejects(markOrderPaid(test.shop, { order }), message(refused('pay', 'canceled')))
    await assert.rejects(cancelOrder(test.shop, { order }), message(refused('cancel', 'canceled')))
    await assert.rejects(expireOrder(test.shop, { order }), message(refused('expire', 'canceled')))
    await assert.rejects(modifyOrder(test.shop, { order, phone: '1' }), message(refused('modify', 'canceled')))
    const paid = await place({ price: '0.00' })
    await assert.rejects(markOrderPaid(test.shop, { order: paid.order }), /it is paid, and only pending or expired/)
    await assert.rejects(reactivateOrder(test.shop, { order: paid.order }), /it is paid, and only canceled/)
    await assert.rejects(approveOrder(test.shop, { order: (await place()).order }), /does not wait for an approval/)
    const past = new Date('2020-01-01T00:00:00Z')
    await assert.rejects(
      changeOrderExpiry(test.shop, { order: (await place()).order, expiresAt: past }),
      /the new expiry is in the past/,
    )
    await assert.rejects(
      markOrderPaid(test.shop, { order: { event: conferenceReference, code: 'NOPE' } }),
      /no order NOPE/,
    )
    await assert.rejects(markOrderPaid(test.shop, { order: { id: '99999999' } }), /no order with the id 99999999/)
  })

  it('are changed by one action at a time: of two that pay, one is refused', async () => {
    const { order, id } = await place()
    const results = await Promise.allSettled([markOrderPaid(test.shop, { order }), markOrderPaid(test.shop, { order })])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const payments = await test.query('select amount from ticket_shop.payment where order_id = $1', [id])
    assert.deepEqual(payments, [{ amount: '349.00' }])
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Operations, User } from '../../../core/sdk/index.ts'
import { changeOrder } from '../../../plugins/ticket-shop/change-order.ts'
import { checkIn } from '../../../plugins/ticket-shop/check-in.ts'
import { createCustomers } from '../../../plugins/ticket-shop/create-customer.ts'
import { cancelOrder, expireOrder, markOrderPaid } from '../../../plugins/ticket-shop/order-actions.ts'
import type { PlaceOrdersInput } from '../../../plugins/ticket-shop/order-input.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import {
  createConferencePagesTest,
  escapedHostile,
  hostile,
  onlooker,
  panelHtml,
  placeOrder,
  type ShopPagesTest,
  textOf,
} from './pages-fixture.ts'

let test: ShopPagesTest
let panel: Operations['panel'] = async () => panelHtml
before(async () => {
  test = await createConferencePagesTest((request) => panel(request))
})
after(() => test.close())

const place = (order: PlaceOrdersInput['orders'][number], event?: Parameters<typeof placeOrder>[2]) =>
  placeOrder(test, order, event)
const page = (code: string, user?: User) => test.get(`/orders/acme/conf26/${code}`, user)
const buttons = (html: string): string[] =>
  [...(/<div class="os-buttons mb-4">(.*?)<\/div>/s.exec(html)?.[1] ?? '').matchAll(/class="btn[^>]*>([^<]*)</g)].map(
    ([, label]) => label ?? '',
  )

describe('the page of an order', () => {
  it('shows all about it in the event’s language, currency and zone', async () => {
    await createCustomers(test.shop, { organizer: 'acme', customers: [{ identifier: 'C-7', name: 'Grace Hopper' }] })
    const { code, id } = await place({
      email: 'grace@example.com',
      phone: '+1 555',
      customer: 'C-7',
      locale: 'de',
      placedAt: '2026-03-01T23:30:00Z',
      expiresAt: '2026-03-20T12:00:00Z',
      payments: [
        { amount: '100', provider: 'cash', paidAt: '2026-03-02T12:00:00Z' },
        { amount: '5', state: 'failed' },
      ],
      invoiceAddress: {
        company: 'US Navy',
        name: { given_name: 'Grace', family_name: 'Hopper' },
        country: 'US',
        vatId: 'V1',
      },
      positions: [
        {
          item: 'conference-ticket',
          variation: 'regular',
          attendeeName: { given_name: 'Grace', family_name: 'Hopper' },
          attendeeEmail: 'g@example.com',
          city: 'Arlington',
          answers: {
            diet: 'vegan',
            topics: ['frontend'],
            newsletter: true,
            flight: '2026-09-16T19:05:00Z',
            birthday: '1906-12-09',
          },
        },
        { item: 'workshop-seat', subEvent: 'postgres', addonTo: 1, voucher: 'FRIENDS26' },
        { item: 't-shirt', variation: 'xl', quantity: 3 },
      ],
    })
    await changeOrder(test.shop, { order: { id }, operations: [{ operation: 'cancel', positionid: 3 }] })
    const { html, title, status } = await page(code)
    assert.equal(status, 200)
    assert.equal(title, `Order ${code}`)
    const text = textOf(html)
    for (const shown of [
      ...['grace@example.com', '+1 555', 'Grace Hopper', 'C-7', 'German', 'Mar 2, 2026, 12:30 AM', 'overdue'],
      ...[
        'US Navy',
        'United States',
        'VAT number V1',
        'Conference ticket, Regular',
        '€349.00',
        'g@example.com',
        'Arlington',
      ],
      ...['What do you eat? Vegan', 'Which topics interest you? Front end', 'May we send you our newsletter? Yes'],
      ...['When does your flight land? Sep 16, 2026, 9:05 PM', 'When were you born? Dec 9, 1906'],
      ...['Workshop seat', 'Workshop: queues in PostgreSQL, Sep 16, 2026, 2:00 PM', 'Voucher FRIENDS26', '€99.00'],
      ...['Cash received Mar 2, 2026 €100.00 €348.00', 'Another way failed – €5.00 –', 'Still to pay: €348.00'],
      ...['Canceled positions €65.70', 'Total €448.00', '€348.00 to pay was due by Mar 20, 2026, 1:00 PM'],
    ]) {
      assert.ok(text.includes(shown), `${shown} in ${text}`)
    }
    assert.match(html, /<s>T-shirt, XL<\/s>/)
    assert.match(html, /<span class="os-muted">× 3<\/span>/)
  })

  it('shows the rounding of where an order came from, and money that came too much', async () => {
    const { code, id } = await place({
      total: '9.99',
      positions: [
        { item: 'dinner', price: '10' },
        { item: 'dinner', price: '0' },
      ],
    })
    await markOrderPaid(test.shop, { order: { id } })
    await changeOrder(test.shop, {
      order: { id },
      operations: [{ operation: 'change_price', positionid: 1, price: '4' }],
    })
    const { html } = await page(code)
    assert.match(html, /Rounding where it came from<\/dt><dd class="text-end">-€0\.01</)
    assert.match(html, /Paid too much: €6\.00/)
    assert.match(html, /data-label="Left to pay"[^>]*>-€6\.00/)
  })

  it('shows hostile texts in every field as the texts they are', async () => {
    const parts = { given_name: hostile, family_name: hostile }
    const email = `"${'<i>'.repeat(3)}"@ex-&amp;.com`
    const address = {
      company: hostile,
      street: hostile,
      zipcode: hostile,
      city: hostile,
      state: hostile,
      country: hostile,
    }
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'evil', name: hostile },
      slug: 'evil',
      name: hostile,
      currency: 'XXX',
      locales: ['en', 'en-muchTooLongForATag'],
      nameScheme: 'given_family',
      subEvents: [{ slug: 'sub', name: hostile, dateFrom: '2026-01-01T00:00:00Z' }],
      categories: [{ identifier: hostile, name: hostile }],
      items: [
        {
          identifier: hostile,
          name: hostile,
          category: hostile,
          defaultPrice: '1',
          isAdmission: true,
          variations: [{ identifier: hostile, name: hostile }],
        },
      ],
      questions: [
        { identifier: hostile, text: hostile, type: 'multiline' },
        {
          identifier: 'pick',
          text: hostile,
          type: 'multiple_choice',
          options: [{ identifier: hostile, answer: hostile }],
        },
      ],
      checkInLists: [{ name: hostile }, { name: `${hostile}2` }],
      vouchers: [{ code: hostile }],
    })
    await createCustomers(test.shop, { organizer: 'evil', customers: [{ identifier: hostile, name: hostile }] })
    const [order] = await placeOrders(test.shop, {
      event: 'evil/evil',
      orders: [
        {
          email,
          phone: hostile,
          customer: hostile,
          payments: [{ amount: '2', provider: hostile }],
          invoiceAddress: { name: parts, ...address, vatId: hostile },
          positions: [
            {
              ...{
                item: hostile,
                variation: hostile,
                subEvent: 'sub',
                voucher: hostile,
                attendeeName: parts,
                attendeeEmail: email,
              },
              ...address,
              answers: { [hostile]: `${hostile}\n${hostile}`, pick: [hostile] },
            },
            { item: hostile, variation: hostile },
          ],
        },
      ],
    })
    assert.ok(order)
    const base = `/orders/evil/evil`
    await checkIn(test.shop, { order: { id: order.id }, positionid: 1, list: hostile })
    const { html } = await test.get(`${base}/${order.code}`)
    assert.ok(html.split(escapedHostile).length > 30)
    assert.ok(html.includes('&quot;&lt;i&gt;&lt;i&gt;&lt;i&gt;&quot;@ex-&amp;amp;.com'))
    // Each of these pages is checked for markup by the fixture.
    for (const address of ['/', base, `${base}?q=${encodeURIComponent(hostile)}`, `${base}/new`]) {
      assert.ok((await test.get(address)).html.includes(escapedHostile), address)
    }
    for (const below of ['details', 'positions/1', 'positions/1/cancel', 'cancel']) {
      assert.ok((await test.get(`${base}/${order.code}/${below}`)).html.includes(escapedHostile), below)
    }
  })

  it('hands the panel the order, who looks and where to come back to, and shows what it answers', async () => {
    const requests: Parameters<Operations['panel']>[0][] = []
    panel = async (request) => {
      requests.push(request)
      return panelHtml
    }
    const { code, id } = await place({ positions: [{ item: 'dinner' }] })
    const { html } = await page(code, onlooker)
    assert.ok(html.includes(panelHtml))
    assert.deepEqual(requests, [
      { subject: { model: 'Order', id }, user: onlooker, returnTo: `/base/ticket-shop/orders/acme/conf26/${code}` },
    ])
    panel = async () => ''
    assert.doesNotMatch((await page(code)).html, /<section class="os-panel"|cannot be shown/)
  })

  it('is shown also when the panel fails, and the log says why', async () => {
    panel = async () => {
      throw new Error('the panel broke')
    }
    const { code, id } = await place({ positions: [{ item: 'dinner' }] })
    test.logged.splice(0)
    const { html, status } = await page(code)
    assert.equal(status, 200)
    assert.match(html, /How this order stands in other systems cannot be shown at the moment/)
    assert.deepEqual(test.logged, [
      { details: { error: 'the panel broke', order: id }, message: 'The sync panel of an order could not be shown' },
    ])
    panel = async () => panelHtml
  })
})

describe('the buttons of an order', () => {
  const dinner = { positions: [{ item: 'dinner' }] }
  const past = '2026-01-01T00:00:00Z'

  it('are those that its state allows', async () => {
    const pending = await place(dinner)
    const overdue = await place({ ...dinner, placedAt: past })
    const waiting = await place({ ...dinner, requiresApproval: true })
    const paid = await place({ ...dinner, payments: [{ amount: '45.50' }] })
    const expired = await place({ ...dinner, placedAt: past })
    await expireOrder(test.shop, { order: { id: expired.id } })
    const canceled = await place(dinner)
    await cancelOrder(test.shop, { order: { id: canceled.id } })
    const expected = [
      [pending, ['Mark as paid', 'Extend the time to pay', 'Cancel the order'], 'pending'],
      [overdue, ['Mark as paid', 'Extend the time to pay', 'Mark as expired', 'Cancel the order'], 'overdue'],
      [waiting, ['Approve', 'Deny', 'Extend the time to pay'], 'needs approval'],
      [paid, ['Cancel the order'], 'paid'],
      [expired, ['Mark as paid', 'Extend the time to pay', 'Cancel the order'], 'expired'],
      [canceled, ['Reactivate'], 'canceled'],
    ] as const
    for (const [{ code }, labels, status] of expected) {
      const { html } = await page(code)
      assert.deepEqual(buttons(html), labels, status)
      assert.match(html, new RegExp(`class="os-tag[^"]*">.*?${status}</span>`, 's'))
    }
  })

  it('are not shown to somebody who may only look', async () => {
    const { code } = await place({
      positions: [{ item: 'conference-ticket', variation: 'regular', voucher: 'SPEAKER' }],
    })
    const { html } = await page(code, onlooker)
    assert.doesNotMatch(html, /<form|<button|class="btn|>Change</)
    assert.match(
      (await page(code)).html,
      /action="\/base\/ticket-shop\/orders\/acme\/conf26\/\w+\/positions\/1\/check-in"/,
    )
  })

  it('each lead to a page or an action that exists', async () => {
    for (const order of [dinner, { ...dinner, requiresApproval: true }, { ...dinner, placedAt: past }]) {
      const { code } = await place(order)
      const { html } = await page(code)
      for (const [, address = ''] of html.matchAll(/href="\/base\/ticket-shop(\/orders[^"]*)"/g)) {
        assert.equal((await test.get(address)).status, 200, address)
      }
      for (const [, address = ''] of html.matchAll(/<form method="post" action="\/base\/ticket-shop(\/[^"]*)"/g)) {
        const parts = address.split('/')
        assert.ok(
          test.pages.some(
            ({ method, path }) =>
              method === 'POST' && path.split('/').length === parts.length && path.endsWith(`/${parts.at(-1)}`),
          ),
          address,
        )
      }
    }
  })
})

describe('an address that names nothing', () => {
  it('is not found, with a sentence that says what is missing', async () => {
    const { code } = await place({ positions: [{ item: 'dinner' }] })
    const found = async (address: string) => (await test.get(address)).result
    assert.deepEqual(await found('/orders/acme/never'), { notFound: 'There is no such event.' })
    assert.deepEqual(await found('/orders/acme/conf26/NEVER'), { notFound: 'Acme Conference 2026 has no order NEVER.' })
    assert.deepEqual(await found(`/orders/acme/conf26/${code}/positions/9`), {
      notFound: `Order ${code} has no position 9.`,
    })
    assert.deepEqual(await found(`/orders/acme/conf26/${code}/positions/1e0`), {
      notFound: `Order ${code} has no position 1e0.`,
    })
    assert.equal((await test.get('/orders/acme%2Fconf26/x')).status, 404)
    assert.equal((await test.get(`/orders/acme/conf26/${'9'.repeat(500)}/positions/1`)).status, 404)
    assert.equal((await test.post('/orders/acme/conf26/NEVER/pay', {})).status, 404)
  })

  it('does not find an order of another event', async () => {
    const { code } = await place({ positions: [{ item: 'dinner' }] })
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'acme', name: 'Acme' },
      slug: 'other',
      name: 'Other',
      currency: 'EUR',
    })
    assert.equal((await test.get(`/orders/acme/other/${code}`)).status, 404)
    assert.equal((await test.post(`/orders/acme/other/${code}/cancel`, {})).status, 404)
  })
})

describe('every page', () => {
  it('asks the permission in the scope of its event: to look for reading, to operate for changing', () => {
    const reading = ['/', '/orders/:organizer/:event', '/orders/:organizer/:event/:code']
    assert.ok(test.pages.length > 20)
    for (const { method, path, permission, scope } of test.pages) {
      const asked = permission ?? (method === 'GET' ? 'view' : 'operate')
      assert.equal(asked, reading.includes(path) ? 'view' : 'operate', `${method} ${path}`)
      if (path === '/') continue
      assert.equal(scope?.({ organizer: 'acme', event: 'conf26' }), 'organizer:acme/event:conf26', path)
    }
  })
})

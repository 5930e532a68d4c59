import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { User } from '../../../core/sdk/index.ts'
import { setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { cancelOrder, expireOrder } from '../../../plugins/ticket-shop/order-actions.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import { createShopPagesTest, onlooker, type ShopPagesTest, textOf } from './pages-fixture.ts'

let test: ShopPagesTest
before(async () => {
  test = await createShopPagesTest()
})
after(() => test.close())

const codes = (html: string): string[] =>
  [...html.matchAll(/<th scope="row" role="rowheader"><a href="[^"]*">([^<]*)</g)].map(([, code]) => code ?? '')

describe('the list of events', () => {
  it('says how to begin when there is none', async () => {
    assert.match((await test.get('/')).html, /There is no event yet/)
  })

  it('shows each event with its days, its orders and the way to place one, the latest first', async () => {
    await setUpConference(test.shop.database)
    const organizer = { slug: 'hall', name: 'Concert Hall' }
    await setUpEvent(test.shop.database, { organizer, slug: 'always', name: 'Always', currency: 'EUR' })
    await setUpEvent(test.shop.database, {
      organizer,
      slug: 'gala',
      name: 'Gala',
      currency: 'EUR',
      timezone: 'Asia/Tokyo',
      locales: ['de'],
      dateFrom: '2027-01-31T20:00:00Z',
      items: [{ identifier: 'seat', name: 'Seat', defaultPrice: '5' }],
    })
    await placeOrders(test.shop, {
      event: 'hall/gala',
      orders: [{ positions: [{ item: 'seat' }] }, { positions: [{ item: 'seat' }] }],
    })
    const { html } = await test.get('/')
    const text = textOf(html)
    assert.match(
      text,
      /Gala Concert Hall · 01\.02\.2027 Orders 2 Place an order.*Acme Conference 2026 Acme Conferences · Sep 17, 2026 to Sep 18, 2026 Orders 0.*Always/,
    )
    assert.match(html, /href="\/base\/ticket-shop\/orders\/hall\/gala"/)
    assert.match(html, /href="\/base\/ticket-shop\/orders\/hall\/gala\/new"/)
  })

  it('shows nobody an event that he may not see, and no way to do what he may not', async () => {
    const usher: User = {
      id: 'u',
      name: 'Usher',
      can: (right, scope) => right === 'view' && scope === 'organizer:hall/event:gala',
    }
    const { html } = await test.get('/', usher)
    assert.match(html, /Gala/)
    assert.doesNotMatch(html, /Acme|Always|Place an order/)
    assert.doesNotMatch((await test.get('/orders/hall/gala', usher)).html, /Place an order/)
  })
})

describe('the list of orders', () => {
  const path = '/orders/club/night'
  before(async () => {
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'club', name: 'Club' },
      slug: 'night',
      name: 'Night',
      currency: 'JPY',
      items: [{ identifier: 'entry', name: 'Entry', defaultPrice: '1200' }],
    })
  })

  it('invites to place the first one', async () => {
    assert.match(textOf((await test.get(path)).html), /Nothing was ordered yet\. Place the first order/)
    assert.doesNotMatch((await test.get(path, onlooker)).html, /Place/)
  })

  it('shows the newest first, fifty at a time, each exactly once while others arrive', async () => {
    const order = (code: string) => ({
      code,
      email: `${code.toLowerCase()}@example.com`,
      positions: [
        { item: 'entry', quantity: 2 },
        { item: 'entry', price: '0.5' },
      ],
    })
    const wanted = Array.from({ length: 120 }, (_, index) => `N-${String(index).padStart(3, '0')}`)
    await placeOrders(test.shop, { event: 'club/night', orders: wanted.map(order) })
    const first = (await test.get(path)).html
    assert.match(textOf(first), /120 orders, newest first/)
    assert.match(textOf(first), /N-119 n-119@example\.com pending .* 2 ¥2,400\.5 /)
    assert.doesNotMatch(first, />Newest</)
    const seen = codes(first)
    let next = /href="\/base\/ticket-shop([^"]*before=[^"]*)"[^>]*>Older/.exec(first)?.[1]
    await placeOrders(test.shop, { event: 'club/night', orders: [order('N-LATE')] })
    for (let count = 0; next && count < 5; count += 1) {
      const { html } = await test.get(next)
      assert.match(html, />Newest</)
      assert.match(textOf(html), /Earlier orders, newest first/)
      seen.push(...codes(html))
      next = /href="\/base\/ticket-shop([^"]*before=[^"]*)"[^>]*>Older/.exec(html)?.[1]
    }
    assert.deepEqual(seen, wanted.toReversed())
  })

  it('finds orders by the beginning of the code or a part of the e-mail, and by nothing else', async () => {
    const found = async (q: string) => codes((await test.get(`${path}?q=${encodeURIComponent(q)}`)).html)
    assert.deepEqual(await found('n-11'), [
      'N-119',
      'N-118',
      'N-117',
      'N-116',
      'N-115',
      'N-114',
      'N-113',
      'N-112',
      'N-111',
      'N-110',
    ])
    assert.deepEqual(await found(' N-007@Example '), ['N-007'])
    assert.equal((await found('example.com')).length, 50)
    for (const none of ['%', '_', '\\', "' or '1'='1", 'N_119', '\0nobody'])
      assert.deepEqual(await found(none), [], none)
    const { html } = await test.get(`${path}?q=nobody`)
    assert.match(textOf(html), /No order fits/)
    assert.match(html, /value="nobody"/)
  })

  it('narrows by status and keeps the search while paging', async () => {
    const past = '2026-01-01T00:00:00Z'
    const entry = { positions: [{ item: 'entry' }] }
    const kinds = {
      p: { ...entry, code: 'X-PAID', payments: [{ amount: '1200' }] },
      overdue: { ...entry, code: 'X-OVERDUE', placedAt: past },
      approval: { ...entry, code: 'X-APPROVAL', placedAt: past, requiresApproval: true },
      e: { ...entry, code: 'X-EXPIRED', placedAt: past },
      c: { ...entry, code: 'X-CANCELED' },
    }
    const placed = await placeOrders(test.shop, { event: 'club/night', orders: Object.values(kinds) })
    const idOf = (code: string) => placed.find((order) => order.code === code)?.id ?? ''
    await expireOrder(test.shop, { order: { id: idOf('X-EXPIRED') } })
    await cancelOrder(test.shop, { order: { id: idOf('X-CANCELED') } })
    for (const [status, { code }] of Object.entries(kinds)) {
      const { html } = await test.get(`${path}?q=x-&status=${status}`)
      assert.deepEqual(codes(html), [code], status)
      assert.match(textOf(html), /1 order found, newest first/)
      assert.match(html, new RegExp(`status=${status}[^"]*" aria-current="true"`))
    }
    assert.deepEqual(codes((await test.get(`${path}?q=x-&status=n`)).html), ['X-APPROVAL', 'X-OVERDUE'])
    const { html } = await test.get(`${path}?q=n-&status=n`)
    assert.match(html, /href="[^"]*\?status=n&amp;q=n-&amp;before=\d+"[^>]*>Older/)
  })

  it('takes an address that makes no sense for the plain list', async () => {
    for (const query of [
      'status=zzz',
      'before=abc',
      `before=${'9'.repeat(30)}`,
      `q=${'x'.repeat(5000)}`,
      'status=__proto__',
    ]) {
      assert.equal((await test.get(`${path}?${query}`)).status, 200)
    }
  })
})

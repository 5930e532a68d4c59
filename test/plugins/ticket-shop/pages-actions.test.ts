import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { SignalName } from '../../../core/sdk/index.ts'
import type { PlaceOrdersInput } from '../../../plugins/ticket-shop/order-input.ts'
import {
  createConferencePagesTest,
  formOf,
  placeOrder,
  problemsOf,
  type ShopPagesTest,
  textOf,
} from './pages-fixture.ts'

let test: ShopPagesTest
before(async () => {
  test = await createConferencePagesTest()
})
after(() => test.close())
beforeEach(() => test.takeFired())

const dinner = { positions: [{ item: 'dinner' }] }
const ticket = { payments: [{ amount: '349' }], positions: [{ item: 'conference-ticket', variation: 'regular' }] }

const place = async (order: PlaceOrdersInput['orders'][number]): Promise<string> => (await placeOrder(test, order)).code
const pathOf = (code: string): string => `/orders/acme/conf26/${code}`
async function row(code: string) {
  const [found] = await test.query(
    `select o.status, o.version, o.expires_at, p.provider, p.amount, p.paid_at from ticket_shop."order" o
     left join ticket_shop.payment p on p.order_id = o.id and p.state = 'confirmed' where o.code = $1`,
    [code],
  )
  return found
}

/** The action was done in one transaction that fired this signal, and the clerk is back at the order. */
async function assertDone(
  code: string,
  answer: { redirectTo: string | null; notice: string | null },
  signal: SignalName,
  notice: string,
) {
  assert.equal(answer.redirectTo, `/base/ticket-shop${pathOf(code)}`)
  assert.equal(answer.notice, notice.replace('CODE', code))
  const fired = test.takeFired()
  assert.deepEqual(
    fired.map(({ name, actor, version }) => ({ name, actor, version })),
    [{ name: signal, actor: { id: 'clerk-1', name: 'Carla Clerk' }, version: (await row(code))?.version }],
  )
  // Seen inside the transaction and nowhere else yet.
  assert.deepEqual(fired[0]?.versionsInside, [fired[0]?.version])
  assert.deepEqual(fired[0]?.versionsOutside, [Number(fired[0]?.version) - 1])
}

describe('marking an order as paid', () => {
  it('says the amount, and records how and on which day it was paid', async () => {
    const code = await place(dinner)
    const { html } = await test.get(`${pathOf(code)}/pay`)
    assert.match(html, /A payment of €45\.50 is recorded/)
    const answer = await test.post(`${pathOf(code)}/pay`, { ...formOf(html), provider: 'cash', paidOn: '2026-03-29' })
    await assertDone(code, answer, 'order_paid', 'Order CODE is paid.')
    const { status, provider, amount, paid_at } = (await row(code)) ?? {}
    assert.deepEqual(
      { status, provider, amount, paid_at },
      // Noon of that day in Berlin, where summer time has just begun.
      { status: 'p', provider: 'cash', amount: '45.50', paid_at: new Date('2026-03-29T10:00:00Z') },
    )
  })

  it('is filled in for a bank transfer of today', async () => {
    const code = await place(dinner)
    const form = formOf((await test.get(`${pathOf(code)}/pay`)).html)
    const before = Date.now()
    await assertDone(code, await test.post(`${pathOf(code)}/pay`, form), 'order_paid', 'Order CODE is paid.')
    const paid = await row(code)
    assert.equal(paid?.provider, 'banktransfer')
    assert.ok(paid?.paid_at instanceof Date && paid.paid_at.getTime() >= before && paid.paid_at.getTime() <= Date.now())
  })

  it('refuses a day to come, a day that is none and a way that is none, and keeps what was typed', async () => {
    const code = await place(dinner)
    const future = await test.post(`${pathOf(code)}/pay`, { provider: 'cash', paidOn: '2999-01-01' })
    assert.equal(future.status, 422)
    assert.equal(future.title, `Error: Mark as paid: ${code}`)
    assert.deepEqual(problemsOf(future.html), { paidOn: 'Day it was paid: enter today or a day before.' })
    assert.deepEqual(formOf(future.html), { provider: 'cash', paidOn: '2999-01-01' })
    const odd = await test.post(`${pathOf(code)}/pay`, { provider: 'gold', paidOn: '2026-02-30' })
    assert.deepEqual(problemsOf(odd.html), {
      provider: 'How it was paid: choose one of the list.',
      paidOn: 'Day it was paid: enter a date such as 2026-09-17.',
    })
    assert.deepEqual(test.takeFired(), [])
    assert.equal((await row(code))?.status, 'n')
  })
})

describe('the time to pay', () => {
  it('is extended to the end of a day, by fourteen days unless told otherwise', async () => {
    const code = await place({ ...dinner, expiresAt: '2999-01-01T10:00:00Z' })
    const { html } = await test.get(`${pathOf(code)}/extend`)
    assert.match(html, /can be paid until Jan 1, 2999, 11:00\s?AM/)
    assert.equal(formOf(html).lastDay, '2999-01-15')
    const answer = await test.post(`${pathOf(code)}/extend`, formOf(html))
    await assertDone(code, answer, 'order_expiry_changed', 'Order CODE can be paid longer.')
    assert.deepEqual((await row(code))?.expires_at, new Date('2999-01-15T22:59:59Z'))
  })

  it('brings an expired order back, and is not extended into the past', async () => {
    const code = await place({ ...dinner, placedAt: '2026-01-01T00:00:00Z' })
    await assertDone(code, await test.post(`${pathOf(code)}/expire`, {}), 'order_expired', 'Order CODE is expired.')
    assert.match((await test.get(`${pathOf(code)}/extend`)).html, /The order is pending again until then/)
    const past = await test.post(`${pathOf(code)}/extend`, { lastDay: '2026-01-02' })
    assert.deepEqual(problemsOf(past.html), { lastDay: 'Last day to pay: enter today or a day to come.' })
    const none = await test.post(`${pathOf(code)}/extend`, { lastDay: '' })
    assert.deepEqual(problemsOf(none.html), { lastDay: 'Last day to pay: enter a date such as 2026-09-17.' })
    await test.post(`${pathOf(code)}/extend`, { lastDay: '2999-01-02' })
    assert.equal((await row(code))?.status, 'n')
  })
})

describe('the other actions', () => {
  it('cancel an order after a page that says what follows, and reactivate it', async () => {
    const code = await place(ticket)
    const { html } = await test.get(`${pathOf(code)}/cancel`)
    assert.match(html, /tickets are no longer valid/)
    assert.match(html, /<button class="btn btn-danger" type="submit">Cancel the order<\/button>/)
    await assertDone(code, await test.post(`${pathOf(code)}/cancel`, {}), 'order_canceled', 'Order CODE is canceled.')
    const again = await test.post(`${pathOf(code)}/reactivate`, {})
    await assertDone(code, again, 'order_reactivated', 'Order CODE is reactivated; it is paid.')
  })

  it('approve and deny', async () => {
    const approved = await place({ ...dinner, requiresApproval: true })
    const yes = await test.post(`${pathOf(approved)}/approve`, {})
    await assertDone(approved, yes, 'order_approved', 'Order CODE is approved; it can be paid now.')
    const free = await place({ positions: [{ item: 'dinner', price: '0' }], requiresApproval: true })
    const paid = await test.post(`${pathOf(free)}/approve`, {})
    await assertDone(free, paid, 'order_approved', 'Order CODE is approved and paid.')
    const denied = await place({ ...dinner, requiresApproval: true })
    assert.match((await test.get(`${pathOf(denied)}/deny`)).html, /The order is canceled/)
    const no = await test.post(`${pathOf(denied)}/deny`, {})
    await assertDone(denied, no, 'order_denied', 'Order CODE is denied and canceled.')
  })

  it('check a position in and annul that', async () => {
    const code = await place(ticket)
    const door = { list: 'Main entrance' }
    const entered = await test.post(`${pathOf(code)}/positions/1/check-in`, door)
    await assertDone(code, entered, 'checkin_created', 'Position 1 is checked in at Main entrance.')
    const { html } = await test.get(pathOf(code))
    assert.match(textOf(html), / in Main entrance, /)
    assert.doesNotMatch(html, /\/check-in"/)
    const twice = await test.post(`${pathOf(code)}/positions/1/check-in`, door)
    assert.match(twice.notice ?? '', /it is checked in on "Main entrance" already/)
    const annulled = await test.post(`${pathOf(code)}/positions/1/annul`, door)
    await assertDone(code, annulled, 'checkin_annulled', 'Position 1 is no longer checked in at Main entrance.')
    assert.match(textOf((await test.get(pathOf(code))).html), / annulled Main entrance, /)
  })

  it('offer only the doors that a position may pass', async () => {
    const positions = [{ item: 'workshop-seat', subEvent: 'typescript' }, { item: 't-shirt' }]
    const code = await place({ payments: [{ amount: '139.90' }], positions })
    const { html } = await test.get(pathOf(code))
    const offered = [...html.matchAll(/<option value="([^"]*)"/g)].map(([, list]) => list)
    assert.deepEqual(offered, ['Main entrance', 'TypeScript workshop'])
    assert.equal([...html.matchAll(/\/check-in"/g)].length, 1)
  })
})

describe('an action that is no longer possible', () => {
  it('is told kindly and changes nothing, whether at its page or when sent', async () => {
    const code = await place(dinner)
    const { html } = await test.get(`${pathOf(code)}/pay`)
    await test.post(`${pathOf(code)}/cancel`, {})
    test.takeFired()
    const late = await test.post(`${pathOf(code)}/pay`, formOf(html))
    assert.equal(late.redirectTo, `/base/ticket-shop${pathOf(code)}`)
    assert.match(late.notice ?? '', /^Cannot pay order \w+: it is canceled/)
    assert.deepEqual('notice' in late.result && late.result.notice?.kind, 'error')
    for (const page of ['pay', 'cancel', 'extend', 'deny', 'details', 'positions/1', 'positions/1/cancel']) {
      const answer = await test.get(`${pathOf(code)}/${page}`)
      assert.equal(answer.redirectTo, `/base/ticket-shop${pathOf(code)}`, page)
      assert.deepEqual('notice' in answer.result && answer.result.notice?.kind, 'warning', page)
    }
    assert.deepEqual(test.takeFired(), [])
  })

  it('is done by one of two clerks who press at the same moment', async () => {
    const code = await place(dinner)
    const form = formOf((await test.get(`${pathOf(code)}/pay`)).html)
    const answers = await Promise.all([1, 2].map(() => test.post(`${pathOf(code)}/pay`, form)))
    assert.deepEqual(answers.map(({ notice }) => notice?.startsWith('Cannot pay')).sort(), [false, true])
    assert.equal(test.takeFired().length, 1)
  })
})

it('a fault of the core undoes the whole action and is not taken for a refusal', async () => {
  const code = await place(dinner)
  test.failNextSignal(new Error('the queue is not there'))
  await assert.rejects(test.post(`${pathOf(code)}/cancel`, {}), { message: 'the queue is not there' })
  assert.deepEqual((await row(code))?.status, 'n')
  assert.equal((await row(code))?.version, 1)
})

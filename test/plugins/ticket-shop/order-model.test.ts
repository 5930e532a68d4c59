import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, describe, it, mock } from 'node:test'
import type { SourceModel } from '../../../core/sdk/index.ts'
import { setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { cancelOrder } from '../../../plugins/ticket-shop/order-actions.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

// The driver that the shop's MikroORM uses, which need not be the copy that tests use.
const { Client } = createRequire(import.meta.resolve('@mikro-orm/postgresql'))('pg')

const scope = 'organizer:acme/event:conf26'
const signal = new AbortController().signal

let test: TicketShopContext
let model: SourceModel
const ids: string[] = []
before(async () => {
  test = await createTicketShopContext()
  const found = test.contributions.sourceModels?.find(({ name }) => name === 'Order')
  assert.ok(found)
  model = found
  await setUpConference(test.shop.database)
  const order = (index: number) => ({
    email: `buyer${index}@example.org`,
    invoiceAddress: { company: `Company ${index}` },
    // Local days at the event: the last minutes of the 30th and the first of the 1st.
    placedAt: index % 2 === 0 ? '2026-03-31T21:59:00Z' : '2026-03-31T22:00:00Z',
    payments: index < 20 ? [{ amount: '1000' }] : [],
    positions: [
      { item: 'conference-ticket', variation: 'regular', answers: { diet: 'vegan', badge: 'Hi' } },
      { item: 't-shirt', variation: 's', addonTo: 1 },
      { item: 'dinner' },
    ],
  })
  const placed = await placeOrders(test.shop, {
    event: 'acme/conf26',
    orders: Array.from({ length: 60 }, (_, index) => order(index)),
  })
  ids.push(...placed.map(({ id }) => id))
  await setUpEvent(test.shop.database, {
    organizer: { slug: 'other', name: 'Other' },
    slug: 'fair',
    name: 'Fair',
    currency: 'EUR',
    items: [{ identifier: 'seat', name: 'Seat', defaultPrice: '1' }],
  })
  const [foreign] = await placeOrders(test.shop, {
    event: 'other/fair',
    orders: [{ placedAt: '2026-04-01T00:00:00Z', positions: [{ item: 'seat' }] }],
  })
  ids.push(foreign?.id ?? '')
})
after(() => test.close())

async function countStatements(action: () => Promise<unknown>): Promise<number> {
  const query = mock.method(Client.prototype, 'query')
  try {
    await action()
    return query.mock.callCount()
  } finally {
    query.mock.restore()
  }
}

describe('loading orders', () => {
  it('takes the same number of statements for one order and for sixty', async () => {
    const loadOf = (some: readonly string[]) => () => model.load(some, { scope, signal })
    await loadOf(ids)()
    const one = await countStatements(loadOf(ids.slice(0, 1)))
    const sixty = await countStatements(loadOf(ids))
    assert.equal(one, sixty)
    // Six reads between begin and commit.
    assert.equal(one, 8)
  })

  it('gives each with its scope, version, link and positions in order', async () => {
    const [record] = await model.load(ids.slice(0, 1), { scope, signal })
    assert.ok(record)
    assert.equal(record.scope, scope)
    assert.equal(record.version, 1)
    assert.equal(record.href, `/ticket-shop/orders/acme/conf26/${record.label}`)
    assert.deepEqual(
      record.nested.OrderPosition?.map(({ label }) => label),
      [1, 2, 3].map((number) => `${record.label}-${number}`),
    )
    assert.deepEqual(Object.keys(record.inputs), model.inputs)
    assert.deepEqual(Object.keys(record.nested.OrderPosition?.[0]?.inputs ?? {}), model.nested.OrderPosition?.inputs)
    assert.doesNotThrow(() => JSON.stringify(record))
  })

  it('tells the version after a change', async () => {
    const id = ids[59] ?? ''
    const { version } = await cancelOrder(test.shop, { order: { id } })
    const [record] = await model.load([id], { scope, signal })
    assert.equal(record?.version, version)
  })

  it('leaves out what does not exist, is no id of ours, or belongs to another scope', async () => {
    const foreign = ids[60] ?? ''
    const strange = ['0', '123456789012345678', '1e3', 'abc', '', '-1', '9'.repeat(40)]
    const loaded = await model.load([...strange, foreign, ids[0] ?? ''], { scope, signal })
    assert.deepEqual(
      loaded.map(({ id }) => id),
      [ids[0]],
    )
    assert.equal((await model.load([foreign, ids[0] ?? ''], { scope: '', signal })).length, 2)
    assert.equal((await model.load([foreign, ids[0] ?? ''], { scope: 'organizer:other', signal })).length, 1)
    await assert.rejects(model.load(ids, { scope: 'shop:acme', signal }), /has no scope "shop:acme"/)
  })

  it('does not begin for a caller who has given up', () =>
    assert.rejects(model.load(ids, { scope, signal: AbortSignal.abort(new Error('stopped')) }), /stopped/))
})

describe('paging through orders', () => {
  async function walk(filter: Record<string, string>, within: string, limit: number): Promise<string[]> {
    const found: string[] = []
    let after: string | null = null
    do {
      const page = await model.page(after, filter, { scope: within, limit, signal })
      found.push(...page.records.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    return found
  }

  it('gives every order once, in a stable order, whatever the size of a page', async () => {
    const expected = ids.slice(0, 60)
    for (const limit of [1, 7, 20, 60, 100]) assert.deepEqual(await walk({}, scope, limit), expected, `limit ${limit}`)
  })

  it('ends with the last full page and names each order’s scope', async () => {
    const last = await model.page(ids[39] ?? '', {}, { scope, limit: 20, signal })
    assert.equal(last.records.length, 20)
    assert.equal(last.next, null)
    const all = await model.page(null, {}, { scope: '', limit: 100, signal })
    assert.deepEqual(all.records.at(-1), { id: ids[60], scope: 'organizer:other/event:fair' })
  })

  it('does not repeat or lose an order when another arrives in between', async () => {
    const first = await model.page(null, {}, { scope: 'organizer:other', limit: 1, signal })
    const [late] = await placeOrders(test.shop, { event: 'other/fair', orders: [{ positions: [{ item: 'seat' }] }] })
    assert.equal(first.next, null)
    const second = await model.page(ids[60] ?? '', {}, { scope: 'organizer:other', limit: 10, signal })
    assert.deepEqual(
      second.records.map(({ id }) => id),
      [late?.id],
    )
  })

  it('counts exactly what it pages, for every filter', async () => {
    const filters: [Record<string, string>, number][] = [
      [{}, 60],
      [{ status: 'p' }, 20],
      [{ status: 'c' }, 1],
      [{ to: '2026-03-31' }, 30],
      [{ from: '2026-04-01' }, 30],
      [{ from: '2026-03-31', to: '2026-04-01' }, 60],
      [{ from: '2026-04-01', status: 'p' }, 10],
      [{ from: '', to: ' ', status: '' }, 60],
      [{ event: 'conf26' }, 60],
      [{ event: 'fair' }, 0],
    ]
    for (const [filter, expected] of filters) {
      assert.equal(await model.count(filter, { scope, signal }), expected, JSON.stringify(filter))
      assert.equal((await walk(filter, scope, 9)).length, expected, JSON.stringify(filter))
    }
    assert.ok((await model.count({ event: 'fair' }, { scope: '', signal })) > 0)
  })

  it('refuses a filter or a cursor that means nothing', async () => {
    const count = (filter: Record<string, string>) => model.count(filter, { scope, signal })
    await assert.rejects(count({ status: 'x' }), /Cannot filter the records: status/)
    await assert.rejects(count({ from: '2026-02-30' }), /Cannot filter the records: from/)
    await assert.rejects(count({ colour: 'red' }), /Cannot filter the records: .*colour/)
    await assert.rejects(model.page("1' or 1=1", {}, { scope, limit: 5, signal }), /is not where a page/)
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { generateOrders } from '../../../plugins/ticket-shop/generate-orders.ts'
import { importGeneratedOrders } from '../../../plugins/ticket-shop/import-generated-orders.ts'
import { importOrderFile } from '../../../plugins/ticket-shop/import-order-file.ts'
import { addMoney } from '../../../plugins/ticket-shop/money.ts'
import type { SampleEntry, Section } from '../../../plugins/ticket-shop/order-file-schema.ts'
import { createFileFolder, toText } from '../../support/order-file-sample.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

async function generate(count: number, seed = 1): Promise<SampleEntry[]> {
  const entries: SampleEntry[] = []
  for await (const entry of generateOrders({ count, seed })) entries.push(entry)
  return entries
}

function valuesOf<S extends Section>(entries: readonly SampleEntry[], section: S) {
  type Entry = Extract<SampleEntry, { section: S }>
  return entries
    .filter((entry): entry is Entry => entry.section === section)
    .map(({ value }) => value as Entry['value'])
}

describe('generated orders', () => {
  it('are the same for the same seed and others for another', async () => {
    assert.deepEqual(await generate(50), await generate(50))
    const [ours, others] = [valuesOf(await generate(50), 'orders'), valuesOf(await generate(50, 2), 'orders')]
    assert.notDeepEqual(ours, others)
  })

  it('are as many as asked for, and many begin with the same ones as few', async () => {
    const [few, many] = [await generate(40), await generate(200)]
    assert.equal(valuesOf(many, 'orders').length, 200)
    for (const section of ['items', 'customers', 'orders'] as const) {
      const fewer = valuesOf(few, section)
      assert.deepEqual(valuesOf(many, section).slice(0, fewer.length), fewer)
    }
  })

  it('come one by one: ten of ten million are there at once', async () => {
    let orderCount = 0
    const startedAt = performance.now()
    for await (const { section } of generateOrders({ count: 10_000_000, seed: 1 })) {
      if (section === 'customers') break
      orderCount += 1
    }
    assert.ok(orderCount > 0 && performance.now() - startedAt < 5_000)
  })

  it('look like orders of a real shop', async () => {
    const entries = await generate(2_000)
    const [customers, orders] = [valuesOf(entries, 'customers'), valuesOf(entries, 'orders')]
    const ordersByCustomer = Map.groupBy(orders, (order) => order.customer)
    assert.ok(ordersByCustomer.size > 100 && ordersByCustomer.size <= customers.length + 1, 'shared customers')
    assert.ok(ordersByCustomer.has(null), 'guests')
    const positionCount = orders.reduce((count, { positions }) => count + positions.length, 0) / orders.length
    assert.ok(positionCount > 2 && positionCount < 3, 'several positions')
    assert.deepEqual([...new Set(orders.map(({ status }) => status))].sort(), ['c', 'e', 'n', 'p'])
    for (const { total, positions } of orders) {
      assert.equal(total, addMoney(...positions.map(({ price }) => price)))
    }
    const instants = orders.map(({ datetime }) => datetime)
    assert.deepEqual(instants, [...instants].sort(), 'in the order of time')
  })
})

describe('importing generated orders', () => {
  let test: TicketShopContext
  before(async () => {
    test = await createTicketShopContext()
  })
  after(() => test.close())

  it('brings all of them, and nothing the second time', async () => {
    const first = await importGeneratedOrders({ count: 700, seed: 1, shop: test.shop })
    assert.equal(first.orderCount, 700)
    assert.deepEqual(first.counts.orders, { created: 700, updated: 0, unchanged: 0 })
    assert.equal(first.eventScope, 'organizer:generated/event:orders-700-1')
    const [{ count } = {}] = await test.query(`select count(*)::integer as count from ticket_shop."order"`)
    assert.equal(count, 700)
    const second = await importGeneratedOrders({ count: 700, seed: 1, shop: test.shop })
    assert.deepEqual(second.counts.orders, { created: 0, updated: 0, unchanged: 700 })
    assert.deepEqual(second.counts.customers.updated, 0)
  })

  it('is the same as importing a file of them', async () => {
    const entries = await generate(700)
    const folder = await createFileFolder()
    const lists = ['categories', 'items', 'customers', 'orders'] as const
    const file = {
      organizer: valuesOf(entries, 'organizer')[0],
      event: valuesOf(entries, 'event')[0],
      ...Object.fromEntries(lists.map((section) => [section, valuesOf(entries, section)])),
    }
    try {
      const { counts } = await importOrderFile({ path: await folder.write(toText(file)), shop: test.shop })
      for (const section of lists)
        assert.deepEqual({ ...counts[section], unchanged: 0 }, { created: 0, updated: 0, unchanged: 0 })
    } finally {
      await folder.remove()
    }
  })
})

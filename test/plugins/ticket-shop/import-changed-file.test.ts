import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { importOrderFile } from '../../../plugins/ticket-shop/import-order-file.ts'
import { type SampleFile, sampleFile, toText } from '../../support/order-file-sample.ts'
import { useOrderFiles } from '../../support/use-order-files.ts'

const files = useOrderFiles()

const importSample = async (file: SampleFile) =>
  importOrderFile({ path: await files.folder.write(toText(file)), shop: files.shop })

describe('importing a changed file', () => {
  beforeEach(async () => {
    await files.query(`delete from ticket_shop.order_position`)
    await files.query(`delete from ticket_shop.organizer`)
    await importSample(sampleFile())
  })

  /** One order of the sample, changed; its row, positions and the counts. */
  async function changeOrder(change: (order: SampleFile['orders'][number]) => void) {
    const file = sampleFile()
    const [order] = file.orders
    assert.ok(order)
    change(order)
    const { counts } = await importSample(file)
    assert.deepEqual(counts.orders, { created: 0, updated: 1, unchanged: 2 })
    const versions = await files.query(`select code, version from ticket_shop."order" order by code`)
    assert.deepEqual(versions, [
      { code: 'A1', version: 2 },
      { code: 'A2', version: 1 },
      { code: 'A3', version: 1 },
    ])
    const again = await importSample(file)
    assert.deepEqual(again.counts.orders, { created: 0, updated: 0, unchanged: 3 }, 'and then it is as given')
  }
  const positions = () =>
    files.query(
      `select positionid, price::text as price, is_canceled from ticket_shop.order_position
       where order_id = (select id from ticket_shop."order" where code = 'A1') order by positionid`,
    )

  it('changes the order itself and keeps its secret', async () => {
    const secret = `select secret from ticket_shop."order" where code = 'A1'`
    const before = await files.query(secret)
    await changeOrder((order) => Object.assign(order, { status: 'c', email: 'new@customers.example', customer: null }))
    assert.deepEqual(
      await files.query(`select status, email, customer_id from ticket_shop."order" where code = 'A1'`),
      [{ status: 'c', email: 'new@customers.example', customer_id: null }],
    )
    assert.deepEqual(await files.query(secret), before)
  })

  it('changes, adds and cancels positions', async () => {
    await changeOrder((order) => {
      order.positions = [
        { positionid: 2, item: 11, price: '7.00', quantity: 1 },
        { positionid: 3, item: 10, price: '4.50', quantity: 1 },
      ]
    })
    assert.deepEqual(await positions(), [
      { positionid: 1, price: '9.00', is_canceled: true },
      { positionid: 2, price: '7.00', is_canceled: false },
      { positionid: 3, price: '4.50', is_canceled: false },
    ])
    await importSample(sampleFile())
    assert.deepEqual(await positions(), [
      { positionid: 1, price: '9.00', is_canceled: false },
      { positionid: 2, price: '6.00', is_canceled: false },
      { positionid: 3, price: '4.50', is_canceled: true },
    ])
  })

  it('changes and takes away the invoice address', async () => {
    await changeOrder((order) => Object.assign(order.invoice_address ?? {}, { street: 'Am Ring 2' }))
    assert.deepEqual(await files.query(`select distinct street from ticket_shop.invoice_address order by 1`), [
      { street: 'Am Markt 1' },
      { street: 'Am Ring 2' },
    ])
    const file = sampleFile()
    for (const order of file.orders) order.invoice_address = null
    await importSample(file)
    assert.deepEqual(await files.query(`select id from ticket_shop.invoice_address`), [])
  })

  it('moves and takes away its own payment, and leaves others alone', async () => {
    await files.query(
      `insert into ticket_shop.payment (order_id, state, amount, provider)
       select id, 'confirmed', 1, 'manual' from ticket_shop."order" where code = 'A1'`,
    )
    const payments = () =>
      files.query(
        `select provider, amount::text as amount, paid_at at time zone 'UTC' = '2026-03-04 23:00' as is_next_day
         from ticket_shop.payment where order_id = (select id from ticket_shop."order" where code = 'A1') order by provider`,
      )
    await changeOrder((order) => Object.assign(order, { payment_date: '2026-03-05' }))
    assert.deepEqual(await payments(), [
      { provider: 'import', amount: '15.00', is_next_day: true },
      { provider: 'manual', amount: '1.00', is_next_day: null },
    ])
    const file = sampleFile()
    const [order] = file.orders
    Object.assign(order ?? {}, { payment_date: null, status: 'n' })
    await importSample(file)
    assert.deepEqual(await payments(), [{ provider: 'manual', amount: '1.00', is_next_day: null }])
    Object.assign(order ?? {}, { status: 'p' })
    await importSample(file)
    assert.equal((await payments()).length, 2, 'an order can be paid without anybody knowing when')
    Object.assign(order ?? {}, { status: 'n' })
    await importSample(file)
    assert.equal((await payments()).length, 1)
  })

  it('changes customers, items and categories, and counts only those', async () => {
    const file = sampleFile()
    Object.assign(file.customers[1] ?? {}, { city: 'Bonn' })
    Object.assign(file.items[0] ?? {}, { default_price: '5.00' })
    file.categories.push({ id: 2, name: 'Coffee' })
    const { counts } = await importSample(file)
    assert.deepEqual(counts, {
      categories: { created: 1, updated: 0, unchanged: 1 },
      items: { created: 0, updated: 1, unchanged: 1 },
      customers: { created: 0, updated: 1, unchanged: 1 },
      orders: { created: 0, updated: 0, unchanged: 3 },
    })
    assert.deepEqual(await files.query(`select identifier, city, version from ticket_shop.customer order by 1`), [
      { identifier: 'ADA', city: null, version: 1 },
      { identifier: 'BOB', city: 'Bonn', version: 2 },
    ])
  })

  it('keeps the time zone and the languages that the event has', async () => {
    const file = sampleFile()
    delete file.event.timezone
    for (const order of file.orders) order.locale = 'de'
    await importSample(file)
    assert.deepEqual(await files.query(`select timezone, locales from ticket_shop.event`), [
      { timezone: 'Europe/Berlin', locales: ['en', 'de'] },
    ])
  })
})

import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ImportProgress, importOrderFile } from '../../../plugins/ticket-shop/import-order-file.ts'
import { sampleFile, toText } from '../../support/order-file-sample.ts'
import { useOrderFiles } from '../../support/use-order-files.ts'

const northwind = fileURLToPath(new URL('../../../plugins/ticket-shop/northwind.json', import.meta.url))

const files = useOrderFiles()

const importFile = (path: string) => importOrderFile({ path, shop: files.shop })

/**
 * Every row with the transaction that wrote it: equal when nothing was written. Not those of the organizer and the event, which
 * every import locks by writing them.
 */
async function rowVersions(): Promise<unknown> {
  const tables = ['item_category', 'item', 'customer', 'order', 'order_position', 'invoice_address', 'payment']
  const parts = tables.map((table) => `select '${table}' as name, id::text, xmin::text from ticket_shop."${table}"`)
  return files.query(`${parts.join(' union all ')} order by 1, 2`)
}

describe('importing northwind.json', () => {
  // Read here on its own, so that the importer's reading is not taken at its word.
  let file: Record<string, Record<string, unknown>[]>
  before(async () => {
    file = JSON.parse(await readFile(northwind, 'utf8'))
    await importFile(northwind)
  })

  it('brings every order with its customer, address, payment and positions as the file has them', async () => {
    const rows = await files.query(
      `select o.code, o.status, c.identifier as customer, o.email, o.locale, o.total::text as total,
         to_char(o.placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as datetime,
         (select to_char(paid_at at time zone 'UTC', 'YYYY-MM-DD') from ticket_shop.payment p
          where p.order_id = o.id and state = 'confirmed' and amount = o.total) as payment_date,
         (select jsonb_build_object('company', company, 'is_business', is_business, 'name', name_parts ->> 'full_name',
            'street', street, 'zipcode', zipcode, 'city', city, 'country', country)
          from ticket_shop.invoice_address a where a.order_id = o.id) as invoice_address,
         (select jsonb_agg(jsonb_build_object('positionid', positionid, 'item', i.identifier::integer,
            'price', p.price::text, 'quantity', quantity, 'attendee_name', attendee_name_parts ->> 'full_name',
            'attendee_email', attendee_email) order by positionid)
          from ticket_shop.order_position p join ticket_shop.item i on i.id = p.item_id
          where p.order_id = o.id and not is_canceled) as positions
       from ticket_shop."order" o left join ticket_shop.customer c on c.id = o.customer_id order by o.id`,
    )
    assert.equal(rows.length, 830)
    assert.deepEqual(rows, file.orders)
  })

  it('brings the catalogue and the customers as the file has them', async () => {
    const items = await files.query(
      `select i.identifier::integer as id, i.name, c.identifier::integer as category,
         default_price::text as default_price, supplier, quantity_per_unit, units_in_stock, is_active as active
       from ticket_shop.item i join ticket_shop.item_category c on c.id = i.category_id order by i.sort_index`,
    )
    assert.deepEqual(items, file.items)
    const customers = await files.query(
      `select identifier, company, name_parts ->> 'full_name' as name, job_title as title, email, street, zipcode, city,
         state, country, phone
       from ticket_shop.customer order by id`,
    )
    assert.deepEqual(customers, file.customers)
    const categories = await files.query(
      `select identifier::integer as id, name, description from ticket_shop.item_category order by sort_index`,
    )
    assert.deepEqual(categories, file.categories)
  })

  it('writes no row the second time', async () => {
    const before = await rowVersions()
    const { counts, orderCount } = await importFile(northwind)
    assert.equal(orderCount, 830)
    assert.deepEqual(counts.orders, { created: 0, updated: 0, unchanged: 830 })
    assert.deepEqual(await rowVersions(), before)
  })

  it('fires no signal', () => {
    assert.deepEqual(files.takeFired(), [])
  })
})

describe('importing any order file', () => {
  it('does not mind the order of its members', async () => {
    const { organizer, event, categories, items, customers, orders } = sampleFile()
    event.slug = 'reversed'
    const path = await files.folder.write(toText({ orders, customers, items, categories, event, organizer }))
    const { counts } = await importFile(path)
    assert.deepEqual(counts.orders, { created: 3, updated: 0, unchanged: 0 })
    const joined = await files.query(
      `select count(*)::integer as count from ticket_shop.order_position p
       join ticket_shop."order" o on o.id = p.order_id join ticket_shop.event e on e.id = o.event_id
       join ticket_shop.item i on i.id = p.item_id and i.event_id = e.id and i.category_id is not null
       where e.slug = 'reversed' and o.customer_id is not null`,
    )
    assert.deepEqual(joined, [{ count: 6 }])
  })

  it('takes more entries than a batch holds', async () => {
    const file = sampleFile()
    file.event.slug = 'many'
    const [first] = file.orders
    assert.ok(first)
    file.orders = Array.from({ length: 1_203 }, (_, index) => ({ ...first, code: `M${index}` }))
    file.items.push(
      ...Array.from({ length: 700 }, (_, index) => ({ id: 100 + index, name: 'Tea', default_price: '1' })),
    )
    const seen: ImportProgress[] = []
    const path = await files.folder.write(toText(file))
    const options = { path, shop: files.shop, onProgress: (progress: ImportProgress) => seen.push(progress) }
    assert.deepEqual((await importOrderFile(options)).counts.orders, { created: 1_203, updated: 0, unchanged: 0 })
    assert.deepEqual((await importOrderFile(options)).counts.orders, { created: 0, updated: 0, unchanged: 1_203 })
    const counts = seen.filter(({ step }) => step === 'import').map(({ doneCount }) => doneCount)
    assert.deepEqual(counts, [500, 1_000, 1_203, 500, 1_000, 1_203])
    const checked = seen.findLast(({ step }) => step === 'check')
    assert.equal(checked?.doneCount, checked?.totalCount)
    const sorted = await files.query(
      `select bool_and(sort_index = row) as is_sorted from (
         select sort_index, row_number() over (order by i.id) - 1 as row from ticket_shop.item i
         join ticket_shop.event e on e.id = i.event_id where e.slug = 'many') r`,
    )
    assert.deepEqual(sorted, [{ is_sorted: true }])
  })

  it('imports nothing when it is interrupted or the file is written to meanwhile', async () => {
    const file = sampleFile()
    file.event.slug = 'never'
    const path = await files.folder.write(toText(file))
    const events = () => files.query(`select id from ticket_shop.event where slug = 'never'`)
    const controller = new AbortController()
    const onProgress = ({ step }: ImportProgress): void => {
      if (step === 'import') controller.abort()
    }
    file.orders = Array.from({ length: 200 }, (_, index) =>
      sampleFile().orders.map((order) => ({ ...order, code: `${order.code}-${index}` })),
    ).flat()
    const long = await files.folder.write(toText(file))
    await assert.rejects(importOrderFile({ path: long, shop: files.shop, onProgress, signal: controller.signal }), {
      name: 'AbortError',
    })
    assert.deepEqual(await events(), [])
    const write = ({ step }: ImportProgress): void => {
      if (step === 'import') appendFileSync(path, ' ')
    }
    await assert.rejects(
      importOrderFile({ path, shop: files.shop, onProgress: write }),
      /it was changed meanwhile\. Nothing was imported/,
    )
    assert.deepEqual(await events(), [])
  })

  it('lets two imports of one file run at the same time', async () => {
    const file = sampleFile()
    file.organizer.slug = 'twice'
    const path = await files.folder.write(toText(file))
    const results = await Promise.all([importFile(path), importFile(path), importFile(path)])
    assert.deepEqual(results.map(({ counts }) => counts.orders.created).sort(), [0, 0, 3])
  })
})

// Hosts that cannot be asked, and plugins that get in the way: the pages stay, and the log says why.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { definePlugin } from '../../../core/sdk/plugin.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { insertJob } from './insert-rows.ts'

const down = async (): Promise<never> => {
  throw new Error('the stock system is down')
}
const namedModel: SourceModel = {
  name: 'Batch',
  label: 'Batch',
  labelPlural: 'Batches',
  inputs: [],
  nested: {},
  filters: [],
  labelOf: (id) => `No. ${id.split('/').at(-1)}`,
  fields: down,
  load: down,
  page: down,
  count: down,
}
const brokenModel: SourceModel = {
  name: 'Product',
  label: 'Product',
  labelPlural: 'Products',
  inputs: [],
  nested: {},
  filters: [{ key: 'sku', label: 'SKU', type: 'text' }],
  fields: down,
  load: down,
  page: down,
  count: down,
}

describe('the pages', () => {
  let fixture: AdminFixture
  let browser: Browse
  let connection: string
  before(async () => {
    fixture = await createAdminFixture({
      plugins: [
        definePlugin({
          name: 'stock',
          version: '1.0.0',
          compatibility: '*',
          level: 'instance',
          setup: () => ({ sourceModels: [brokenModel, namedModel] }),
        }),
        definePlugin({
          name: 'queue',
          version: '1.0.0',
          compatibility: '*',
          level: 'instance',
          setup: () => ({ pages: [{ method: 'GET', path: '/', handle: async () => ({ notFound: 'never asked' }) }] }),
        }),
      ],
    })
    browser = await createSignedInBrowse(fixture)
    connection = await fixture.addConnection({ name: 'Sales CRM' })
    await insertJob(fixture, { connection, order: '77' })
    await fixture.sql(`update outbound_sync.sync_job set source_model = 'Product'`)
  })
  after(() => fixture.close())
  const logged = () => fixture.logged.map(({ message }) => message)

  it('ask no host for what the id says', async () => {
    await insertJob(fixture, { connection, order: 'berlin/2026/4' })
    await fixture.sql(`update outbound_sync.sync_job set source_model = 'Batch' where source_id like 'berlin%'`)
    const before = fixture.logged.length
    assert.match(textOf((await browser.get('/queue?q=')).text), /Batch No\. 4 to Sales CRM/)
    const complaints = fixture.logged.slice(before).map(({ data }) => Reflect.get(data, 'model'))
    assert.ok(!complaints.includes('Batch'))
    await fixture.sql(`delete from outbound_sync.sync_job where source_model = 'Batch'`)
  })

  it('show ids where the host cannot name its records', async () => {
    assert.match(textOf((await browser.get('/queue')).text), /Product 77 to Sales CRM/)
    const page = await browser.get('/subjects?model=Product&id=77')
    assert.equal(page.status, 200)
    assert.match(textOf(page.text), /Product 77 .*cannot be asked for it now/)
    assert.ok(logged().includes('The host could not show what its records are called'))
  })

  it('search on where a host cannot', async () => {
    assert.equal((await browser.get('/queue?q=K1001')).status, 200)
    assert.ok(logged().includes('The host could not search its records'))
  })

  it('say why records could not be counted, and start nothing', async () => {
    const page = await browser.get(`/backfills/new?connection=${connection}&model=Product&count=yes`)
    assert.equal(page.status, 422)
    assert.match(textOf(page.text), /The Products could not be counted: .*the stock system is down/)
    assert.doesNotMatch(page.text, /Start the backfill/)
  })

  it('of ours stay ours when a plugin has the same name, and the log says so', async () => {
    assert.match((await browser.get('/queue')).text, /<h1>Sync queue/)
    assert.ok(logged().some((message) => /its name is one of our own pages/.test(message)))
  })

  it('take a notice that cannot be read for none', async () => {
    browser.cookies.set('outbound_sync_notice', 'bm90LWpzb24')
    const page = await browser.get('/queue')
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.text, /role="status"/)
  })
})

// A new backfill offers the kinds of records that the mapping of its connection begins at, and no others.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { definePlugin } from '../../../core/sdk/plugin.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { eventScope, mappingDocument } from './fixture-plugins.ts'

const model = (name: string): SourceModel => ({
  name,
  label: name,
  labelPlural: `${name}s`,
  inputs: ['one'],
  nested: {},
  filters: [],
  fields: async () => [],
  load: async () => [],
  page: async () => ({ records: [], next: null }),
  count: async () => 0,
})

describe('the records of a new backfill', () => {
  let fixture: AdminFixture
  let browser: Browse
  let connection: string
  before(async () => {
    const catalogue = definePlugin({
      name: 'catalogue',
      version: '1.0.0',
      compatibility: '*',
      level: 'instance',
      setup: () => ({ sourceModels: [model('Product'), model('Voucher')] }),
    })
    fixture = await createAdminFixture({ basePath: '/sub/path', plugins: [catalogue] })
    browser = await createSignedInBrowse(fixture)
    connection = await fixture.addConnection({ name: 'Sales CRM' })
  })
  after(() => fixture.close())
  const publish = (version: number, document: readonly object[]) =>
    fixture.sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
       values ($1, $2, $3::jsonb, 'Anna', now())`,
      [connection, version, JSON.stringify(document)],
    )
  const step1 = async () => {
    const { text } = await browser.get(`/backfills/new?connection=${connection}`)
    return { text: textOf(text), offered: [...text.matchAll(/name="model" value="(\w+)"/g)].map(([, name]) => name) }
  }

  it('are all there are while nothing is published', async () => {
    const { text, offered } = await step1()
    assert.deepEqual(offered, ['Order', 'Product', 'Voucher'])
    assert.doesNotMatch(text, /not offered/)
  })

  it('are those that the mapping begins at, with a word about the others', async () => {
    const product = { ...mappingDocument[0], sourceModel: 'Product' }
    await publish(1, [
      ...mappingDocument,
      { ...product, key: 'all' },
      { ...product, key: 'off', sourceModel: 'Voucher', isEnabled: false },
    ])
    const { text, offered } = await step1()
    assert.deepEqual(offered, ['Order', 'Product'])
    assert.match(
      text,
      /Vouchers are not offered: no mapping of Sales CRM that is switched on begins there\. See its mapping/,
    )
    await publish(2, [...mappingDocument])
    assert.match((await step1()).text, /Products, Vouchers are not offered/)
  })

  it('are refused where the mapping has no use for them, also when the page was passed over', async () => {
    for (const answer of [
      await browser.get(`/backfills/new?connection=${connection}&model=Product&count=yes`),
      await browser.post('/backfills', { connection, model: 'Product', scope: eventScope }),
    ]) {
      assert.equal(answer.status, 422)
      assert.match(
        textOf(answer.text),
        /There is a problem Choose other records: no mapping of Sales CRM .* begins at Products/,
      )
      assert.match(textOf(answer.text), /Step 1 of 3/)
    }
    assert.deepEqual(await fixture.sql('select 1 from outbound_sync.sync_run'), [])
    assert.equal((await browser.get(`/backfills/new?connection=${connection}&model=Order`)).status, 200)
  })
})

// The 830 Northwind orders in the demo shop, connections to providers under test, and previews of them.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { definePlugin, type Plugin, type ProviderClass, type SourceModel } from '../../core/sdk/index.ts'
import { createTestInstance, type TestInstance } from '../../core/testing/index.ts'
import { importOrderFile } from '../../plugins/ticket-shop/import-order-file.ts'
import ticketShop from '../../plugins/ticket-shop/index.ts'
import { createShopDatabase } from '../../plugins/ticket-shop/shop-database.ts'
import { openPreviewBench, type PreviewBench } from './preview-bench.ts'
import { createTestDatabase } from './test-database.ts'

const file = fileURLToPath(new URL('../../plugins/ticket-shop/northwind.json', import.meta.url))

export interface NorthwindPreview extends Omit<PreviewBench, 'close'> {
  instance: TestInstance
  scope: string
  orderIds: string[]
  connect(provider: ProviderClass): Promise<string>
  /** Sends all orders to the connection. */
  syncAll(connectionId: string): Promise<void>
  /** What history has of the objects of the newest tries, by mapping key and source id. */
  arrived(connectionId: string): Promise<Map<string, Record<string, unknown>>>
  close(): Promise<void>
}

export async function openNorthwindPreview(providers: readonly ProviderClass[]): Promise<NorthwindPreview> {
  const { databaseUrl, drop } = await createTestDatabase()
  let model: SourceModel | undefined
  const shop: Plugin = {
    ...ticketShop,
    setup(context) {
      const contributions = ticketShop.setup?.(context) ?? {}
      model = contributions.sourceModels?.find(({ name }) => name === 'Order')
      return contributions
    },
  }
  const plugin = definePlugin({
    name: 'under-test',
    version: '1.0.0',
    compatibility: '*',
    level: 'event',
    providers: [...providers],
  })
  const instance = await createTestInstance({ plugins: [shop, plugin], databaseUrl, models: [] })
  const { executeSql, schema } = instance
  const database = createShopDatabase({ databaseUrl })
  const { eventScope: scope } = await importOrderFile({ path: file, shop: { database } })
  const { rows } = await executeSql('select id::text from ticket_shop."order" order by id')
  assert.ok(model)
  const bench = await openPreviewBench({
    databaseUrl,
    schema,
    model,
    provider: (identifier) => {
      const found = providers.find((provider) => provider.identifier === identifier)
      assert.ok(found)
      return found
    },
  })
  return {
    ...bench,
    instance,
    scope,
    orderIds: rows.map(({ id }) => String(id)),
    async connect({ identifier }) {
      const { operations } = instance.sync
      await operations.setPluginActive({ plugin: plugin.name, scope, isActive: true, actor: 'test' })
      const connection = { provider: identifier, name: identifier, scope, settings: {}, actor: 'test' }
      return (await operations.ensureConnection(connection)).connectionId
    },
    async syncAll(connectionId) {
      await instance.sync.operations.startBackfill({ connectionId, sourceModel: 'Order', scope, actor: 'test' })
      await instance.drain({ limitMs: 120_000 })
    },
    async arrived(connectionId) {
      const { rows: objects } = await executeSql(
        `select o.mapping_key, o.source_id, o.id_value, o.action, o.sent from ${schema}.attempt_object o
         join ${schema}.attempt a on a.id = o.attempt_id where a.connection_id = $1 order by o.id`,
        [connectionId],
      )
      return new Map(objects.map((object) => [`${object.mapping_key}/${object.source_id}`, object]))
    },
    async close() {
      await bench.close()
      await database.close()
      await instance.close()
      await drop()
    },
  }
}

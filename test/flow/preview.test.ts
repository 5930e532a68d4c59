// A preview says what a sync will do: over the 830 Northwind orders it is compared with what then arrives, object by object
// and value by value.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { valueToCome } from '../../core/mapping/value-to-come.ts'
import { mappingDocumentSchema, type ObjectMapping, type ProviderClass } from '../../core/sdk/index.ts'
import type { ObjectPreview, SubjectPreview } from '../../core/sync/preview-subjects.ts'
import { type NorthwindPreview, openNorthwindPreview } from '../support/northwind-preview.ts'
import { OrderAndTicketAssociationSync, SimpleOrderSync } from '../support/reference-providers.ts'
import { createScriptedPlugin } from '../support/scripted-provider.ts'

// 89 customers in 830 orders: many orders feed one contact, and an order needs what its contact and its tickets become.
const [ShopSync] = createScriptedPlugin({
  mappings: [
    {
      key: 'contact',
      sourceModel: 'Order',
      externalObjectType: 'contact',
      sourceIdField: 'email',
      externalIdField: 'email',
      propertyMappings: [
        { externalField: 'company', source: { field: 'invoice_address_company' } },
        { externalField: 'domain', source: { field: 'email' }, transforms: [{ name: 'email_domain' }] },
      ],
    },
    {
      key: 'ticket',
      sourceModel: 'OrderPosition',
      externalObjectType: 'ticket',
      sourceIdField: 'ticket_id',
      externalIdField: 'ticket_number',
      propertyMappings: [{ externalField: 'price', source: { field: 'ticket_price' } }],
    },
    {
      key: 'order',
      sourceModel: 'Order',
      when: { field: 'order_status', oneOf: ['p'] },
      externalObjectType: 'order',
      sourceIdField: 'event_order_code',
      externalIdField: 'order_number',
      propertyMappings: [
        { externalField: 'total', source: { field: 'order_total' }, transforms: [{ name: 'number' }] },
        {
          externalField: 'contact',
          source: { result: 'contact', path: 'remoteId' },
          transforms: [{ name: 'uppercase' }],
        },
        { externalField: 'tickets', source: { result: 'ticket', path: 'remoteId' } },
        { externalField: 'note', source: { template: 'Order {order_code}' }, updateMode: 'if_new' },
      ],
    },
  ],
}).plugin.providers
assert.ok(ShopSync)

// Northwind asks no questions.
const isInNorthwind = /^(?!question_)/
class TicketSync extends OrderAndTicketAssociationSync {
  static override readonly identifier = 'ticket_sync'

  override get mappings(): readonly ObjectMapping[] {
    return super.mappings.map((mapping) => ({
      ...mapping,
      propertyMappings: mapping.propertyMappings.filter(
        (property) =>
          !('source' in property && 'field' in property.source) || isInNorthwind.test(property.source.field),
      ),
    }))
  }
}

const actionsOf: Record<string, string> = {
  created: 'create',
  updated: 'update',
  nothing_to_do: 'nothing_to_do',
  skipped: 'skipped',
}
const objectsOf = (previews: readonly SubjectPreview[]): ObjectPreview[] => previews.flatMap(({ objects }) => objects)
const countBy = (keys: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(keys, (key) => key)].map(([key, all]) => [key, all.length]).sort())

describe('a preview of all orders', () => {
  let northwind: NorthwindPreview
  before(async () => {
    northwind = await openNorthwindPreview([ShopSync, SimpleOrderSync, TicketSync, OrderAndTicketAssociationSync])
  })
  after(() => northwind.close())

  const providers: [ProviderClass, sharesObjects: boolean][] = [
    [ShopSync, true],
    [SimpleOrderSync, false],
    [TicketSync, false],
  ]
  for (const [provider, sharesObjects] of providers) {
    it(`says what ${provider.identifier} then sends, and the next time that there is nothing to do`, async (t) => {
      const { orderIds } = northwind
      assert.equal(orderIds.length, 830)
      const connectionId = await northwind.connect(provider)
      northwind.statements.length = 0
      // Of the processor: others may be at work beside this test.
      const before = process.cpuUsage()
      const previews = await northwind.preview(connectionId, orderIds)
      const { user, system } = process.cpuUsage(before)
      const seconds = (user + system) / 1_000_000
      t.diagnostic(
        `830 orders, ${objectsOf(previews).length} objects: ${seconds.toFixed(2)} s, ${northwind.statements.length} statements`,
      )
      assert.ok(seconds < 5)
      // The ledger is asked once for each place in the order that has most objects, 25 positions and two more.
      assert.ok(northwind.statements.length <= 2 + 27)
      assert.deepEqual(
        northwind.statements.filter((text) => !text.trimStart().startsWith('select')),
        [],
      )

      await northwind.syncAll(connectionId)
      const arrived = await northwind.arrived(connectionId)
      const foreseen = objectsOf(previews)
      assert.deepEqual(
        foreseen.map((object) => `${object.mappingKey}/${object.sourceId}`).sort(),
        [...arrived.keys()].sort(),
      )
      const wordOf = (mapping: unknown, action: unknown) => `${mapping} ${actionsOf[String(action)] ?? action}`
      assert.deepEqual(
        countBy(foreseen.map(({ mappingKey, action }) => `${mappingKey} ${action}`)),
        countBy([...arrived.values()].map((object) => wordOf(object.mapping_key, object.action))),
      )
      for (const object of foreseen) {
        const real = arrived.get(`${object.mappingKey}/${object.sourceId}`)
        assert.equal(object.idValue, real?.id_value)
        // Which of the orders of a contact comes first is for the worker to say.
        if (!sharesObjects || object.mappingKey !== 'contact') {
          assert.equal(object.action, actionsOf[String(real?.action)])
        }
        if (object.action === 'skipped') continue
        assert.deepEqual(fieldsIn(object), Object.keys(real?.sent ?? {}).sort())
        for (const { externalField, value } of object.properties) {
          const sent: unknown = Reflect.get(Object(real?.sent), externalField)
          if (isLeftToTheRemote(value)) assert.match(JSON.stringify(sent), /remote-|REMOTE-/)
          else assert.deepEqual(value, sent)
        }
      }

      const again = await northwind.preview(connectionId, orderIds)
      assert.deepEqual(countBy(again.map(({ verdict }) => verdict)), { nothing_to_do: 830 })
      assert.deepEqual(
        objectsOf(again).filter(
          ({ action, properties }) => action === 'create' || properties.some((one) => one.isChanged),
        ),
        [],
      )
    })
  }

  const fieldsIn = ({ properties }: ObjectPreview) => properties.map(({ externalField }) => externalField).sort()
  const isLeftToTheRemote = (value: unknown): boolean =>
    value === valueToCome || (Array.isArray(value) && value.includes(valueToCome))

  it('shows exactly the property that another mapping changes, and the one that depends on it not', async () => {
    const connectionId = await northwind.connect(ShopSync)
    const document = await northwind.mappings(connectionId)
    const changed = mappingDocumentSchema.parse(
      document.map((mapping) =>
        mapping.key !== 'ticket'
          ? mapping
          : { ...mapping, propertyMappings: [{ externalField: 'price', source: { constant: 'free' } }] },
      ),
    )
    const previews = await northwind.preview(connectionId, northwind.orderIds, changed)
    const updated = objectsOf(previews).filter(({ action }) => action !== 'nothing_to_do' && action !== 'skipped')
    assert.ok(updated.length > 2000)
    for (const object of updated) {
      assert.deepEqual([object.mappingKey, object.action], ['ticket', 'update'])
      const [price] = object.properties
      assert.deepEqual([price?.externalField, price?.value, price?.isChanged], ['price', 'free', true])
      assert.notEqual(price?.lastSent, 'free')
    }
    assert.equal((await northwind.preview(connectionId, northwind.orderIds))[0]?.verdict, 'nothing_to_do')
  })
  it('shows steps of which the last is what is sent', async () => {
    const connectionId = await northwind.connect(ShopSync)
    const traced = objectsOf(await northwind.preview(connectionId, northwind.orderIds, undefined, { withTrace: true }))
    let stepCount = 0
    for (const { action, properties, trace } of traced) {
      stepCount += trace?.reduce((sum, { steps }) => sum + steps.length, 0) ?? 0
      if (action === 'skipped') continue
      assert.deepEqual(
        trace?.map(({ externalField, steps, problem }) => [externalField, steps.at(-1)?.value, problem]),
        properties.map(({ externalField, value }) => [externalField, value, null]),
      )
    }
    assert.ok(stepCount > traced.length)
  })

  it('says of each record why it cannot be sent', async () => {
    const connectionId = await northwind.connect(OrderAndTicketAssociationSync)
    const [preview] = await northwind.preview(connectionId, northwind.orderIds.slice(0, 1))
    assert.equal(preview?.verdict, 'failed')
    assert.match(String(preview?.reason), /^The source field "question_COLOUR" does not exist for OrderPosition/)
    const actions = preview?.objects.map(({ mappingKey, action }) => `${mappingKey} ${action}`)
    assert.deepEqual(countBy(actions ?? []), { 'orders create': 1, 'tickets failed': 3 })
  })
})

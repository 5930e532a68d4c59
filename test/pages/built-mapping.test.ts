// The mapping of the example provider of tickets and their orders, built from nothing in a browser that runs no script: what
// arrives is what the example provider itself makes of the same orders.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { OutboundSync } from '../../core/index.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import {
  assignProperties,
  definePlugin,
  type ObjectMapping,
  OutboundSyncProvider,
  type SignalEvent,
  type SyncObjectArgs,
  signalNames,
} from '../../core/sdk/index.ts'
import { FakeApiClient } from '../support/fake-api-client.ts'
import { until } from '../support/instance.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { OrderAndTicketAssociationSync } from '../support/reference-providers.ts'
import { type ServedSync, serveSync } from '../support/serve-sync.ts'
import { launchBrowser } from './browser.ts'
import { addField, addMapping, publishMapping, saveMapping, translateOptions } from './edit-mapping.ts'
import { placeOrder } from './place-order.ts'

const scope = 'organizer:acme/event:conf26'
const statusWords = { pending: 'pending', paid: 'paid', expired: 'expired', canceled: 'canceled' }
const text = (key: string) => ({ key, label: key, type: 'any' as const })

/** The example without the questions that only its own event asks. */
class ReferenceSync extends OutboundSyncProvider {
  static override readonly identifier = 'reference'
  static readonly ownMappings: readonly ObjectMapping[] = OrderAndTicketAssociationSync.ownMappings.map((mapping) => ({
    ...mapping,
    propertyMappings: mapping.propertyMappings.filter(
      (one) => !('source' in one && 'field' in one.source && one.source.field.startsWith('question_')),
    ),
  }))

  override get mappings(): readonly ObjectMapping[] {
    return ReferenceSync.ownMappings
  }

  override syncObjectWithProperties(args: SyncObjectArgs) {
    return OrderAndTicketAssociationSync.prototype.syncObjectWithProperties.call(this, args)
  }
}

class BuiltSync extends OutboundSyncProvider {
  static override readonly identifier = 'built'
  static override readonly displayName = 'Built in the browser'
  static override readonly listFieldJoiner = null
  static readonly api = new FakeApiClient()
  static override readonly externalObjectTypes = [
    {
      ...{ name: 'tickets', label: 'Ticket', idFields: ['ticket_number'] },
      fields: ['ticket_number', 'price', 'given_name', 'family_name', 'status'].map(text),
    },
    {
      ...{ name: 'orders', label: 'Order', idFields: ['order_number'] },
      fields: ['order_number', 'email', 'given_name', 'family_name', 'status', 'links'].map(text),
    },
  ]

  override async syncObjectWithProperties({ mapping, externalIdField, idValue, properties }: SyncObjectArgs) {
    const { api } = BuiltSync
    const table = mapping.externalObjectType
    const known = api.retrieveObject(table, externalIdField, idValue)
    const values = assignProperties(properties, known ?? {}, { isNew: known === null, listSeparator: ';' })
    const record = api.createOrUpdateObject(table, { ...values, [externalIdField]: idValue, _id: known?._id ?? null })
    return { action: known === null ? ('created' as const) : ('updated' as const), remoteId: String(record._id) }
  }
}

const enqueue = async (event: SignalEvent): Promise<void> => {
  await ReferenceSync.enqueueOrder(event, event.name)
  await BuiltSync.enqueueOrder(event, event.name)
}
const plugin = definePlugin({
  ...{ name: 'examples', version: '1.0.0', compatibility: '*' },
  providers: [ReferenceSync, BuiltSync],
  taps: Object.fromEntries(signalNames.map((name) => [name, enqueue])),
})

describe('the mapping of the example provider', () => {
  let database: Awaited<ReturnType<typeof createMigratedDatabase>>
  let sync: OutboundSync
  let served: ServedSync
  let browser: Browser
  let page: Page
  let origin = ''
  before(async () => {
    database = await createMigratedDatabase()
    sync = await createOutboundSync({
      databaseUrl: database.databaseUrl,
      plugins: ['./plugins/ticket-shop', plugin],
      secretKeys: [Buffer.alloc(32, 7).toString('base64')],
      workerPollIntervalMs: 100,
      identify: () => ({ id: 'ada', name: 'Ada', can: () => true }),
      logStream: { write: () => undefined },
    })
    await sync.start()
    await sync.notifyStarted()
    await sync.worker.start()
    await sync.operations.setPluginActive({ plugin: plugin.name, scope, isActive: true, actor: 'Ada' })
    served = await serveSync(sync)
    origin = served.origin
    browser = await launchBrowser()
    page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  })
  after(async () => {
    await browser?.close()
    served?.close()
    await sync?.stop()
    await database?.drop()
  })

  it('is built from nothing, previewed, published and sends what the example sends', async () => {
    const ensure = (provider: string) =>
      sync.operations.ensureConnection({ provider, name: provider, scope, settings: {}, mappings: [], actor: 'Ada' })
    await ensure('reference')
    const { connectionId } = await ensure('built')
    const mappingUrl = `${origin}/connections/${connectionId}/mappings`

    await page.goto(mappingUrl)
    await addMapping(page, { record: 'Order position (of each Order)', object: 'Ticket' })
    await page.getByLabel('Field that identifies the ticket').fill('Order code and position number')
    await addField(page, 'price', { field: 'Ticket price' })
    await addField(page, 'given_name', { field: 'Attendee: Given name' })
    await addField(page, 'family_name', { field: 'Attendee: Family name' })
    await addField(page, 'status', { field: 'Order status' })
    await saveMapping(page)
    await addMapping(page, { record: 'Order', object: 'Order' })
    await page.getByLabel('Field that identifies the order').fill('Event and order code')
    await addField(page, 'email', { field: 'E-mail of the order' })
    await addField(page, 'given_name', { field: 'Invoice address: Given name' })
    await addField(page, 'family_name', { field: 'Invoice address: Family name' })
    await addField(page, 'status', { field: 'Order status' })
    await addField(page, 'links', { resultOf: 'tickets', part: 'remoteId' })
    const last = page.locator('.os-mapping-row').last()
    await last.getByRole('button', { name: 'Add change' }).click()
    await page.getByLabel('Name', { exact: true }).last().selectOption({ label: 'With a text before it' })
    await last.getByLabel(/^Text/).filter({ visible: true }).last().fill('link:tickets:')
    await saveMapping(page)
    for (const mapping of ['Order position to Ticket', 'Order to Order']) {
      await page.goto(mappingUrl)
      await translateOptions(page, { mapping, field: 'Order status', options: statusWords })
    }

    // Before it is published, an order says what would be sent of it, and nothing is.
    await placeOrder(page, origin, { name: ['Ada', 'Lovelace'], email: 'ada@customers.example' })
    const code = /Order (\w+)/.exec((await page.locator('h1').first().textContent()) ?? '')?.[1] ?? ''
    await page.goto(`${mappingUrl}/preview?model=Order&record=${code}`)
    const preview = (await page.locator('main').textContent()) ?? ''
    assert.match(preview, /Nothing is sent/)
    assert.match(preview, /Lovelace/)
    assert.deepEqual(BuiltSync.api.writes, [])

    await publishMapping(page, mappingUrl)
    assert.match((await page.getByRole('status').textContent()) ?? '', /Version \d+ is in force/)
    for (const name of ['grace', 'mary']) {
      await placeOrder(page, origin, { name: ['Grace', 'Hopper'], email: `${name}@customers.example` })
    }
    await page.goto(`${mappingUrl}/preview?model=Order&record=${code}`)
    await page.getByRole('button', { name: 'Send only this one' }).click()

    const contents = (api: FakeApiClient) =>
      Object.fromEntries(
        Object.entries(api.contents()).map(([table, records]) => [
          table,
          // Which was first is a matter of the moment; a link is to the ticket, whatever its id.
          records
            .map(({ _id, links, ...values }) => ({
              ...values,
              // Of tickets the example has a list with nothing in it.
              ...(Array.isArray(links) && links.length > 0
                ? { links: links.map((link) => ticketOf(api, String(link))) }
                : {}),
            }))
            .toSorted((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right))),
        ]),
      )
    const isSame = () => JSON.stringify(sorted(contents(BuiltSync.api))) === JSON.stringify(sorted(contents(reference)))
    const reference = OrderAndTicketAssociationSync.api
    await until(
      () => (BuiltSync.api.contents().orders ?? []).length === 3 && (reference.contents().orders ?? []).length === 3,
    )
    await until(isSame).catch(() => undefined)
    assert.deepEqual(sorted(contents(BuiltSync.api)), sorted(contents(reference)))
    assert.equal(BuiltSync.api.contents().tickets?.length, 3)
    assert.match(JSON.stringify(contents(BuiltSync.api).orders), /"links":\["[A-Z0-9]+-1"\]/)
  })
})

function ticketOf(api: FakeApiClient, link: string): unknown {
  const id = /^link:tickets:(\d+)$/.exec(link)?.[1]
  return api.contents().tickets?.[Number(id)]?.ticket_number ?? link
}

/** With the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => left.localeCompare(right))
      .map(([key, one]) => [key, sorted(one)]),
  )
}

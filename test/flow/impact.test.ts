// The impact of a draft with everything real: pressed for in the pages of the 830 Northwind orders, counted by a worker, and
// compared with what is sent afterwards.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMappings, type Mappings } from '../../core/connections/mappings.ts'
import { createPool } from '../../core/database/pool.ts'
import type { Database } from '../../core/database/transaction.ts'
import type { ImpactReport } from '../../core/runs/impact-report.ts'
import { loadImpactReport } from '../../core/runs/impact-report.ts'
import { administrator } from '../core/admin/admin-fixture.ts'
import { type Browse, createBrowse } from '../core/admin/browse.ts'
import { until } from '../support/instance.ts'
import { quietLog } from '../support/migrated-database.ts'
import { type NorthwindPreview, openNorthwindPreview } from '../support/northwind-preview.ts'
import { createScriptedPlugin } from '../support/scripted-provider.ts'

// 89 customers in 830 orders: many orders feed one contact.
const [ShopSync] = createScriptedPlugin({
  mappings: [
    {
      ...{ key: 'contact', sourceModel: 'Order', externalObjectType: 'contact' },
      ...{ sourceIdField: 'email', externalIdField: 'email' },
      propertyMappings: [{ externalField: 'company', source: { field: 'invoice_address_company' } }],
    },
    {
      ...{ key: 'ticket', sourceModel: 'OrderPosition', externalObjectType: 'ticket' },
      ...{ sourceIdField: 'ticket_id', externalIdField: 'ticket_number' },
      propertyMappings: [{ externalField: 'price', source: { field: 'ticket_price' } }],
    },
    {
      ...{ key: 'order', sourceModel: 'Order', externalObjectType: 'order' },
      ...{ sourceIdField: 'event_order_code', externalIdField: 'order_number' },
      propertyMappings: [
        { externalField: 'total', source: { field: 'order_total' } },
        { externalField: 'contact', source: { result: 'contact', path: 'remoteId' } },
      ],
    },
  ],
}).plugin.providers
assert.ok(ShopSync)
const Provider = ShopSync

describe('the impact of a draft over 830 orders', () => {
  let northwind: NorthwindPreview
  let database: Database
  let mappings: Mappings
  let server: Server
  let browser: Browse
  let connectionId: string
  before(async () => {
    northwind = await openNorthwindPreview([Provider])
    const { databaseUrl, schema, sync } = northwind.instance
    database = createPool({ databaseUrl, schema, log: quietLog, maxConnections: 3 })
    mappings = createMappings({ database })
    server = createServer((request, response) => void sync.handler(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // It listens on a port, so its address is no pipe's name.
    const { port } = server.address() as AddressInfo
    await sync.ensureAdministrator(administrator)
    browser = createBrowse({ origin: `http://127.0.0.1:${port}`, basePath: '' })
    await browser.signIn()
    connectionId = await northwind.connect(Provider)
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await database.close()
    await northwind.close()
  })

  async function saveDraft(change: (mapping: { key: string }) => object): Promise<void> {
    const draft = await mappings.draft(connectionId)
    const document = (await northwind.mappings(connectionId)).map((mapping) => ({ ...mapping, ...change(mapping) }))
    await mappings.saveDraft({ connectionId, revision: draft?.revision ?? null, document, actor: 'test' })
  }
  async function publish(): Promise<void> {
    const draft = await mappings.draft(connectionId)
    const over = (await mappings.published(connectionId))?.version ?? null
    await mappings.publish({ connectionId, revision: draft?.revision ?? null, over, actor: 'test' })
  }
  const report = async (runId: string): Promise<ImpactReport> => {
    const found = await loadImpactReport(database, database.schema, runId)
    assert.ok(found)
    return found
  }
  /** From pressing the button until the figures are there. */
  async function count(fields: Record<string, string> = {}): Promise<{ impact: ImpactReport; seconds: number }> {
    const { sync } = northwind.instance
    await sync.worker.start()
    try {
      const pressedAt = performance.now()
      const answer = await browser.post(`/connections/${connectionId}/mappings/impact`, fields)
      const runId = answer.location?.split('/').at(-1) ?? ''
      await until(async () => (await report(runId)).state === 'finished', 60_000)
      return { impact: await report(runId), seconds: (performance.now() - pressedAt) / 1000 }
    } finally {
      await sync.worker.stop()
    }
  }
  const actionsOf = ({ figures }: ImpactReport) =>
    Object.fromEntries(
      figures.objectTypes.map(({ name, actions: { create, update, nothing_to_do: same } }) => [
        name,
        { create, update, same },
      ]),
    )

  it('counts what is then created, within five seconds, and sends nothing', async (t) => {
    await saveDraft(() => ({}))
    const before = process.cpuUsage()
    const { impact, seconds } = await count()
    const { user, system } = process.cpuUsage(before)
    // Of the processor: others may be at work beside this test.
    const busySeconds = (user + system) / 1_000_000
    t.diagnostic(`830 orders in ${seconds.toFixed(2)} s, of the processor ${busySeconds.toFixed(2)} s`)
    assert.ok(busySeconds < 5)
    assert.deepEqual([impact.checkedCount, impact.figures.records.sends], [830, 830])
    const { rows: none } = await database.executeSql(`select * from ${database.schema}.external_object`, [])
    assert.deepEqual(none, [])

    await northwind.syncAll(connectionId)
    const { rows } = await database.executeSql<{ type: string; count: number }>(
      `select object_type as type, count(*)::int as count from ${database.schema}.external_object group by 1`,
      [],
    )
    assert.deepEqual(
      rows.map(({ type, count: created }) => [type, created]).sort(),
      impact.figures.objectTypes.map(({ name, actions }) => [name, actions.create]).sort(),
    )
    assert.equal(actionsOf(impact).contact?.create, 89)
  })

  it('names the changed field, and afterwards exactly the affected records are sent', async () => {
    assert.equal((await count()).impact.affectedCount, 0)
    await saveDraft(({ key }) =>
      key === 'order'
        ? { propertyMappings: [{ externalField: 'total', source: { constant: 'hidden' } }], whenNoLonger: 'keep' }
        : {},
    )
    const { impact } = await count({ which: 'newest', newest: '250' })
    assert.deepEqual([impact.checkedCount, impact.affectedCount], [250, 250])
    const { contact, order } = actionsOf(impact)
    assert.deepEqual([contact?.update, order], [0, { create: 0, update: 250, same: 0 }])
    const fields = impact.figures.objectTypes.flatMap((type) => type.fields.map((one) => [one.name, one.count]))
    assert.deepEqual(fields, [['total', 250]])

    await publish()
    const sent = await browser.post(`/impacts/${impact.runId}/resync`, { choice: 'now' })
    assert.match(sent.location ?? '', /^\/backfills\//)
    await northwind.instance.drain({ limitMs: 120_000 })
    const { rows } = await database.executeSql<{ id: string }>(
      `select distinct source_id as id from ${database.schema}.attempt where connection_id = $1 and mapping_version = $2`,
      [connectionId, (await mappings.published(connectionId))?.version],
    )
    const byAge = northwind.orderIds.map(Number).sort((a, b) => a - b)
    assert.deepEqual(
      rows.map(({ id }) => Number(id)).sort((a, b) => a - b),
      byAge.slice(-250),
    )
    const { impact: again } = await count()
    assert.deepEqual([again.isOfDraft, again.affectedCount], [false, 830 - 250])
  })
})

describe('the memory of an impact', () => {
  const program = fileURLToPath(new URL('../support/impact-in-little-memory.ts', import.meta.url))

  it('does not grow with the records: 10,000 orders in a heap of 96 MB, which could not hold their previews', async (t) => {
    const heap = ['--max-old-space-size=96', '--max-semi-space-size=4']
    const { stdout } = await promisify(execFile)(process.execPath, [...heap, program, '10000'], { timeout: 280_000 })
    const { figures, seconds, peak } = JSON.parse(stdout)
    t.diagnostic(`10,000 orders in ${seconds.toFixed(1)} s, at most ${Math.round(peak / 1_000_000)} MB`)
    assert.equal(figures.records.sends, 10_000)
    assert.deepEqual(
      figures.objectTypes.map((type: { name: string; actions: { create: number } }) => [
        type.name,
        type.actions.create,
      ]),
      [
        ['ticket', 20_000],
        ['deal', 10_000],
      ],
    )
  })
})

// The rows of the matrix: what has to hold in a host whatever its data layer. Each layer is a column.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { OutboundSync, TransactionBorder } from '../../core/index.ts'
import { definePlugin } from '../../core/sdk/plugin.ts'
import type { HostEvent } from '../../core/sdk/signals.ts'
import { scope } from '../support/fixture-shop.ts'
import { type Instance, until } from '../support/instance.ts'
import { type DataLayer, dataLayers, type OpenLayer, type Order } from './data-layers.ts'

export interface Shop {
  instance: Instance
  /** Fires and sends; may be another one than the instance's, on the same tables. */
  sync: OutboundSync
  /** Where the host's data layers connect to. */
  databaseUrl: string
  close(): Promise<void>
}

const notBefore = new Date('2040-02-29T23:30:00.123Z')

/** Uses everything that a tap may say, and is switched on for a scope, which is read in the host's transaction. */
export const carefulPlugin = definePlugin({
  name: 'careful',
  version: '1.0.0',
  compatibility: '*',
  level: 'event',
  taps: {
    order_changed: async (event) => {
      await event.enqueue(
        { name: 'Fixture', identifier: 'fixture' },
        { triggeredBy: 'order_changed', notBefore, stream: 'price' },
      )
    },
  },
})

const hardTexts = ["o'brien", 'say "hi"', 'back\\slash', '{a,b}', 'NULL', '?', '$1', '$$', ' ä€😀 ', ',', 'two\nlines']

const rolledBack = new Error('rolled back by the host')

export function testDataLayers(open: () => Promise<Shop>): void {
  let shop: Shop
  before(async () => {
    shop = await open()
    // Some drivers send dates without a zone: then they are those of the session.
    const name = new URL(shop.instance.databaseUrl).pathname.slice(1)
    await shop.instance.rows(`alter database ${name} set timezone = 'Asia/Tokyo'`)
    await shop.sync.operations.setPluginActive({ plugin: 'careful', scope, isActive: true, actor: 'test' })
  })
  after(() => shop.close())
  for (const [index, layer] of dataLayers.entries()) {
    describe(layer.name, () => testLayer(layer, () => shop, (index + 1) * 1000))
  }
}

function testLayer(layer: DataLayer, shopOf: () => Shop, firstId: number): void {
  let shop: Shop
  let opened: OpenLayer
  let nextId = firstId
  before(async () => {
    shop = shopOf()
    opened = await layer.open(shop.databaseUrl)
  })
  after(() => opened.close())

  const newOrder = (): Order => {
    const id = nextId++
    return { id, code: `B${id}`, email: `buyer${id}@customers.example`, total: '42.50', city: 'Köln' }
  }
  const fire = (border: TransactionBorder, id: number, event: Partial<HostEvent> = {}) =>
    shop.sync.signals.order_placed.promise({
      scope,
      subjects: [{ model: 'Order', id: String(id) }],
      ...event,
      transaction: strict(border),
    })
  const count = async (query: string, value: string): Promise<number> => {
    const [row] = await shop.instance.rows(`select count(*)::int as count from ${query}`, [value])
    return Number(row?.count)
  }
  const written = async (id: number) => ({
    orders: await count('fixture.orders where id = $1', String(id)),
    jobs: await count('outbound_sync.sync_job where source_id = $1', String(id)),
    tickets: await count('outbound_sync_boss.job where name = $1', `sync-${shop.instance.connectionId}`),
  })
  /** What a transaction left behind, with the tickets that were not there before it. */
  const leftBy = async (id: number, work: () => Promise<unknown>) => {
    const before = await written(id)
    await work()
    const { orders, jobs, tickets } = await written(id)
    return { orders, jobs, tickets: tickets - before.tickets }
  }
  const nothing = { orders: 0, jobs: 0, tickets: 0 }

  it('a committed order: one job and one ticket', async () => {
    const order = newOrder()
    const left = await leftBy(order.id, () =>
      opened.transaction(async ({ border, save }) => {
        await save(order)
        await fire(border, order.id)
      }),
    )
    assert.deepEqual(left, { orders: 1, jobs: 1, tickets: 1 })
  })

  it('a rolled-back order: neither', async () => {
    const order = newOrder()
    const left = await leftBy(order.id, () =>
      assert.rejects(
        opened.transaction(async ({ border, save }) => {
          await save(order)
          await fire(border, order.id)
          throw rolledBack
        }),
        (error) => error === rolledBack,
      ),
    )
    assert.deepEqual(left, nothing)
  })

  it('a forgotten transaction: refused, with what to pass instead', () => {
    assert.throws(opened.forget, (error) => error instanceof TypeError && layer.refusal.test(error.message))
  })

  const failing: { name: string; event: Partial<HostEvent>; says: RegExp }[] = [
    { name: 'a subject without an id', event: { subjects: [{ model: 'Order', id: '' }] }, says: /flush the record/ },
    { name: 'a statement that the database refuses', event: { origin: 'no uuid' }, says: /invalid input syntax/ },
  ]
  for (const { name, event, says } of failing) {
    it(`${name}: the transaction fails and leaves nothing`, async () => {
      const order = newOrder()
      const left = await leftBy(order.id, () =>
        assert.rejects(
          opened.transaction(async ({ border, save }) => {
            await save(order)
            await fire(border, order.id, event)
          }),
          (error) => says.test(messagesOf(error)),
        ),
      )
      assert.deepEqual(left, nothing)
    })
  }

  it('all that an event can say arrives as it was said', async () => {
    const id = `${nextId++}`
    const ids = [id, ...hardTexts.map((text) => `${id} ${text}`)]
    const version = Number.MAX_SAFE_INTEGER
    const changes = [{ field: 'total', from: null, to: ['1.50', true, { says: hardTexts.join(' ') }] }, 7]
    await opened.transaction(({ border }) =>
      shop.sync.signals.order_changed.promise({
        scope,
        subjects: ids.map((one) => ({ model: 'Order', id: one })),
        actor: { id: 'ann', name: hardTexts.join(' ') },
        changes,
        version,
        transaction: strict(border),
      }),
    )
    const rows = await shop.instance.rows(
      `select source_id, source_model, scope, stream, not_before, changes, source_version,
              triggers->0->>'name' as trigger, triggers->0->>'actor' as actor
       from outbound_sync.sync_job where split_part(source_id, ' ', 1) = $1`,
      [id],
    )
    const said = {
      source_model: 'Order',
      scope,
      stream: 'price',
      not_before: notBefore,
      changes,
      source_version: String(version),
      trigger: 'order_changed',
      actor: hardTexts.join(' '),
    }
    const byId = (a: { source_id?: unknown }, b: { source_id?: unknown }) =>
      String(a.source_id) < String(b.source_id) ? -1 : 1
    assert.deepEqual(rows.sort(byId), ids.map((source_id) => ({ source_id, ...said })).sort(byId))
  })

  it('lists, dates and nulls are one value each, as often as they stand', async () => {
    await opened.transaction(async ({ border }) => {
      const { rows } = await border.executeSql(
        `select array_length($1::text[], 1)::text as length, ($1::text[])[2] as second, $2::text is null as empty,
                ($3::timestamptz at time zone 'utc')::text as date, '$4 ' || $4::text || $4::text as twice`,
        [['a', hardTexts.join(), 'c'], null, notBefore, 'x'],
      )
      const expected = { length: '3', second: hardTexts.join(), empty: true, date: '2040-02-29 23:30:00.123' }
      assert.deepEqual({ ...rows[0] }, { ...expected, twice: '$4 xx' })
    })
  })

  it('a worker sends what was committed, each once', async () => {
    const order = newOrder()
    await shop.sync.worker.start()
    try {
      await opened.transaction(async ({ border, save }) => {
        await save(order)
        await fire(border, order.id)
      })
      await until(async () => (await count('outbound_sync.attempt where source_id = $1', String(order.id))) > 0)
      await shop.instance.untilIdle()
    } finally {
      await shop.sync.worker.stop()
    }
    const sent = [...(await shop.instance.remote.bodies())].filter(([path]) => isOfLayer(path))
    const { code, email, total, city } = order
    const committed = await shop.instance.rows(
      'select code from fixture.orders where id between $1 and $2 order by id',
      [firstId, firstId + 999],
    )
    assert.deepEqual(new Map(sent).get(`/deal/${code}`), { code, email, total, city })
    assert.deepEqual(
      sent.map(([path]) => path).sort(),
      committed.map((row) => `/deal/${row.code}`),
    )
    assert.equal(await count('outbound_sync.attempt where source_id = $1', String(order.id)), 1)
  })

  const isOfLayer = (path: string): boolean => {
    const id = Number(/^\/deal\/B(\d+)$/.exec(path)?.[1])
    return id >= firstId && id < firstId + 1000
  }
}

/** The border, held to what TransactionBorder says of everything that we send through it. */
function strict(border: TransactionBorder): TransactionBorder {
  const isText = (value: unknown): boolean => value === null || typeof value === 'string'
  return {
    ...border,
    async executeSql(text, values) {
      const others = values.flat().filter((value) => !isText(value))
      assert.deepEqual(others, [], `not only texts are sent by ${text}`)
      const result = await border.executeSql(text, values)
      for (const name of Object.keys(result.rows[0] ?? {})) assert.match(name, /^[a-z]+$/, `a column of ${text}`)
      return result
    },
  }
}

// Some data layers put the database's error into the cause of their own.
function messagesOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${messagesOf(error.cause)}` : ''
}

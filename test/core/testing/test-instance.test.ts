import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { definePlugin, type SyncObjectResult, submitted } from '../../../core/sdk/index.ts'
import {
  createTestInstance,
  type FakeRemote,
  sampleOrder,
  startFakeRemote,
  type TestInstance,
  type TestInstanceOptions,
} from '../../../core/testing/index.ts'
import { createList, createListPlugin, ListSync, token } from '../../support/list-provider.ts'

const databaseUrl = process.env.TEST_DATABASE_URL ?? ''
const refused = (status: number, headers = {}) => ({ kind: 'answer', answer: { status, headers } }) as const

describe('a test instance', () => {
  let instance: TestInstance
  let remote: FakeRemote
  let list: ReturnType<typeof createList>
  let connectionId: string
  before(async () => {
    instance = await createTestInstance({ databaseUrl, plugins: [createListPlugin()] })
  })
  after(() => instance.close())
  beforeEach(async () => {
    list = createList()
    remote = await startFakeRemote(list.handle)
    const settings = { baseUrl: remote.origin, token }
    ;({ connectionId } = await instance.connect({ provider: ListSync, settings }))
    instance.records.put('Order', sampleOrder(1))
  })
  afterEach(async () => {
    await remote.close()
    for (const table of ['sync_job', 'sync_link', 'external_object', 'attempt', 'account_gate']) {
      await instance.executeSql(`delete from ${instance.schema}.${table}`, [])
    }
  })

  it('pushes a record, and says what happened to it', async () => {
    assert.deepEqual(await instance.signal('order_placed', '1'), { enqueuedCount: 1 })
    assert.equal(remote.calls.length, 0)
    assert.deepEqual(
      (await instance.jobs()).map(({ state, dueInMs, gate }) => ({ state, dueInMs, gate })),
      [{ state: 'waiting', dueInMs: 0, gate: 'open' }],
    )
    await instance.drain()
    assert.deepEqual(await list.objects(), { 1: { email: 'buyer1@example.org', name: 'Ada Lovelace', total: '80.00' } })
    assert.deepEqual(await instance.attempts({ id: '1' }), [
      {
        subject: { model: 'Order', id: '1' },
        connectionId,
        outcome: 'succeeded',
        message: null,
        failedAttempts: 0,
        triggers: ['order_placed'],
        objects: [
          {
            mapping: 'subscriber',
            objectType: 'subscriber',
            idValue: 'buyer1@example.org',
            action: 'created',
            remoteId: '1',
            sent: { name: 'Ada Lovelace', total: '80.00' },
            answered: null,
            message: null,
            href: null,
          },
        ],
      },
    ])
    assert.deepEqual(await instance.jobs(), [])
    assert.ok(instance.logLines.some((line) => line.includes('called POST')))
  })

  it('does not send again what has not changed, unless it is forced to', async () => {
    for (const isForced of [false, false, true]) {
      const callCount = remote.calls.length
      await instance.signal('order_placed', '1', { isForced })
      await instance.drain()
      if (callCount > 0) assert.equal(remote.calls.length > callCount, isForced)
    }
    assert.deepEqual(await instance.outcomes({ id: '1' }), ['succeeded', 'nothing_to_do', 'nothing_to_do'])
  })

  it('sends what was changed, and notices what was removed', async () => {
    await instance.signal('order_placed', '1')
    await instance.drain()
    instance.records.change('Order', '1', { invoice_address_name: 'Augusta King' })
    await instance.signal('order_placed', '1')
    await instance.drain()
    assert.deepEqual(Object.values(await list.objects()), [
      { email: 'buyer1@example.org', name: 'Augusta King', total: '80.00' },
    ])
    instance.records.remove('Order', '1')
    await instance.signal('order_placed', '1')
    await instance.drain()
    assert.equal((await instance.outcomes()).at(-1), 'gone')
  })

  it('lets a failed record wait, and lets the time pass', async () => {
    remote.fail(refused(500))
    await instance.signal('order_placed', '1')
    await instance.drain()
    const [job] = await instance.jobs()
    assert.equal(job?.state, 'waiting')
    assert.equal(job?.failedAttempts, 1)
    assert.ok(job.dueInMs > 55_000 && job.dueInMs < 67_000, String(job.dueInMs))
    await instance.advance(50_000)
    await instance.drain()
    assert.deepEqual(await instance.outcomes(), ['retry'])
    const waitMs = await instance.nextDueMs()
    assert.ok(waitMs !== null && waitMs < 17_000, String(waitMs))
    await instance.advance(waitMs)
    await instance.drain()
    assert.deepEqual(await instance.outcomes(), ['retry', 'succeeded'])
    assert.equal(await instance.nextDueMs(), null)
  })

  it('holds what waits behind a rate limit, and what waits for credentials', async () => {
    remote.fail(refused(429, { 'retry-after': '3600' }))
    await instance.signal('order_placed', '1')
    await instance.drain()
    const [limited] = await instance.jobs({ id: '1' })
    assert.equal(limited?.gate, 'limited')
    assert.ok((limited.gateOpensInMs ?? 0) > 3_590_000)
    await instance.advance(limited.gateOpensInMs ?? 0)
    remote.fail(refused(401))
    await instance.drain()
    const [held] = await instance.jobs({ id: '1' })
    assert.equal(held?.gate, 'reconnect')
    assert.equal(await instance.nextDueMs(), null)
    await instance.sync.operations.tryConnectionNow({ connectionId, actor: 'test' })
    await instance.drain()
    assert.deepEqual(await instance.outcomes(), ['rate_limited', 'reconnect', 'succeeded'])
  })

  it('leaves alone what is paused or switched off', async () => {
    const { operations } = instance.sync
    await operations.pauseConnection({ connectionId, actor: 'test', seconds: 600 })
    await instance.signal('order_placed', '1')
    await instance.drain()
    assert.equal((await instance.jobs())[0]?.gate, 'paused')
    await operations.resumeConnection({ connectionId, actor: 'test' })
    const place = { plugin: 'list', scope: 'organizer:test/event:test', actor: 'test' }
    await operations.setPluginActive({ ...place, isActive: false })
    await instance.drain()
    assert.equal(remote.calls.length, 0)
    await operations.setPluginActive({ ...place, isActive: true })
    await instance.drain()
    assert.deepEqual(await instance.outcomes(), ['succeeded'])
  })

  it('says what is still there when a drain takes too long', async () => {
    const hang = remote.fail({ kind: 'hang' })
    await instance.signal('order_placed', '1')
    const drained = instance.drain({ limitMs: 300 })
    await hang.hit
    await assert.rejects(instance.advance(1), /cannot be called while drain\(\) runs/)
    await assert.rejects(drained, /not drained within 300 ms\. Still there: Order 1 is being sent/)
  })

  it('runs a backfill to its end', async () => {
    for (const number of [2, 3]) instance.records.put('Order', sampleOrder(number))
    const scope = 'organizer:test/event:test'
    const { operations } = instance.sync
    const { runId } = await operations.startBackfill({ connectionId, sourceModel: 'Order', scope, actor: 'test' })
    await instance.drain()
    const { state, succeededCount } = await operations.runReport(runId)
    assert.deepEqual({ state, succeededCount }, { state: 'finished', succeededCount: 3 })
    assert.equal(Object.keys(await list.objects()).length, 3)
    for (const id of ['2', '3']) instance.records.remove('Order', id)
  })

  it('refuses a slip of the pen in a record', () => {
    const { records } = instance
    assert.throws(() => records.put('Ordr', sampleOrder(9)), /no model "Ordr".*Did you mean "Order"/)
    assert.throws(() => records.change('Order', '1', { emial: 'x' }), /no field "emial".*Did you mean "email"/)
    assert.throws(
      () => records.put('Order', { id: '9', OrderPosition: [{ id: '' }] }),
      /A OrderPosition needs an id|An OrderPosition needs an id/,
    )
    assert.throws(() => records.get('Order', '404'), /no Order "404"/)
  })
})

describe('test instances side by side in one database', () => {
  it('do not see each other, and leave nothing behind', async () => {
    const [one, other] = await Promise.all([
      createTestInstance({ databaseUrl, plugins: [createListPlugin()] }),
      createTestInstance({ databaseUrl, plugins: [createListPlugin()] }),
    ])
    const list = createList()
    const remote = await startFakeRemote(list.handle)
    const schemas = [one.schema, other.schema]
    const found = async (instance: TestInstance) =>
      (
        await instance.executeSql('select nspname from pg_namespace where nspname like any ($1::text[])', [
          schemas.map((name) => `${name}%`),
        ])
      ).rows.length
    try {
      for (const instance of [one, other]) {
        instance.records.put('Order', sampleOrder(1))
        await instance.connect({ provider: 'list', settings: { baseUrl: remote.origin, token } })
      }
      await one.signal('order_placed', '1')
      await Promise.all([one.drain(), other.drain()])
      assert.deepEqual([await one.outcomes(), await other.outcomes()], [['succeeded'], []])
      assert.equal(await found(other), 4)
      await one.close()
      assert.equal(await found(other), 2)
    } finally {
      await Promise.all([one.close(), other.close(), remote.close()])
    }
  })
})

describe('a test instance of a remote that answers later', () => {
  class LaterSync extends ListSync {
    override async syncObjectWithProperties(): Promise<never> {
      // What it answers is of the contract; the class it is derived from promises less.
      return submitted({ remoteBatchId: 'b1', checkAt: new Date(Date.now() + 600_000) }) as never
    }

    override async checkBatch(): Promise<{ isDone: true; results: SyncObjectResult[] }> {
      return { isDone: true, results: [{ action: 'created', remoteId: '1' }] }
    }
  }

  it('asks when the time has passed', async () => {
    const instance = await createTestInstance({ databaseUrl, plugins: [createListPlugin(LaterSync)] })
    try {
      instance.records.put('Order', sampleOrder(1))
      await instance.connect({ provider: LaterSync, settings: { baseUrl: 'http://127.0.0.1:1', token } })
      await instance.signal('order_placed', '1')
      await instance.drain()
      const [job] = await instance.jobs()
      assert.equal(job?.state, 'submitted')
      assert.ok(job.dueInMs > 590_000)
      await instance.advance(job.dueInMs)
      await instance.drain()
      assert.deepEqual(await instance.outcomes(), ['submitted', 'succeeded'])
    } finally {
      await instance.close()
    }
  })
})

describe('createTestInstance', () => {
  const fails = (options: Partial<TestInstanceOptions>) => createTestInstance({ databaseUrl, plugins: [], ...options })

  it('refuses plugins that cannot be used, with the reason', async () => {
    const plugin = createListPlugin()
    await assert.rejects(fails({ plugins: [{ ...plugin, compatibility: '^99.0.0' }] }), /"list" cannot be used:.*99/)
    const broken = definePlugin({
      name: 'broken',
      version: '1.0.0',
      compatibility: '*',
      setup() {
        throw new Error('no such file')
      },
    })
    await assert.rejects(fails({ plugins: [broken] }), /"broken" cannot be used: no such file/)
    const twice = { ...broken, setup: () => ({ taps: 5 }) } as unknown as typeof broken
    await assert.rejects(fails({ plugins: [twice] }), /"broken" cannot be used: what its setup brings was refused/)
  })

  it('refuses a database that does not answer, in words', async () => {
    await assert.rejects(
      fails({ databaseUrl: 'postgres://127.0.0.1:1/none' }),
      /Nothing answers at the database address/,
    )
  })

  it('refuses a connection of an unknown provider, and one that would send nothing', async () => {
    class Unmapped extends ListSync {
      static override readonly identifier = 'unmapped'
      static override readonly defaultMappings = []
    }
    const instance = await fails({ plugins: [createListPlugin(), { ...createListPlugin(Unmapped), name: 'unmapped' }] })
    try {
      const settings = { baseUrl: 'http://127.0.0.1:1', token }
      await assert.rejects(instance.connect({ provider: 'lst', settings }), /provider "lst".*Did you mean "list"/)
      await assert.rejects(instance.connect({ provider: Unmapped, settings }), /has no defaultMappings: give mappings/)
      await assert.rejects(instance.connect({ provider: ListSync, settings: {} }), /baseUrl/)
    } finally {
      await instance.close()
    }
  })

  it('switches plugins of every level on where they are asked for', async () => {
    const levels = ['instance', 'organizer', 'event', 'organizer_and_event'] as const
    const providers = levels.map((level) => {
      const name = level.replaceAll('_', '-')
      class Leveled extends ListSync {
        static override readonly identifier = name
      }
      return { provider: Leveled, plugin: { ...createListPlugin(Leveled), name, level } }
    })
    const instance = await fails({ plugins: providers.map(({ plugin }) => plugin) })
    try {
      const scope = 'organizer:else/event:where'
      const settings = { baseUrl: 'http://127.0.0.1:1', token }
      for (const { provider } of providers) await instance.connect({ provider, settings, scope })
      instance.records.put('Order', sampleOrder(1), { scope })
      assert.deepEqual(await instance.signal('order_placed', '1', { scope }), { enqueuedCount: 4 })
      assert.deepEqual(await instance.signal('order_placed', '1'), { enqueuedCount: 0 })
      await instance.drain()
      // Nothing listens on that port.
      assert.deepEqual(await instance.outcomes(), ['retry', 'retry', 'retry', 'retry'])
    } finally {
      await instance.close()
    }
  })

  it('throws what a tap throws', async () => {
    const plugin = { ...createListPlugin(), taps: { order_placed: () => Promise.reject(new Error('tap is broken')) } }
    const instance = await fails({ plugins: [plugin] })
    try {
      await assert.rejects(instance.signal('order_placed', '1'), /A tap failed.*tap is broken/)
    } finally {
      await instance.close()
    }
  })

  it('takes models of the test, with nested ones', async () => {
    const models = [
      { name: 'Product', fields: [{ key: 'sku' }], nested: { Price: [{ key: 'amount', type: 'decimal' as const }] } },
    ]
    const instance = await fails({ plugins: [createListPlugin()], models })
    const list = createList()
    const remote = await startFakeRemote(list.handle)
    try {
      await instance.connect({
        provider: ListSync,
        settings: { baseUrl: remote.origin, token },
        mappings: [
          {
            key: 'price',
            sourceModel: 'Price',
            externalObjectType: 'subscriber',
            sourceIdField: 'sku',
            externalIdField: 'email',
            propertyMappings: [{ externalField: 'total', source: { field: 'amount' } }],
          },
        ],
      })
      instance.records.put('Product', { id: '7', sku: 'P7', Price: [{ id: '7-1', amount: '9.90' }] })
      await instance.signal('order_placed', '7')
      await instance.drain()
      assert.deepEqual(await list.objects(), { 1: { email: 'P7', total: '9.90' } })
    } finally {
      await instance.close()
      await remote.close()
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { createCatalog } from '../../../core/registry/catalog.ts'
import { createSignals, tapPlugins, type WrapTap, withScopeCopied } from '../../../core/registry/create-signals.ts'
import { type HostEvent, type SignalEvent, type SignalName, signalNames } from '../../../core/sdk/index.ts'
import { ready, samplePlugin, unusedContext } from './sample-plugins.ts'

const hostEvent: HostEvent = {
  scope: 'organizer:acme',
  subjects: [{ model: 'Order', id: '1' }],
  transaction: { executeSql: async () => ({ rows: [] }) },
}

/** Hands a tap what a plugin may see, and keeps what it threw; logs who was wrapped for which signal. */
function recordingWrap() {
  const wrapped: [string, SignalName][] = []
  const errors: [string, unknown][] = []
  const wrap: WrapTap = ({ name, fn }, signal) => {
    wrapped.push([name, signal])
    return async ({ transaction: _transaction, ...payload }) => {
      const event: SignalEvent = { ...payload, name: signal, enqueue: async () => ({ enqueuedCount: 0 }) }
      try {
        await fn(event)
      } catch (error) {
        errors.push([name, error])
      }
    }
  }
  return { wrap, wrapped, errors }
}

// The hook's types are the host's; what a tap really gets is the plugin's event.
const asTap = (tap: (event: SignalEvent) => unknown) => tap as unknown as (event: HostEvent) => Promise<void>

describe('createSignals', { timeout: 10_000 }, () => {
  it('has one hook for each signal, named like it', () => {
    const signals = createSignals(recordingWrap().wrap)
    assert.deepEqual(Object.keys(signals), [...signalNames])
    assert.equal(signals.order_split.name, 'order_split')
    assert.ok(Object.isFrozen(signals))
  })

  it('has those that plugins bring beside them, each once', async () => {
    const signals = createSignals(recordingWrap().wrap, ['product_changed', 'order_paid', 'product_changed'])
    assert.deepEqual(Object.keys(signals), [...signalNames, 'product_changed'])
  })

  it('has the one that only the core hears, which is not listed among those that can be tapped', async () => {
    const told: unknown[] = []
    const signals = withScopeCopied(createSignals(recordingWrap().wrap), {
      promise: async (event) => void told.push(event),
    })
    const copy = { from: 'organizer:acme', to: 'organizer:rival', transaction: 'none' } as const
    await signals.scope_copied.promise(copy)
    assert.deepEqual(told, [copy])
    assert.deepEqual(Object.keys(signals), [...signalNames])
    assert.throws(() => Reflect.get(signals, 'scope_coped'), /There is no signal "scope_coped"/)
  })

  it('says of a name that there is no such signal, which was meant, and how to have one', () => {
    const signals = createSignals(recordingWrap().wrap, ['product_changed'])
    // What a host in JavaScript can write.
    const fire = (name: string) => () => Reflect.get(signals, name).promise(hostEvent)
    assert.throws(fire('order_placde'), {
      name: 'TypeError',
      message:
        'There is no signal "order_placde". Did you mean "order_placed"? One of your own is declared by a plugin in the list: definePlugin({ signals: [\'order_placde\'], ... }).',
    })
    assert.throws(fire('prodct_changed'), /Did you mean "product_changed"\?/)
    assert.throws(fire('stock_moved'), /There is no signal "stock_moved"\. One of your own is declared/)
    assert.throws(fire('orderplaced'), /Did you mean "order_placed"\?/)
  })

  it('can be awaited, printed, compared and asked for what it has', async () => {
    const signals = createSignals(recordingWrap().wrap)
    assert.equal(await signals, signals)
    assert.match(inspect(signals), /order_placed: Hook/)
    assert.equal(JSON.stringify(Object.keys({ ...signals })), JSON.stringify(signalNames))
    assert.doesNotThrow(() => JSON.stringify(signals))
    assert.equal(String(signals), '[object Object]')
    assert.deepEqual(signals, signals)
    assert.equal('order_placde' in signals, false)
  })

  const ways: [string, (signals: ReturnType<typeof createSignals>, tap: (event: SignalEvent) => void) => void][] = [
    ['tap', ({ order_placed }, tap) => order_placed.tap('crm', asTap(tap) as never)],
    [
      'tapPromise',
      ({ order_placed }, tap) =>
        order_placed.tapPromise(
          'crm',
          asTap(async (event) => tap(event)),
        ),
    ],
    [
      'tapAsync',
      ({ order_placed }, tap) =>
        order_placed.tapAsync({ name: 'crm', stage: 1 }, (event, done) => {
          void asTap((seen) => tap(seen))(event)
          setImmediate(done)
        }),
    ],
    ['withOptions', ({ order_placed }, tap) => order_placed.withOptions({ stage: 2 }).tap('crm', asTap(tap) as never)],
    [
      'options that name a type and a function of their own',
      ({ order_placed }, tap) =>
        order_placed.tap({ name: 'crm', type: 'promise', fn: asTap(async (event) => tap(event)) } as never, () => {
          throw new Error('tapable prefers the options')
        }),
    ],
  ]
  for (const [way, register] of ways) {
    it(`wraps what is registered by ${way}: the tap never sees the transaction`, async () => {
      const { wrap, wrapped } = recordingWrap()
      const signals = createSignals(wrap)
      const seen: SignalEvent[] = []
      register(signals, (event) => void seen.push(event))
      await signals.order_placed.promise(hostEvent)
      assert.deepEqual(wrapped, [['crm', 'order_placed']])
      assert.equal(seen.length, 1)
      assert.equal(seen[0]?.name, 'order_placed')
      assert.ok(!('transaction' in (seen[0] ?? {})))
    })
  }

  it('waits for an async function that was registered by tap, and for callbacks, before the host goes on', async () => {
    const signals = createSignals(recordingWrap().wrap)
    const done: string[] = []
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    signals.order_paid.tap('sync', asTap(async () => turn().then(() => done.push('tap'))) as never)
    signals.order_paid.tapAsync('callback', (_event, callback) => {
      void turn().then(() => {
        done.push('callback')
        callback()
      })
    })
    await signals.order_paid.promise(hostEvent)
    assert.deepEqual(done, ['tap', 'callback'])
  })

  it('brings every way a tap can fail to the wrapper, and calls the taps after it', async () => {
    const { wrap, errors } = recordingWrap()
    const signals = createSignals(wrap)
    const fail = (text: string) => () => {
      throw new Error(text)
    }
    signals.order_paid.tap('a', fail('sync'))
    signals.order_paid.tapPromise('b', () => Promise.reject(new Error('rejected')))
    signals.order_paid.tapPromise('c', fail('before its promise'))
    signals.order_paid.tapAsync('d', (_event, done) => done(new Error('called back')))
    signals.order_paid.tapAsync('e', fail('before its callback'))
    let isReached = false
    signals.order_paid.tap('f', () => {
      isReached = true
    })
    await signals.order_paid.promise(hostEvent)
    assert.deepEqual(
      errors.map(([name, error]) => [name, error instanceof Error && error.message]),
      [
        ['a', 'sync'],
        ['b', 'rejected'],
        ['c', 'before its promise'],
        ['d', 'called back'],
        ['e', 'before its callback'],
      ],
    )
    assert.ok(isReached)
  })

  it('lets what the wrapper throws reach the host and stops there', async () => {
    const signals = createSignals(({ name }) => async () => {
      if (name === 'failing') throw new Error('the INSERT failed')
      assert.fail('must not run')
    })
    signals.order_placed.tap('failing', () => undefined)
    signals.order_placed.tap('later', () => undefined)
    await assert.rejects(signals.order_placed.promise(hostEvent), { message: 'the INSERT failed' })
  })

  it('refuses interceptors, which would see the transaction', () => {
    const { order_placed } = createSignals(recordingWrap().wrap)
    assert.throws(() => order_placed.intercept({ call: () => undefined }), /order_placed cannot be intercepted/)
    assert.throws(() => order_placed.withOptions({}).intercept({ call: () => undefined }), /cannot be intercepted/)
  })
})

describe('tapPlugins', { timeout: 10_000 }, () => {
  it('registers the taps of ready plugins under their names, declared and brought by setup', async () => {
    const calls: string[] = []
    const shop = samplePlugin({
      name: 'shop',
      taps: { order_placed: ({ name }) => void calls.push(`declared ${name}`) },
      setup: () => ({ taps: { order_placed: async ({ name }) => void calls.push(`brought ${name}`) } }),
    })
    const broken = samplePlugin({
      name: 'broken',
      taps: { order_placed: () => assert.fail('a broken plugin is not tapped') },
      setup: () => {
        throw new Error('no')
      },
    })
    const catalog = createCatalog({ plugins: [shop, broken].map(ready) })
    catalog.setUp(unusedContext)
    const { wrap, wrapped } = recordingWrap()
    const signals = createSignals(wrap)
    tapPlugins(signals, catalog)
    await signals.order_placed.promise(hostEvent)
    assert.deepEqual(calls, ['declared order_placed', 'brought order_placed'])
    assert.deepEqual(wrapped, [
      ['shop', 'order_placed'],
      ['shop', 'order_placed'],
    ])
  })
})

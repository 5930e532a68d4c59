import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCatalog } from '../../../core/registry/catalog.ts'
import type { LoadedPlugin } from '../../../core/registry/loaded-plugin.ts'
import type { Plugin, PluginContributions, PluginDefinition } from '../../../core/sdk/index.ts'
import throwsInSetup from '../../fixtures/plugins/throws-in-setup/index.ts'
import { ready, samplePlugin, sampleProvider, sampleSourceModel, unusedContext } from './sample-plugins.ts'

/** A plugin whose setup brings these contributions, also of a wrong shape. */
function bringing(name: string, contributions: unknown, definition: Partial<PluginDefinition> = {}): Plugin {
  // Wrong shapes come from plugins that no type check has seen.
  return samplePlugin({ name, setup: () => contributions as PluginContributions, ...definition })
}

function catalogOf(...plugins: Plugin[]) {
  const catalog = createCatalog({ plugins: plugins.map(ready) })
  catalog.setUp(unusedContext)
  return catalog
}

const errorOf = (catalog: ReturnType<typeof catalogOf>, name: string) => catalog.plugin(name)?.error ?? null

describe('createCatalog: providers', () => {
  const first = sampleProvider({ statics: { version: '1.0.0' } })
  const second = sampleProvider({ statics: { version: '2.0.0' } })

  it('finds several versions of one provider, with the plugin that brought each', () => {
    const [one, two] = [
      samplePlugin({ name: 'one', providers: [first] }),
      samplePlugin({ name: 'two', providers: [second] }),
    ]
    const catalog = createCatalog({ plugins: [one, two].map(ready) })
    assert.deepEqual(catalog.provider('sample', '1.0.0'), { provider: first, plugin: one })
    assert.deepEqual(catalog.provider('sample', '2.0.0'), { provider: second, plugin: two })
    assert.equal(catalog.provider('sample', '3.0.0'), null)
    assert.equal(catalog.provider('toString', '1.0.0'), null)
    assert.deepEqual(catalog.providerVersions(), [
      { identifier: 'sample', version: '1.0.0' },
      { identifier: 'sample', version: '2.0.0' },
    ])
  })

  it('refuses the second plugin that brings one version of a provider and names both', () => {
    const catalog = catalogOf(
      samplePlugin({ name: 'one', providers: [first] }),
      samplePlugin({ name: 'two', providers: [first] }),
    )
    assert.equal(
      errorOf(catalog, 'two'),
      'The plugin "two" brings the provider "sample" 1.0.0, and so does the plugin "one", which came first: remove one of them.',
    )
    assert.equal(catalog.provider('sample', '1.0.0')?.plugin.name, 'one')
    assert.equal(catalog.providers().length, 1)
  })

  it('knows nothing of plugins that were not loaded', () => {
    const broken: LoadedPlugin = {
      ...ready(samplePlugin({ providers: [first] })),
      status: 'incompatible',
      error: 'too new',
    }
    const catalog = createCatalog({ plugins: [broken] })
    catalog.setUp(unusedContext)
    assert.equal(catalog.provider('sample', '1.0.0'), null)
    assert.deepEqual(catalog.providerVersions(), [])
    assert.deepEqual(catalog.plugins, [{ ...broken, lastTapError: null }])
  })
})

describe('createCatalog: setUp', () => {
  it('calls each setup once, dependencies first, with the context of its own plugin', () => {
    const calls: unknown[] = []
    const plugin = (name: string) => samplePlugin({ name, setup: (context) => void calls.push(context) as never })
    const catalog = createCatalog({ plugins: [plugin('a'), plugin('b')].map(ready) })
    assert.deepEqual(calls, [])
    const contexts = new Map([
      ['a', unusedContext()],
      ['b', unusedContext()],
    ])
    catalog.setUp(({ name }) => contexts.get(name) ?? assert.fail(name))
    assert.equal(calls.length, 2)
    assert.ok(calls[0] === contexts.get('a') && calls[1] === contexts.get('b'))
    assert.throws(() => catalog.setUp(unusedContext), /set up already/)
  })

  it('lists what the plugins brought, with each one’s plugin', () => {
    const tap = () => undefined
    const page = { method: 'GET', path: '/orders', handle: async () => ({ notFound: 'order' }) }
    const command = { name: 'shop', summary: 'Orders.', run: async () => 0 }
    const service = { name: 'crm', start: async () => ({ origin: 'http://127.0.0.1:1', stop: async () => undefined }) }
    const receiver = { path: '/:secret', receive: async () => ({ status: 200 }) }
    const plugin = bringing(
      'shop',
      { taps: { order_paid: tap }, pages: [page], receivers: [receiver], cli: [command], services: [service] },
      { taps: { order_placed: tap } },
    )
    const catalog = catalogOf(plugin, samplePlugin({ name: 'without-setup' }))
    assert.deepEqual(catalog.taps, [
      { plugin, signal: 'order_placed', tap },
      { plugin, signal: 'order_paid', tap },
    ])
    assert.deepEqual(catalog.pages, [{ plugin, page }])
    assert.deepEqual(catalog.receivers, [{ plugin, receiver }])
    assert.deepEqual(catalog.cli, [{ plugin, command }])
    assert.deepEqual(catalog.services, [{ plugin, service }])
  })

  it('finds a source model by its own name and by the names of its nested models', () => {
    const model = sampleSourceModel()
    const catalog = catalogOf(bringing('shop', { sourceModels: [model] }))
    assert.deepEqual(catalog.sourceModels(), [model])
    assert.equal(catalog.sourceModel('Order'), model)
    assert.equal(catalog.sourceModel('OrderPosition'), null)
    assert.equal(catalog.sourceModelOf('Order'), model)
    assert.equal(catalog.sourceModelOf('OrderPosition'), model)
    assert.equal(catalog.sourceModelOf('Invoice'), null)
  })

  it('keeps a source model that is an object with methods of its own', async () => {
    class Model {
      name = 'Order'
      label = 'Order'
      labelPlural = 'Orders'
      inputs = []
      nested = {}
      filters = []
      fields = async () => []
      page = async () => ({ records: [], next: null })
      load = async () => []
      async count() {
        return this.inputs.length
      }
    }
    const catalog = catalogOf(bringing('shop', { sourceModels: [new Model()] }))
    assert.equal(errorOf(catalog, 'shop'), null)
    assert.equal(await catalog.sourceModel('Order')?.count({}, { scope: '', signal: AbortSignal.timeout(1000) }), 0)
  })

  it('puts a plugin whose setup throws out of use, with its provider and all that need it, and no other', () => {
    const cause = new Error('no licence')
    const thrower = samplePlugin({
      name: 'thrower',
      providers: [sampleProvider()],
      taps: { order_placed: () => undefined },
      setup: () => {
        throw cause
      },
    })
    const catalog = catalogOf(
      thrower,
      throwsInSetup,
      bringing('needs-it', { sourceModels: [sampleSourceModel()] }, { dependencies: { thrower: '*' } }),
      bringing('aside', { sourceModels: [sampleSourceModel({ name: 'Product', nested: {} })] }),
    )
    assert.equal(errorOf(catalog, 'thrower'), 'The setup of the plugin "thrower" failed: no licence')
    assert.equal(catalog.plugin('thrower')?.cause, cause)
    assert.match(errorOf(catalog, 'throws-in-setup') ?? '', /failed: the licence server did not answer/)
    assert.match(errorOf(catalog, 'needs-it') ?? '', /needs the plugin "thrower", which is broken: .*no licence/)
    assert.deepEqual(
      catalog.sourceModels().map(({ name }) => name),
      ['Product'],
    )
    assert.equal(catalog.provider('sample', '1.0.0'), null)
    assert.deepEqual(catalog.taps, [])
    assert.deepEqual(
      catalog.plugins.map(({ name, status }) => [name, status]),
      [
        ['thrower', 'broken'],
        ['throws-in-setup', 'broken'],
        ['needs-it', 'broken'],
        ['aside', 'ready'],
      ],
    )
  })

  it('refuses a setup that returns a promise, also one that rejects', async () => {
    const catalog = catalogOf(bringing('late', Promise.reject(new Error('later'))))
    assert.match(errorOf(catalog, 'late') ?? '', /returned a promise: it must return its contributions at once/)
    // A rejection that nobody handles would end this process in the next turn.
    await new Promise((resolve) => setImmediate(resolve))
  })

  const wrongShapes: [string, unknown, RegExp][] = [
    ['text', 'nothing', /cannot be used: Invalid input/],
    ['an unknown kind of contribution', { sourceModel: [] }, /Unrecognized key: "sourceModel"/],
    [
      'a source model without load',
      { sourceModels: [{ ...sampleSourceModel(), load: 1 }] },
      /sourceModels\.0\.load: must/,
    ],
    ['a command without a name', { cli: [{ name: '', summary: '', run: () => 0 }] }, /cli\.0\.name: must not be empty/],
    ['a page outside its folder', { pages: [{ method: 'GET', path: 'x', handle: () => 0 }] }, /pages\.0\.path/],
    ['a receiver that cannot receive', { receivers: [{ path: '/' }] }, /receivers\.0\.receive: must be a function/],
    ['a receiver outside its folder', { receivers: [{ path: 'x', receive: () => 0 }] }, /receivers\.0\.path/],
    ['a tap on no signal', { taps: { order_lost: () => undefined } }, /taps "order_lost", which is no signal/],
    ['a service that cannot start', { services: [{ name: 'crm' }] }, /services\.0\.start: must be a function/],
  ]
  for (const [what, contributions, sentence] of wrongShapes) {
    it(`refuses a setup that brings ${what}`, () => {
      const catalog = catalogOf(bringing('wrong', contributions))
      assert.match(errorOf(catalog, 'wrong') ?? '', sentence)
      assert.match(errorOf(catalog, 'wrong') ?? '', /^The plugin "wrong" /)
    })
  }

  it('refuses two pages at one place', () => {
    const page = { method: 'GET', path: '/orders', handle: async () => ({ notFound: '' }) }
    const catalog = catalogOf(bringing('shop', { pages: [page, { ...page, method: 'POST' }, page] }))
    assert.match(errorOf(catalog, 'shop') ?? '', /two pages for GET \/orders/)
  })

  it('refuses two receivers at one place', () => {
    const receiver = { path: '/:secret', receive: async () => ({ status: 200 }) }
    assert.match(
      errorOf(catalogOf(bringing('shop', { receivers: [receiver, receiver] })), 'shop') ?? '',
      /two receivers for \/:secret/,
    )
  })
})

describe('createCatalog: names that only one plugin may bring', () => {
  const command = { name: 'shop', summary: '', run: async () => 0 }
  const service = { name: 'crm', start: async () => ({ origin: '', stop: async () => undefined }) }
  const collisions: [string, PluginContributions, PluginContributions][] = [
    ['the source model "Order"', { sourceModels: [sampleSourceModel()] }, { sourceModels: [sampleSourceModel()] }],
    [
      'the source model "OrderPosition"',
      { sourceModels: [sampleSourceModel()] },
      { sourceModels: [sampleSourceModel({ name: 'OrderPosition', nested: {} })] },
    ],
    ['the command "shop"', { cli: [command] }, { cli: [command] }],
    ['the service "crm"', { services: [service] }, { services: [service] }],
  ]
  for (const [thing, first, second] of collisions) {
    it(`names both plugins that bring ${thing}, and keeps the first`, () => {
      const catalog = catalogOf(bringing('first', first), bringing('second', second))
      assert.equal(
        errorOf(catalog, 'second'),
        `The plugin "second" brings ${thing}, and so does the plugin "first", which came first: remove one of them.`,
      )
      assert.equal(errorOf(catalog, 'first'), null)
    })
  }

  it('says so when one plugin brings a name twice, and claims nothing of it', () => {
    const twice = [sampleSourceModel({ nested: {} }), sampleSourceModel({ nested: {} })]
    const catalog = catalogOf(bringing('a', { sourceModels: twice }), bringing('b', { sourceModels: twice.slice(1) }))
    assert.equal(errorOf(catalog, 'a'), 'The plugin "a" brings the source model "Order" twice.')
    assert.equal(catalog.sourceModel('Order'), twice[1])
  })
})

describe('createCatalog: what happens later', () => {
  it('remembers the last tap error of each plugin, with its time', () => {
    let now = new Date('2026-03-01T10:00:00Z')
    const catalog = createCatalog({ plugins: [samplePlugin(), samplePlugin({ name: 'b' })].map(ready), now: () => now })
    catalog.reportTapError('sample', 'order_placed', new Error('first'))
    now = new Date('2026-03-01T10:00:05Z')
    catalog.reportTapError('sample', 'order_paid', new Error('second'))
    assert.deepEqual(catalog.plugin('sample')?.lastTapError, { signal: 'order_paid', message: 'second', at: now })
    assert.deepEqual(
      catalog.plugins.map(({ lastTapError }) => lastTapError?.message ?? null),
      ['second', null],
    )
    assert.equal(catalog.plugin('nobody'), null)
  })

  it('closes dependents first, goes on past one that fails, and says at the end who failed', async () => {
    const closed: string[] = []
    const closing = (name: string, fails = false) => {
      const close = async () => {
        closed.push(name)
        if (fails) throw new Error(`${name} hangs on`)
      }
      return bringing(name, { close })
    }
    const catalog = catalogOf(closing('a'), closing('b', true), samplePlugin({ name: 'quiet' }), closing('c'))
    await assert.rejects(catalog.close(), { message: 'Not every plugin could be closed: "b": b hangs on.' })
    assert.deepEqual(closed, ['c', 'b', 'a'])
    await catalog.close()
    assert.equal(closed.length, 3)
  })

  it('also closes a plugin that was refused after its setup had run', async () => {
    const closed: string[] = []
    const contributions = (name: string) => ({
      name,
      sourceModels: [],
      async close() {
        closed.push(this.name)
      },
    })
    const { name: _name, ...shaped } = contributions('shaped')
    const model = { sourceModels: [sampleSourceModel()] }
    const catalog = catalogOf(
      bringing('wrong-shape', contributions('wrong-shape')),
      bringing('first', model),
      bringing('collides', { ...shaped, ...model, close: async () => void closed.push('collides') }),
    )
    assert.match(errorOf(catalog, 'wrong-shape') ?? '', /Unrecognized key/)
    assert.match(errorOf(catalog, 'collides') ?? '', /"Order"/)
    await catalog.close()
    assert.deepEqual(closed, ['collides', 'wrong-shape'])
  })
})

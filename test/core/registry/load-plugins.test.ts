import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadPlugins } from '../../../core/registry/load-plugins.ts'
import type { Plugin } from '../../../core/sdk/index.ts'
import hello from '../../fixtures/plugins/hello/index.ts'
import { samplePlugin, sampleProvider } from './sample-plugins.ts'

const fixtures = join(import.meta.dirname, '../../fixtures')
const sdkUrl = new URL('../../../core/sdk/index.ts', import.meta.url).href

function load(plugins: readonly (string | Plugin)[], changes: { cwd?: string; importTimeoutMs?: number } = {}) {
  return loadPlugins({
    plugins,
    cwd: join(fixtures, 'plugins'),
    packageRoot: fixtures,
    outboundSyncVersion: '0.1.0',
    ...changes,
  })
}

async function loadOne(plugin: string | Plugin, changes: { cwd?: string; importTimeoutMs?: number } = {}) {
  const [loaded] = await load([plugin], changes)
  assert.ok(loaded)
  return loaded
}

describe('loadPlugins: where a plugin is found', () => {
  let cwd: string
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'load-plugins-'))
    const packages = {
      // Exported for import only, as an ESM package may be.
      'acme-crm': { exports: { '.': { import: './plugin.js' } } },
      '@acme/shop': { main: 'plugin.js' },
    }
    for (const [name, entry] of Object.entries(packages)) {
      const folder = join(cwd, 'node_modules', name)
      await mkdir(folder, { recursive: true })
      await writeFile(
        join(folder, 'package.json'),
        JSON.stringify({ name, version: '1.0.0', type: 'module', ...entry }),
      )
      const source = `import { definePlugin } from ${JSON.stringify(sdkUrl)}
export default definePlugin({ name: '${name.replace('@acme/', 'acme-')}', version: '1.0.0', compatibility: '^0.1.0' })`
      await writeFile(join(folder, 'plugin.js'), source)
    }
    await mkdir(join(cwd, 'empty'))
  })
  after(() => rm(cwd, { recursive: true }))

  it('takes a folder with an index.ts or an index.js, a file, an absolute path and a file URL', async () => {
    const specifiers = ['./hello', './javascript', './needs-hello/index.ts', join(fixtures, 'plugins/future')]
    const loaded = await load([...specifiers, new URL('../../fixtures/plugins/circle-a', import.meta.url).href])
    assert.deepEqual(loaded.map(({ name }) => name).sort(), [
      'circle-a',
      'future',
      'hello',
      'javascript',
      'needs-hello',
    ])
  })

  it('takes the name of a bundled plugin from wherever the host runs', async () => {
    const loaded = await loadOne('hello', { cwd })
    assert.deepEqual([loaded.specifier, loaded.name, loaded.status, loaded.error], ['hello', 'hello', 'ready', null])
  })

  it('takes an npm package of the host, also one that exports for import only', async () => {
    const loaded = await load(['acme-crm', '@acme/shop'], { cwd })
    assert.deepEqual(
      loaded.map(({ specifier, name, status }) => [specifier, name, status]),
      [
        ['acme-crm', 'acme-crm', 'ready'],
        ['@acme/shop', 'acme-shop', 'ready'],
      ],
    )
  })

  it('takes a plugin itself', async () => {
    const loaded = await loadOne(hello)
    assert.deepEqual([loaded.specifier, loaded.status, loaded.plugin?.providers], ['hello', 'ready', hello.providers])
  })

  it('says where it looked when there is nothing', async () => {
    const path = await loadOne('./gone', { cwd })
    assert.equal(path.status, 'broken')
    assert.equal(path.name, 'gone')
    assert.match(
      path.error ?? '',
      /^\.\/gone could not be loaded: The plugin \.\/gone was not found: there is no .*gone\./,
    )
    const unknown = await loadOne('not-installed', { cwd })
    assert.match(unknown.error ?? '', /neither a bundled plugin nor a package that can be found from .*load-plugins-/)
    assert.match((await loadOne('./empty', { cwd })).error ?? '', /neither an index\.ts nor an index\.js/)
  })

  it('leaves the resolution of other imports as it was', async () => {
    await load(['acme-crm'], { cwd })
    await assert.rejects(import('acme-crm' as string), { code: 'ERR_MODULE_NOT_FOUND' })
  })
})

describe('loadPlugins: plugins that cannot be used', () => {
  it('goes on past every hostile plugin and loads the good ones', async () => {
    const hostile = [
      './throws-at-import',
      './no-default-export',
      './plain-object',
      './throws-the-unreadable',
      './future',
    ]
    const loaded = await load([...hostile, './circle-a', './circle-b', './hello', './needs-hello'])
    assert.deepEqual(
      loaded.map(({ name, status }) => [name, status]),
      [
        ['hello', 'ready'],
        ['needs-hello', 'ready'],
        ['throws-at-import', 'broken'],
        ['no-default-export', 'broken'],
        ['plain-object', 'broken'],
        ['throws-the-unreadable', 'broken'],
        ['future', 'incompatible'],
        ['circle-a', 'broken'],
        ['circle-b', 'broken'],
      ],
    )
    for (const { status, error } of loaded) {
      if (status === 'ready') assert.equal(error, null)
      else assert.match(error ?? '', /^\S.+[^\n]$/)
    }
  })

  it('tells what a plugin threw while it was imported, and keeps it for the log', async () => {
    const loaded = await loadOne('./throws-at-import')
    assert.equal(loaded.error, './throws-at-import could not be loaded: the licence file is missing')
    assert.ok(loaded.cause instanceof Error)
    assert.match((await loadOne('./throws-the-unreadable')).error ?? '', /a value that cannot be shown as text/)
  })

  it('does not wait for ever for a plugin that never finishes loading', async () => {
    const loaded = await loadOne('./never-loads', { importTimeoutMs: 50 })
    assert.equal(loaded.error, './never-loads could not be loaded: it did not finish loading within 50 ms')
  })

  it('says that a default export must come from definePlugin', async () => {
    const sentence = /is no plugin: its default export must come from definePlugin/
    assert.match((await loadOne('./no-default-export')).error ?? '', sentence)
    assert.match((await loadOne('./plain-object')).error ?? '', sentence)
    // What a host in JavaScript can put into the list.
    for (const junk of [null, undefined, 5, {}]) {
      assert.match((await loadOne(junk as unknown as Plugin)).error ?? '', sentence)
    }
  })

  it('looks again at a plugin that another copy of the package has made', async () => {
    const foreign = { ...samplePlugin(), [Symbol.for('outbound-sync.plugin')]: true, name: 'Not A Name' }
    const loaded = await loadOne(foreign)
    assert.equal(loaded.status, 'broken')
    assert.match(loaded.error ?? '', /lower-case letters/)
    assert.doesNotMatch(loaded.error ?? '', /\n/)
  })

  it('names the provider and what is wrong with it', async () => {
    const provider = sampleProvider({ statics: { granularity: 'batch' } })
    assert.equal(
      (await loadOne(samplePlugin({ providers: [provider] }))).error,
      'The provider "sample" of the plugin "sample" has the granularity "batch" and no method syncObjects, which is what it would be called with.',
    )
    const nameless = sampleProvider({ statics: { identifier: '' } })
    assert.equal(
      (await loadOne(samplePlugin({ providers: [nameless] }))).error,
      'The provider SampleProvider of the plugin "sample" has no static identifier.',
    )
    assert.match(
      (await loadOne(samplePlugin({ providers: [sampleProvider(), sampleProvider()] }))).error ?? '',
      /brings the provider "sample" 1\.0\.0 twice/,
    )
  })

  it('survives a provider whose declaration throws when it is read', async () => {
    const provider = sampleProvider()
    const thrower = () => {
      throw new Error('no settings today')
    }
    Object.defineProperty(provider, 'settings', { get: thrower })
    assert.match((await loadOne(samplePlugin({ providers: [provider] }))).error ?? '', /no settings today/)
  })

  it('refuses taps on signals that do not exist, repeated migrations and views that are not files', async () => {
    const own = { taps: { product_changed: () => undefined } as Plugin['taps'] }
    assert.match(
      (await loadOne(samplePlugin(own))).error ?? '',
      /"product_changed", which is no signal: .*One that plugins bring/,
    )
    assert.equal((await loadOne(samplePlugin({ ...own, signals: ['product_changed'] }))).error, null)
    // The type forbids both taps; a plugin in JavaScript is not checked by it.
    const wrongName = { order_plced: () => undefined } as object
    assert.match(
      (await loadOne(samplePlugin({ taps: wrongName }))).error ?? '',
      /taps "order_plced", which is no signal: did you mean "order_placed"\? One that plugins bring is named in `signals`\.$/,
    )
    const noFunction = { order_placed: 'yes' } as object
    assert.match((await loadOne(samplePlugin({ taps: noFunction }))).error ?? '', /order_placed with .* no function/)
    const migration = { name: '20260101000000_first', up: 'SELECT 1' }
    const twice = samplePlugin({ migrations: [migration, migration] })
    assert.match((await loadOne(twice)).error ?? '', /two migrations named 20260101000000_first/)
    const remote = samplePlugin({ viewsUrl: new URL('http://views.example/') })
    assert.match((await loadOne(remote)).error ?? '', /no file: URL/)
  })
})

describe('loadPlugins: names and dependencies', () => {
  const plugin = (name: string, dependencies: Record<string, string> = {}, version = '1.0.0') =>
    samplePlugin({ name, version, dependencies })

  it('puts dependencies first, whatever the order of the list', async () => {
    const loaded = await load([plugin('c', { b: '*' }), plugin('b', { a: '*' }), plugin('a')])
    assert.deepEqual(
      loaded.map(({ name, status }) => `${name} ${status}`),
      ['a ready', 'b ready', 'c ready'],
    )
  })

  it('keeps the first of two plugins of one name and says where both come from', async () => {
    const loaded = await load(['./hello', hello])
    assert.deepEqual(
      loaded.map(({ status }) => status),
      ['ready', 'broken'],
    )
    assert.match(loaded[1]?.error ?? '', /"hello" is in the list twice, as \.\/hello and as plugins\[1\]/)
  })

  it('lets a plugin depend on the first of two of one name', async () => {
    const loaded = await load(['./hello', hello, './needs-hello'])
    assert.deepEqual(
      loaded.map(({ name, status }) => `${name} ${status}`),
      ['hello ready', 'needs-hello ready', 'hello broken'],
    )
  })

  it('refuses a plugin whose dependency is missing or of another version', async () => {
    assert.match(
      (await loadOne('./needs-hello')).error ?? '',
      /needs the plugin "hello" \^1\.0\.0, which is not loaded/,
    )
    const [, dependent] = await load([plugin('hello', {}, '2.0.0'), './needs-hello'])
    assert.equal(dependent?.status, 'incompatible')
    assert.match(dependent?.error ?? '', /needs the plugin "hello" \^1\.0\.0, and 2\.0\.0 is loaded/)
  })

  it('tells the reason of a dependency that is out of use, along the whole chain', async () => {
    const loaded = await load(['./throws-at-import', plugin('a', { 'throws-at-import': '*' }), plugin('b', { a: '*' })])
    const [, a, b] = loaded
    assert.match(
      a?.error ?? '',
      /"a" needs the plugin "throws-at-import", which is broken: .*the licence file is missing/,
    )
    assert.match(b?.error ?? '', /"b" needs the plugin "a", which is broken: .*the licence file is missing/)
  })

  it('tells a circle by its names, and that others stand behind it', async () => {
    const loaded = await load(['./circle-a', './circle-b', plugin('behind', { 'circle-b': '*' }), plugin('aside')])
    const errors = new Map(loaded.map(({ name, error }) => [name, error]))
    assert.equal(
      errors.get('circle-a'),
      'Plugins depend on each other in a circle: "circle-a" needs "circle-b" needs "circle-a".',
    )
    assert.match(errors.get('behind') ?? '', /"behind" needs the plugin "circle-b", which is broken: .*circle/)
    assert.equal(errors.get('aside'), null)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCatalog } from '../../../core/registry/catalog.ts'
import { buildDefinition } from '../../../core/registry/definitions.ts'
import { unusableProvider } from '../../../core/registry/unusable-provider.ts'
import { type DefinitionKind, defineDefinitionKind, definePlugin, z } from '../../../core/sdk/index.ts'
import { ready, samplePlugin, sampleProvider } from './sample-plugins.ts'

const schema = z.strictObject({ identifier: z.string(), version: z.string(), displayName: z.string() })
const kind = defineDefinitionKind({
  kind: 'sample',
  label: 'Sample',
  schema,
  build: (definition) => sampleProvider({ statics: definition }),
})
const stored = { identifier: 'made', version: '1.0.0', displayName: 'Made' }
const maker = samplePlugin({ name: 'maker', definitionKinds: [kind] })
const made = (problem: string | null = null, version = '1.0.0') => ({
  provider: problem === null ? kind.build({ ...stored, version }) : unusableProvider({ ...stored, version, problem }),
  plugin: maker,
  state: 'active' as const,
  problem,
})

describe('defineDefinitionKind', () => {
  it('wants a name, and a schema with what every provider has', () => {
    assert.throws(() => defineDefinitionKind({ ...kind, kind: 'A b' }), /kind/)
    assert.throws(
      () => defineDefinitionKind({ ...kind, schema: z.object({ identifier: z.string(), version: z.string() }) }),
      /no displayName/,
    )
  })

  it('is what definePlugin takes, and nothing else', () => {
    const copy = { ...kind } as DefinitionKind
    assert.equal(
      definePlugin({ name: 'a', version: '1.0.0', compatibility: '*', definitionKinds: [kind] }).definitionKinds.length,
      1,
    )
    assert.throws(
      () =>
        definePlugin({
          name: 'a',
          version: '1.0.0',
          compatibility: '*',
          definitionKinds: [JSON.parse(JSON.stringify(copy))],
        }),
      /must be made by defineDefinitionKind/,
    )
  })
})

describe('buildDefinition', () => {
  const build = (definition: unknown, codedPlugin: string | null = null) =>
    buildDefinition({ ...stored, definition }, { kind, codedPlugin })

  it('hands over a class that the registry takes', () => {
    assert.equal(build(stored).provider?.displayName, 'Made')
  })

  it('says why there is none', () => {
    const problem = (...given: Parameters<typeof build>) => String(build(...given).problem)
    assert.match(
      problem({ ...stored, displayName: 5 }),
      /^Version 1.0.0 of the provider "made" cannot be used: displayName: /,
    )
    assert.match(problem({ ...stored, version: '2.0.0' }), /it says that it is version 2.0.0 of "made"/)
    assert.match(problem(stored, 'coded'), /the plugin "coded" brings a provider of this name/)
    assert.match(problem(null), /Make a new version/)
    const failing = defineDefinitionKind({
      ...kind,
      build: () => sampleProvider({ statics: { ...stored, listFieldJoiner: '' } }),
    })
    const { problem: refused } = buildDefinition(
      { ...stored, definition: stored },
      { kind: failing, codedPlugin: null },
    )
    assert.match(String(refused), /it has a static listFieldJoiner that cannot be used/)
  })
})

describe('createCatalog: providers that are data', () => {
  it('stand beside coded ones, which win where both are of one name', () => {
    const coded = sampleProvider({ statics: { ...stored, displayName: 'Coded' } })
    const catalog = createCatalog({ plugins: [maker, samplePlugin({ name: 'coder', providers: [coded] })].map(ready) })
    catalog.setDefined([made(), made(null, '2.0.0')])
    assert.equal(catalog.provider('made', '1.0.0')?.provider.displayName, 'Coded')
    assert.equal(catalog.provider('made', '2.0.0')?.plugin.name, 'maker')
    assert.equal(catalog.codedPlugin('made')?.name, 'coder')
    catalog.setDefined([])
    assert.equal(catalog.provider('made', '2.0.0'), null)
  })

  it('have their work claimed also when they cannot be used, and are not offered then', () => {
    const catalog = createCatalog({ plugins: [ready(maker)] })
    catalog.setDefined([made('It is broken.')])
    assert.deepEqual(catalog.providerVersions(), [{ identifier: 'made', version: '1.0.0' }])
    assert.deepEqual(catalog.providers(), [])
    assert.equal(catalog.provider('made', '1.0.0')?.problem, 'It is broken.')
  })

  it('are of a kind that only one plugin brings', () => {
    const catalog = createCatalog({
      plugins: [maker, samplePlugin({ name: 'other', definitionKinds: [kind] })].map(ready),
    })
    assert.match(
      String(catalog.plugin('other')?.error),
      /brings the kind of definitions "sample", and so does the plugin "maker"/,
    )
    assert.deepEqual(
      catalog.definitionKinds.map(({ plugin }) => plugin.name),
      ['maker'],
    )
  })
})

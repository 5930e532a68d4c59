import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPluginVariable } from '../../../core/config.ts'
import { type GivenPluginOptions, readPluginOptions } from '../../../core/registry/plugin-options.ts'
import { definePlugin, type Plugin, secret, z } from '../../../core/sdk/index.ts'
import { ready, samplePlugin } from './sample-plugins.ts'

const options = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).meta({ description: 'the address of the shop' }),
  token: secret().min(8),
  pageSize: z.coerce.number().int().max(500).default(50),
})
const shop = definePlugin({ name: 'my-shop', version: '1.0.0', compatibility: '^0.1.0', options })

function read(
  given: GivenPluginOptions,
  env: Record<string, string> = {},
  plugins: readonly Plugin[] = [shop, samplePlugin()],
) {
  const loaded = plugins.map(ready)
  const result = readPluginOptions({
    loaded,
    given,
    readVariable: (plugin, option) => readPluginVariable(plugin, option, env),
  })
  return { ...result, errorOf: (name: string) => result.plugins.find((one) => one.name === name)?.error ?? null }
}

const whole = { MY_SHOP_BASE_URL: ' https://shop.example ', MY_SHOP_TOKEN: 'correct-horse' }

describe('readPluginOptions', () => {
  it('reads variables named after plugin and option, and fills in defaults', () => {
    const { optionsOf, errorOf } = read({}, { ...whole, MY_SHOP_PAGE_SIZE: '20' })
    assert.equal(errorOf('my-shop'), null)
    assert.deepEqual(optionsOf('my-shop'), {
      values: { baseUrl: 'https://shop.example', token: 'correct-horse', pageSize: 20 },
      secrets: ['correct-horse'],
    })
    assert.equal(read({}, whole).optionsOf('my-shop').values.pageSize, 50)
  })

  it('takes what is given in code before the environment, option by option', () => {
    const { optionsOf } = read({ 'my-shop': { token: 'given-in-code', baseUrl: undefined } }, whole)
    assert.deepEqual(optionsOf('my-shop').values, {
      baseUrl: 'https://shop.example',
      token: 'given-in-code',
      pageSize: 50,
    })
    assert.deepEqual(optionsOf('my-shop').secrets, ['given-in-code'])
  })

  it('puts a plugin out of use with a sentence for each option that is missing, and no other plugin', () => {
    const { errorOf, optionsOf } = read({}, { MY_SHOP_BASE_URL: '   ' })
    const error = errorOf('my-shop') ?? ''
    assert.match(
      error,
      /^The option baseUrl of the plugin "my-shop" \(MY_SHOP_BASE_URL\) is not set; expected the address of the shop\. The option token of the plugin "my-shop" \(MY_SHOP_TOKEN\) is not set\.$/,
    )
    assert.equal(errorOf('sample'), null)
    assert.deepEqual(optionsOf('sample'), { values: {}, secrets: [] })
  })

  it('shows a wrong value and what is expected, but never a secret', () => {
    const env = { MY_SHOP_BASE_URL: 'ftp://shop.example', MY_SHOP_TOKEN: 'short', MY_SHOP_PAGE_SIZE: 'many' }
    const error = read({}, env).errorOf('my-shop') ?? ''
    assert.match(error, /\(MY_SHOP_BASE_URL\) is "ftp:\/\/shop\.example"; expected the address of the shop\./)
    assert.match(error, /\(MY_SHOP_TOKEN\) is not usable; it must have at least \d+ characters\./)
    assert.match(error, /\(MY_SHOP_PAGE_SIZE\) is "many"; it must be a number\./)
    assert.doesNotMatch(error, /short/)
  })

  it('keeps a secret out of a message that quotes it, also behind a transform', () => {
    const quoting = z.object({
      key: secret()
        .refine((text) => text.startsWith('k_'), { error: ({ input }) => `${input} does not begin with k_` })
        .transform((text) => text.slice(2)),
    })
    const plugin = samplePlugin({ options: quoting })
    assert.match(
      read({}, { SAMPLE_KEY: 'hunter22' }, [plugin]).errorOf('sample') ?? '',
      /\(SAMPLE_KEY\) is not usable: … does not begin with k_\.$/,
    )
    const { optionsOf } = read({}, { SAMPLE_KEY: 'k_hunter22' }, [plugin])
    assert.deepEqual(optionsOf('sample'), { values: { key: 'hunter22' }, secrets: ['k_hunter22'] })
  })

  it('names an option that there is not, with the one that is meant', () => {
    const { errorOf } = read({ 'my-shop': { baseURL: 'https://shop.example' }, sample: { colour: 'red' } }, whole)
    assert.equal(errorOf('my-shop'), 'The plugin "my-shop" has no option "baseURL". Did you mean "baseUrl"?')
    assert.equal(errorOf('sample'), 'The plugin "sample" has no option "colour".')
  })

  it('refuses options for a plugin that is not in the list', () => {
    assert.throws(() => read({ 'my-shp': {} }, whole), {
      code: 'config_invalid',
      message: 'There are options for a plugin "my-shp", which is not in the list. Did you mean "my-shop"?',
    })
    assert.throws(() => read({ toString: {} }, whole), /There are options for a plugin "toString"/)
  })

  it('lets options stand that may be those of a plugin which could not be read', () => {
    const broken = { specifier: './shop', name: 'shop', plugin: null, status: 'broken' as const, error: 'not found' }
    const { plugins } = readPluginOptions({
      loaded: [broken, ready(samplePlugin())],
      given: { 'my-shop': { token: 'correct-horse' } },
      readVariable: (plugin, option) => readPluginVariable(plugin, option, {}),
    })
    assert.deepEqual(
      plugins.map(({ status }) => status),
      ['broken', 'ready'],
    )
  })

  it('tells what the options are wrong about together, and a schema that throws', () => {
    const both = z
      .object({ user: z.string().optional(), password: secret().optional() })
      .refine(
        ({ user, password }) => (user === undefined) === (password === undefined),
        'a user needs a password, and a password a user',
      )
    assert.equal(
      read({}, { SAMPLE_USER: 'ada' }, [samplePlugin({ options: both })]).errorOf('sample'),
      'The options of the plugin "sample" do not fit together: a user needs a password, and a password a user.',
    )
    const throwing = z.object({
      at: z.string().transform((): string => {
        throw new Error('no clock')
      }),
    })
    assert.equal(
      read({}, { SAMPLE_AT: 'now' }, [samplePlugin({ options: throwing })]).errorOf('sample'),
      'The options of the plugin "sample" could not be read: no clock',
    )
  })

  it('asks nothing for a plugin that is out of use already', () => {
    const error = 'it does not fit'
    const { plugins } = readPluginOptions({
      loaded: [{ ...ready(shop), status: 'incompatible', error }],
      given: {},
      readVariable: () => assert.fail('no option of it is read'),
    })
    assert.deepEqual(
      plugins.map((one) => [one.status, one.error]),
      [['incompatible', error]],
    )
  })
})

describe('definePlugin with options', () => {
  it('types the context by them, and refuses what is no z.object', () => {
    const seen: string[] = []
    const plugin = definePlugin({
      name: 'typed',
      version: '1.0.0',
      compatibility: '*',
      options,
      setup: ({ options: { baseUrl, pageSize } }) => {
        seen.push(baseUrl.toUpperCase(), pageSize.toFixed(1))
        return {}
      },
    })
    assert.equal(plugin.options, options)
    assert.throws(
      // As a plugin in JavaScript could have it.
      () => samplePlugin({ options: { token: secret() } as never }),
      /must be a z\.object\(\.\.\.\)/,
    )
    assert.deepEqual(seen, [])
  })
})

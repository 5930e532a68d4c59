import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkProvider } from '../../../core/registry/check-provider.ts'
import { basicAuth, objectMappingSchema, type ProviderClass, z } from '../../../core/sdk/index.ts'
import { HelloProvider } from '../../fixtures/plugins/hello/index.ts'
import { sampleProvider } from './sample-plugins.ts'

const mapping = objectMappingSchema.parse({
  key: 'orders',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'order_code',
  externalIdField: 'code',
  propertyMappings: [{ externalField: 'total', source: { field: 'order_total' } }],
})

const refusedStatics: [string, Record<string, unknown>, RegExp][] = [
  ['no identifier', { identifier: '' }, /^has no static identifier$/],
  ['an identifier of 129 characters', { identifier: 'x'.repeat(129) }, /identifier .* at most 128 characters/],
  ['a version that is not semantic', { version: 'v2' }, /version .* semantic version/],
  ['no attempt', { maxAttempts: 0 }, /maxAttempts .* at least 1/],
  ['half an attempt', { maxAttempts: 1.5 }, /maxAttempts/],
  ['an empty joiner', { listFieldJoiner: '' }, /listFieldJoiner .* must not be empty/],
  ['an unknown update mode', { updateModes: ['overwrite', 'merge'] }, /updateModes\.1/],
  ['settings that are no object', { settings: z.string() }, /settings .* z\.object/],
  ['settings that are no schema', { settings: { url: 'text' } }, /settings .* z\.object/],
  ['an account setting that is none', { accountSettings: ['url'] }, /"url" in accountSettings/],
  ['an auth that nobody made', { auth: { type: 'basic' } }, /auth.* must be made by basicAuth/],
  [
    'a setting with the name of a field of its auth',
    { auth: basicAuth(), settings: z.object({ username: z.string() }) },
    /a setting "username", which is also a field of its auth/,
  ],
  ['no calls at the same time', { limits: { concurrency: 0 } }, /limits\.concurrency/],
  ['an unknown external type', { externalObjectTypes: [objectType('deal', 'money')] }, /externalObjectTypes\.0/],
  ['one object type twice', { externalObjectTypes: [objectType('a'), objectType('a')] }, /type "a" twice/],
  ['a mapping that does not parse', { defaultMappings: [{ ...mapping, mode: 'merge' }] }, /defaultMappings\.0\.mode/],
  [
    'a mapping that names a prototype',
    { defaultMappings: [{ ...mapping, key: '__proto__' }] },
    /defaultMappings\.0\.key/,
  ],
  ['two mappings with one key', { defaultMappings: [mapping, mapping] }, /two default mappings with the key "orders"/],
  ['the granularity run', { granularity: 'run' }, /granularity "run", which this version .* does not run yet/],
  ['an unknown granularity', { granularity: 'row' }, /granularity that cannot be used/],
]

function objectType(name: string, type = 'text') {
  return { name, label: name, fields: [{ key: 'code', label: 'Code', type }], idFields: ['code'] }
}

describe('checkProvider', () => {
  it('accepts a provider with nothing but an identifier and its verb, and one with a full declaration', () => {
    assert.equal(checkProvider(sampleProvider()), null)
    assert.equal(checkProvider(HelloProvider), null)
    const full = {
      identifier: 'x'.repeat(128),
      settings: z.object({ url: z.string() }),
      auth: basicAuth(),
      accountSettings: ['url', 'username'],
      externalObjectTypes: [objectType('deal')],
      defaultMappings: [mapping],
      limits: { concurrency: 2, objectTimeoutMs: 1000 },
      listFieldJoiner: null,
    }
    assert.equal(checkProvider(sampleProvider({ statics: full })), null)
  })

  for (const [what, statics, sentence] of refusedStatics) {
    it(`refuses ${what}`, () => assert.match(checkProvider(sampleProvider({ statics })) ?? '', sentence))
  }

  for (const method of ['startRun', 'syncRun', 'endRun']) {
    it(`refuses the method ${method}, which no code calls yet`, () => {
      const provider = sampleProvider({ methods: { [method]: async () => [] } })
      assert.match(checkProvider(provider) ?? '', new RegExp(`method ${method}, which this version .* not call yet`))
    })
  }

  it('takes a provider of many objects only with its method and its granularity together', () => {
    const methods = { syncObjects: async () => [], checkBatch: async () => ({ isDone: false, checkAt: new Date() }) }
    assert.equal(checkProvider(sampleProvider({ statics: { granularity: 'batch' }, methods })), null)
    assert.match(checkProvider(sampleProvider({ statics: { granularity: 'batch' } })) ?? '', /no method syncObjects/)
    assert.match(checkProvider(sampleProvider({ methods })) ?? '', /only called with `static granularity = 'batch'`/)
  })

  it('refuses a class that has no verb, and one that is not derived from the base class', () => {
    const withoutVerb = sampleProvider({ methods: { syncObjectWithProperties: undefined } })
    assert.equal(checkProvider(withoutVerb), 'has no method syncObjectWithProperties')
    class Stranger {
      static identifier = 'stranger'
      async syncObjectWithProperties() {}
    }
    const statics = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(sampleProvider()))
    const { prototype: _prototype, ...declared } = statics
    Object.defineProperties(Stranger, { ...declared, identifier: { value: 'stranger' } })
    // What a plugin in JavaScript can hand over; the type forbids it.
    assert.equal(checkProvider(Stranger as unknown as ProviderClass), 'is not derived from OutboundSyncProvider')
  })
})

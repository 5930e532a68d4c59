import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mappingWords } from '../../../core/admin/mapping-words.ts'
import type { Log } from '../../../core/sdk/log.ts'
import { type ObjectMappingInput, objectMappingSchema } from '../../../core/sdk/mapping.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'

const model: SourceModel = {
  name: 'Order',
  label: 'Order',
  labelPlural: 'Orders',
  inputs: [],
  nested: { OrderPosition: { label: 'Position', inputs: [] } },
  filters: [],
  fields: async (name) => [
    {
      key: 'code',
      label: `Code of the ${name}`,
      category: { label: '', sortIndex: 0 },
      type: 'text',
      requiredInput: '',
      getter: () => null,
    },
  ],
  load: async () => [],
  page: async () => ({ records: [], next: null }),
  count: async () => 0,
}
const base: ObjectMappingInput = {
  key: 'deals',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'code',
  externalIdField: 'number',
  propertyMappings: [],
}

async function wordsOf(
  changes: Partial<ObjectMappingInput>,
  sourceModel: SourceModel | null = model,
  logged: string[] = [],
) {
  const log: Log = { debug() {}, info() {}, warn: (_data, message) => void logged.push(message), error() {} }
  const [words] = await mappingWords([objectMappingSchema.parse({ ...base, ...changes })], {
    catalog: { sourceModelOf: () => sourceModel },
    scope: '',
    objectTypes: [
      { name: 'deal', label: 'Deal', idFields: ['number'], fields: [{ key: 'number', label: 'Number', type: 'text' }] },
    ],
    log,
  })
  assert.ok(words)
  return words
}

describe('a mapping in words', () => {
  for (const [mode, sentence] of [
    ['upsert', 'Each Order creates or updates one Deal.'],
    ['create', 'Each Order creates one Deal, which is not changed afterwards.'],
    ['update', 'Each Order updates its Deal; none is created.'],
    ['find', 'For each Order the Deal is only looked up, for the mappings after it.'],
  ] as const) {
    it(`says what the mode ${mode} does`, async () => {
      assert.equal((await wordsOf({ mode })).sentences[0], sentence)
    })
  }

  it('says what becomes of the object when it no longer applies', async () => {
    assert.equal((await wordsOf({ whenNoLonger: 'keep' })).sentences.length, 2)
    assert.equal(
      (await wordsOf({ whenNoLonger: 'delete' })).sentences[2],
      'When it no longer applies, the Deal is deleted.',
    )
    const update = await wordsOf({ whenNoLonger: { update: [{ externalField: 'number', source: { constant: 'x' } }] } })
    assert.equal(update.sentences[2], 'When it no longer applies, Number is set.')
  })

  it('says where each value comes from', async () => {
    const { properties } = await wordsOf({
      propertyMappings: [
        { externalField: 'number', source: { field: 'code' }, valueMap: { a: 'b', c: 'd' } },
        { externalField: 'other', source: { constant: 'fixed' }, updateMode: 'if_new' },
        { externalField: 'flag', source: { constant: true } },
        { externalField: 'title', source: { template: 'Order {code}' }, transforms: [{ name: 'trim' }] },
        { externalField: 'contact', source: { result: 'contacts', path: 'remoteId' }, updateMode: 'append' },
        { externalField: 'account', source: { reference: 'Customer', idField: 'code' } },
        {
          externalField: 'lines',
          each: {
            nestedModel: 'OrderPosition',
            propertyMappings: [{ externalField: 'sku', source: { field: 'code' } }],
          },
        },
      ],
    })
    assert.deepEqual(
      properties.map(({ target, source, mode }) => [target, source, mode]),
      [
        ['Number', 'Code of the Order, 2 values translated', 'always'],
        ['other', 'the text “fixed”', 'when it is created'],
        ['flag', 'true', 'always'],
        ['title', 'the text “Order {code}”, filled in, without spaces around it', 'always'],
        ['contact', 'remoteId of what the mapping “contacts” got back', 'added to the list'],
        ['account', 'the object of the Customer named by Code of the Order', 'always'],
        ['lines', 'a list with one entry for each Position', 'always'],
      ],
    )
    assert.equal(properties[6]?.nested[0]?.source, 'Code of the OrderPosition')
  })

  it('falls back to keys where the host cannot name its fields, and says so in the log', async () => {
    const logged: string[] = []
    const failing: SourceModel = {
      ...model,
      fields: async () => {
        throw new Error('down')
      },
    }
    const words = await wordsOf(
      { propertyMappings: [{ externalField: 'x', source: { field: 'code' } }] },
      failing,
      logged,
    )
    assert.equal(words.properties[0]?.source, 'code')
    assert.deepEqual(logged, ['The host could not name its fields'])
    assert.match((await wordsOf({}, null)).sentences[0] ?? '', /Each Order/)
  })
})

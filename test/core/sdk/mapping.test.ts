import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  conditionSchema,
  mappingDocumentSchema,
  type ObjectMappingInput,
  objectMappingSchema,
  propertyMappingSchema,
} from '../../../core/sdk/mapping.ts'

const smallest: ObjectMappingInput = {
  key: 'orders',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'order_code',
  externalIdField: 'number',
  propertyMappings: [],
}

/** `path: message` of each problem of an object mapping with these members. */
function problemsOf(members: object): string[] {
  const parsed = objectMappingSchema.safeParse({ ...smallest, ...members })
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

function nested(depth: number, wrap: (inner: unknown) => unknown, innermost: unknown): unknown {
  let value = innermost
  for (let level = 0; level < depth; level += 1) value = wrap(value)
  return value
}

describe('objectMappingSchema', () => {
  it('fills in what a mapping need not say', () => {
    assert.deepEqual(objectMappingSchema.parse(smallest), {
      ...smallest,
      scope: '',
      isEnabled: true,
      mode: 'upsert',
      when: null,
      whenNoLonger: 'keep',
    })
    assert.deepEqual(propertyMappingSchema.parse({ externalField: 'a', source: { field: 'x' } }), {
      externalField: 'a',
      source: { field: 'x' },
      transforms: [],
      updateMode: 'overwrite',
    })
  })

  it('takes every kind of source, condition and property', () => {
    const members = {
      when: {
        all: [
          {
            any: [
              { field: 'a', is: 'empty' },
              { field: 'a', oneOf: ['x'] },
            ],
          },
          { not: { field: 'a', operator: 'greater_than', value: '5' } },
          { field: 'b', operator: 'equals', value: true },
        ],
      },
      whenNoLonger: { update: [{ externalField: 'status', source: { constant: 'cancelled' } }] },
      propertyMappings: [
        { externalField: 'a', source: { field: 'x' }, valueMap: { y: 1 }, valueMapDefault: null },
        { externalField: 'b', source: { constant: { deep: [1, null, true] } } },
        { externalField: 'c', source: { template: '{x} {{y}}' }, transforms: [{ name: 'trim' }] },
        { externalField: 'd', source: { result: 'contacts', path: 'customs.id' }, updateMode: 'append' },
        { externalField: 'e', source: { reference: 'Customer', idField: 'customer_id' } },
        {
          externalField: 'items',
          each: {
            nestedModel: 'OrderPosition',
            propertyMappings: [{ externalField: 'sku', source: { field: 'sku' } }],
          },
        },
      ],
    }
    assert.deepEqual(problemsOf(members), [])
    const parsed = objectMappingSchema.parse({ ...smallest, ...members })
    assert.deepEqual(parsed.when, members.when)
    // What was parsed is a document again: stored, read back, the same.
    assert.deepEqual(objectMappingSchema.parse(JSON.parse(JSON.stringify(parsed))), JSON.parse(JSON.stringify(parsed)))
  })

  const property = (members: object) => ({
    propertyMappings: [{ externalField: 'a', source: { field: 'x' }, ...members }],
  })
  const refused: [does: string, members: object, problem: RegExp][] = [
    ['an unknown key', { enabled: true }, /^: Unrecognized key: "enabled"$/],
    ['an empty key', { key: '' }, /^key: /],
    ['a key of 129 characters', { key: 'k'.repeat(129) }, /^key: /],
    ['a key that reaches a prototype', { key: '__proto__' }, /^key: must not name __proto__/],
    [
      'an identifier that reaches a prototype',
      { externalIdField: 'a.constructor.b' },
      /^externalIdField: must not name/,
    ],
    ['an unknown mode', { mode: 'merge' }, /^mode: /],
    ['an unknown way out', { whenNoLonger: 'forget' }, /^whenNoLonger: .*keep.*delete/],
    ['an empty update', { whenNoLonger: { update: [] } }, /^whenNoLonger.update: /],
    [
      'a property of an update at fault',
      { whenNoLonger: { update: [{ externalField: 'a', source: {} }] } },
      /^whenNoLonger.update.0.source: needs one of the keys/,
    ],
    [
      'a source of no kind',
      property({ source: { fild: 'x' } }),
      /^propertyMappings.0.source: needs one of the keys field, constant, template, result, reference$/,
    ],
    [
      'a source of two kinds',
      property({ source: { field: 'x', constant: 1 } }),
      /^propertyMappings.0.source: Unrecognized key: "constant"$/,
    ],
    ['a source that is no object', property({ source: 'x' }), /^propertyMappings.0.source: needs one of the keys/],
    ['half a result', property({ source: { result: 'x' } }), /^propertyMappings.0.source.path: /],
    [
      'a result path into a prototype',
      property({ source: { result: 'x', path: 'a.__proto__.b' } }),
      /^propertyMappings.0.source.path: must not name/,
    ],
    [
      'a property without a source',
      { propertyMappings: [{ externalField: 'a' }] },
      /^propertyMappings.0: needs one of the keys source, each$/,
    ],
    [
      'an external field that reaches a prototype',
      property({ externalField: 'prototype' }),
      /^propertyMappings.0.externalField: must not name/,
    ],
    ['an unknown transform', property({ transforms: [{ name: 'eval' }] }), /^propertyMappings.0.transforms.0.name: /],
    [
      'a transform without its option',
      property({ transforms: [{ name: 'truncate' }] }),
      /^propertyMappings.0.transforms.0.length: /,
    ],
    [
      '21 transforms',
      property({ transforms: Array.from({ length: 21 }, () => ({ name: 'trim' })) }),
      /^propertyMappings.0.transforms: /,
    ],
    [
      'a search for nothing',
      property({ transforms: [{ name: 'replace', search: '', replacement: 'x' }] }),
      /^propertyMappings.0.transforms.0.search: /,
    ],
    ['an unknown update mode', property({ updateMode: 'merge' }), /^propertyMappings.0.updateMode: /],
    [
      'a constant that is no JSON',
      property({ source: { constant: undefined } }),
      /^propertyMappings.0.source.constant: /,
    ],
    [
      'a constant with a key __proto__',
      property({ source: { constant: JSON.parse('{"a":{"__proto__":{"b":1}}}') } }),
      /^propertyMappings.0.source.constant: .*__proto__/,
    ],
    [
      'a value map with a key __proto__',
      property({ valueMap: JSON.parse('{"__proto__":1}') }),
      /^propertyMappings.0.valueMap: .*__proto__/,
    ],
    [
      'an endless template',
      property({ source: { template: 'x'.repeat(10_001) } }),
      /^propertyMappings.0.source.template: /,
    ],
    [
      'a fault inside `each`',
      {
        propertyMappings: [
          {
            externalField: 'a',
            each: { nestedModel: 'x', propertyMappings: [{ externalField: 'b', source: { field: '' } }] },
          },
        ],
      },
      /^propertyMappings.0.each.propertyMappings.0.source.field: /,
    ],
    [
      'a condition of no kind',
      { when: { field: 'a' } },
      /^when: needs one of the keys all, any, not, is, oneOf, operator$/,
    ],
    [
      'a fault deep in a condition',
      { when: { all: [{ any: [{ field: 'a', is: 'emty' }] }] } },
      /^when.all.0.any.0.is: /,
    ],
    [
      'a comparison with a number',
      { when: { field: 'a', operator: 'equals', value: 5 } },
      /^when.value: must be text, true or false$/,
    ],
  ]
  for (const [does, members, problem] of refused) {
    it(`refuses ${does} and names the place`, () => {
      const problems = problemsOf(members)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(String(problems[0]), problem)
    })
  }

  it('refuses what is nested without end instead of running out of stack', () => {
    for (const depth of [33, 1000, 100_000]) {
      assert.match(
        String(problemsOf({ when: nested(depth, (not) => ({ not }), { field: 'a', is: 'empty' }) })),
        /^when: must have at most 32 levels/,
      )
      const constant = nested(depth, (inner) => [inner], 1)
      assert.match(String(problemsOf(property({ source: { constant } }))), /at most 32 levels/)
      assert.match(String(problemsOf(property({ valueMap: { a: constant } }))), /at most 32 levels/)
      assert.match(String(problemsOf(property({ valueMapDefault: constant }))), /at most 32 levels/)
    }
    assert.deepEqual(problemsOf({ when: nested(30, (not) => ({ not }), { field: 'a', is: 'empty' }) }), [])
  })

  it('refuses a value that contains itself, however often', () => {
    const cyclic: Record<string, unknown> = {}
    Object.assign(cyclic, { a: cyclic, b: cyclic, c: cyclic })
    assert.match(String(problemsOf(property({ source: { constant: cyclic } }))), /must have at most/)
    assert.equal(conditionSchema.safeParse({ not: cyclic }).success, false)
  })
})

describe('mappingDocumentSchema', () => {
  it('judges any JSON without throwing and without touching a prototype', () => {
    const names = [
      'key',
      'source',
      'each',
      'when',
      'all',
      'not',
      'propertyMappings',
      'transforms',
      '__proto__',
      'constructor',
      'field',
    ]
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>('', 'a', '__proto__', 0, -1, 1e308, true, null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
      ),
    })).value
    fc.assert(
      fc.property(json, json, json, json, (document, when, source, each) => {
        mappingDocumentSchema.safeParse(document)
        const parsed = mappingDocumentSchema.safeParse([
          {
            ...smallest,
            when,
            propertyMappings: [
              { externalField: 'a', source },
              { externalField: 'b', each },
            ],
          },
        ])
        if (parsed.success) assert.equal(parsed.data.length, 1)
        assert.deepEqual(Object.keys(Object.prototype), [])
      }),
      { numRuns: 1000 },
    )
  })
})

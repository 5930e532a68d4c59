import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { applyMapping, applyProperties, type MappingInput } from '../../../core/mapping/apply-mapping.ts'
import type { ExternalObjectType } from '../../../core/sdk/external-object-type.ts'
import { type ObjectMappingInput, type PropertyMapping, propertyMappingSchema } from '../../../core/sdk/mapping.ts'
import type { PropertyValue } from '../../../core/sdk/property-value.ts'
import { mappedObject, mappingInput, orderRecord, positions } from './order-fixture.ts'

type PropertyInput = ObjectMappingInput['propertyMappings'][number]

/** The value that one property gives; what it goes to does not matter. */
function mapOne(property: object, rest: Partial<MappingInput> = {}): PropertyValue {
  const propertyMappings = [propertyMappingSchema.parse({ ...property, externalField: 'x' })]
  const result = applyMapping(mappingInput({ propertyMappings }, rest))
  assert.ok(result.kind === 'object', JSON.stringify(result))
  return result.properties[0]?.[1] ?? null
}

function assertMappingError(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => isErrorKind(error, 'MappingError') && message.test(String(error)))
}

const deal: ExternalObjectType = {
  name: 'deal',
  label: 'Deal',
  idFields: ['number'],
  fields: [
    { key: 'amount', label: 'Amount', type: 'number' },
    { key: 'closed_on', label: 'Closed on', type: 'date' },
    { key: 'topics', label: 'Topics', type: 'list' },
    { key: 'items', label: 'Items', type: 'object_list' },
    { key: 'title', label: 'Title', type: 'text' },
  ],
}

describe('applyMapping', () => {
  it('gives identifier and properties in the order of the mapping, converted to the declared types', () => {
    const input = mappingInput(
      {
        propertyMappings: [
          { externalField: 'amount', source: { field: 'total' } },
          { externalField: 'closed_on', source: { field: 'placed_at' }, updateMode: 'if_new' },
          { externalField: 'topics', source: { field: 'topics' }, updateMode: 'append' },
          { externalField: 'title', source: { template: '{code} ({topics}) {{{is_test}}}' } },
          { externalField: 'title', source: { field: 'note' } },
        ],
      },
      { objectType: deal },
    )
    assert.deepEqual(applyMapping(input), {
      kind: 'object',
      idValue: 'ABC12',
      properties: [
        ['amount', 120.5, 'overwrite'],
        ['closed_on', '2026-03-01', 'if_new'],
        ['topics', ['db', 'ui'], 'append'],
        ['title', 'ABC12 (db,ui) {false}', 'overwrite'],
        ['title', null, 'overwrite'],
      ],
    })
  })

  describe('of sources', () => {
    it('reads fields: choices as one value, lists joined or native', () => {
      assert.equal(mapOne({ source: { field: 'status' } }), 'p')
      assert.equal(mapOne({ source: { field: 'no_choice' } }), null)
      assert.equal(mapOne({ source: { field: 'topics' } }), 'db,ui')
      assert.deepEqual(mapOne({ source: { field: 'topics' } }, { listFieldJoiner: null }), ['db', 'ui'])
      assert.equal(mapOne({ source: { field: 'status' } }, { listFieldJoiner: null }), 'p')
      assert.equal(mapOne({ source: { field: 'is_test' } }), false)
    })

    it('maps options before anything else is done to them', () => {
      const transforms = [{ name: 'uppercase' as const }]
      assert.equal(mapOne({ source: { field: 'status' }, valueMap: { p: 'won' }, transforms }), 'WON')
      assert.equal(
        mapOne({ source: { field: 'topics' }, valueMap: { db: 'a' }, valueMapDefault: null, transforms }),
        'A',
      )
    })

    it('takes constants as they are, and no value map for them', () => {
      assert.deepEqual(mapOne({ source: { constant: { a: [1, null] } } }), { a: [1, null] })
      assert.equal(mapOne({ source: { constant: 'p' }, valueMap: { p: 'won' } }), 'p')
    })

    it('spells lists out in templates where the provider has native ones', () => {
      assert.equal(mapOne({ source: { template: '{topics}' } }, { listFieldJoiner: null }), 'db, ui')
    })

    it('runs transforms on the value of any source', () => {
      assert.equal(mapOne({ source: { template: '{name}' }, transforms: [{ name: 'family_name' }] }), 'Lovelace')
      assert.equal(mapOne({ source: { field: 'email' }, transforms: [{ name: 'email_domain' }] }), 'example.org')
    })

    it('reads results of earlier mappings: a list for an order, its own for a position', () => {
      const mappedObjects = { tickets: [mappedObject('OrderPosition', '1'), mappedObject('OrderPosition', '2')] }
      const source = { result: 'tickets', path: 'remoteId' }
      assert.deepEqual(mapOne({ source }, { mappedObjects, listFieldJoiner: null }), ['r1', 'r2'])
      const input = mappingInput(
        {
          sourceModel: 'OrderPosition',
          sourceIdField: 'position_id',
          propertyMappings: [{ externalField: 'x', source }],
        },
        { mappedObjects, nestedRecord: positions[1] },
      )
      assert.deepEqual(applyMapping(input), { kind: 'object', idValue: '2', properties: [['x', 'r2', 'overwrite']] })
    })

    it('resolves references', () => {
      const resolveReference = (model: string, id: string) => `${model}:${id}`
      const one = { source: { reference: 'Customer', idField: 'customer_id' } }
      const many = { source: { reference: 'Topic', idField: 'topics' } }
      assert.equal(mapOne(one, { resolveReference }), 'Customer:c1')
      assert.deepEqual(mapOne(many, { resolveReference, listFieldJoiner: null }), ['Topic:db', 'Topic:ui'])
      assert.equal(mapOne({ source: { reference: 'Customer', idField: 'note' } }), null)
      const order = { ...Object(orderRecord.inputs.order), topics: ['db'] }
      const record = { ...orderRecord, inputs: { order } }
      assert.deepEqual(mapOne(many, { resolveReference, record, listFieldJoiner: null }), ['Topic:db'])
    })
  })

  describe('of nested records', () => {
    const items: PropertyInput = {
      externalField: 'items',
      each: {
        nestedModel: 'OrderPosition',
        propertyMappings: [
          { externalField: 'id', source: { field: 'position_id' } },
          { externalField: 'order', source: { field: 'code' } },
          { externalField: 'price', source: { field: 'price' }, transforms: [{ name: 'number' }] },
          { externalField: 'name', source: { field: 'attendee' }, updateMode: 'if_empty' },
          { externalField: 'name', source: { constant: 'nobody' }, updateMode: 'if_empty' },
          { externalField: 'ticket', source: { result: 'tickets', path: 'remoteId' } },
        ],
      },
    }
    const expected = [
      { id: '1', order: 'ABC12', price: 100, name: 'Grace', ticket: null },
      { id: '2', order: 'ABC12', price: 20.5, name: 'nobody', ticket: 'r2' },
    ]
    const mappedObjects = { tickets: [null, mappedObject('OrderPosition', '2')] }

    it('makes one entry each, whatever the field is declared as', () => {
      for (const objectType of [null, deal]) {
        const result = applyMapping(mappingInput({ propertyMappings: [items] }, { objectType, mappedObjects }))
        assert.deepEqual(result, { kind: 'object', idValue: 'ABC12', properties: [['items', expected, 'overwrite']] })
      }
    })

    it('makes an empty list of none, and never empty text', () => {
      const record = { ...orderRecord, nested: { OrderPosition: [] } }
      assert.deepEqual(mapOne(items, { record }), [])
    })

    it('does not take a misspelled nested model for an empty one', () => {
      const each = {
        nestedModel: 'OrderPositions',
        propertyMappings: [{ externalField: 'a', source: { constant: 1 } }],
      }
      assertMappingError(() => mapOne({ each }), /no nested records "OrderPositions"\. Did you mean "OrderPosition"/)
    })
  })

  describe('without an object', () => {
    it('skips a record that does not meet the condition, and says the condition', () => {
      assert.deepEqual(applyMapping(mappingInput({ when: { field: 'status', oneOf: ['n', 'e'] } })), {
        kind: 'skipped',
        reason: 'ABC12 does not meet the condition of the mapping: "The status" is one of pending, expired.',
      })
    })

    it('skips a record without an identifier, and says the field', () => {
      for (const sourceIdField of ['note', 'no_choice']) {
        assert.deepEqual(applyMapping(mappingInput({ sourceIdField })), {
          kind: 'skipped',
          reason: `ABC12 has no value in "The ${sourceIdField}", by which its deal is identified.`,
        })
      }
    })

    it('identifies by text whatever the field is', () => {
      const idOf = (sourceIdField: string) => {
        const result = applyMapping(mappingInput({ sourceIdField }))
        return result.kind === 'object' ? result.idValue : result
      }
      assert.deepEqual(['status', 'is_test', 'topics', 'seats'].map(idOf), ['p', 'false', 'db,ui', '12'])
    })

    it('waits for the first record that has no object yet', () => {
      const resolveReference = (_model: string, id: string) => (id === 'db' ? 'r1' : null)
      const propertyMappings: PropertyInput[] = [
        { externalField: 'topics', source: { reference: 'Topic', idField: 'topics' } },
        { externalField: 'customer', source: { reference: 'Customer', idField: 'customer_id' } },
      ]
      assert.deepEqual(applyMapping(mappingInput({ propertyMappings }, { resolveReference })), {
        kind: 'waiting',
        reference: { model: 'Topic', id: 'ui' },
      })
    })

    it('waits for records that nested records refer to', () => {
      const each = {
        nestedModel: 'OrderPosition',
        propertyMappings: [{ externalField: 'p', source: { reference: 'Product', idField: 'product_id' } }],
      }
      assert.deepEqual(applyMapping(mappingInput({ propertyMappings: [{ externalField: 'x', each }] })), {
        kind: 'waiting',
        reference: { model: 'Product', id: 'p1' },
      })
    })

    it('tells a mistake in the mapping before it waits', () => {
      const propertyMappings: PropertyInput[] = [
        { externalField: 'customer', source: { reference: 'Customer', idField: 'customer_id' } },
        { externalField: 'x', source: { field: 'nope' } },
      ]
      assertMappingError(() => applyMapping(mappingInput({ propertyMappings })), /"nope" does not exist/)
    })
  })

  describe('of a mapping that does not fit', () => {
    const faults: [does: string, members: Partial<ObjectMappingInput>, message: RegExp][] = [
      ['an unknown identifier field', { sourceIdField: 'cod' }, /"cod" does not exist for Order\. Did you mean "code"/],
      ['an unknown field of a condition', { when: { field: 'x', is: 'empty' } }, /"x" does not exist/],
      ['an unknown model', { sourceModel: 'Invoice' }, /does not exist for Invoice/],
      [
        'an unknown external field',
        { propertyMappings: [{ externalField: 'titel', source: { constant: 1 } }] },
        /"deal" has no field "titel"\. Did you mean "title"/,
      ],
      [
        'an unknown field of a template',
        { propertyMappings: [{ externalField: 'title', source: { template: '{cod}' } }] },
        /"cod".*Did you mean "code"/,
      ],
      [
        'an unmapped option',
        { propertyMappings: [{ externalField: 'title', source: { field: 'status' }, valueMap: { n: 'open' } }] },
        /option "p" \(paid\)/,
      ],
      [
        'a value that cannot be converted',
        { propertyMappings: [{ externalField: 'amount', source: { field: 'name' } }] },
        /"Ada King Lovelace" from "The name" \(text\) to the property "amount" \(number\)/,
      ],
    ]
    for (const [does, members, message] of faults) {
      it(`throws a MappingError for ${does}`, () => {
        assertMappingError(() => applyMapping(mappingInput(members, { objectType: deal })), message)
      })
    }

    it('takes fields that are not listed where the type says so', () => {
      const objectType = { ...deal, allowsOtherFields: true }
      assert.equal(mapOne({ source: { field: 'total' } }, { objectType }), '120.50')
    })
  })
})

describe('applyProperties', () => {
  const update = propertyMappingSchema.parse({ externalField: 'title', source: { template: 'cancelled {code}' } })

  it('looks at neither condition nor identifier', () => {
    const input = mappingInput({ when: { field: 'code', is: 'empty' }, sourceIdField: 'note' })
    assert.deepEqual(applyProperties(input, [update]), {
      kind: 'properties',
      properties: [['title', 'cancelled ABC12', 'overwrite']],
    })
  })

  it('serves a nested record that is gone from the inputs of its order', () => {
    const nestedRecord = { id: '9', label: 'ABC12-9', inputs: orderRecord.inputs }
    const input = mappingInput({ sourceModel: 'OrderPosition' }, { nestedRecord })
    const properties = (property: PropertyMapping) => applyProperties(input, [property])
    assert.deepEqual(properties(update), {
      kind: 'properties',
      properties: [['title', 'cancelled ABC12', 'overwrite']],
    })
    const own = propertyMappingSchema.parse({ externalField: 'x', source: { field: 'attendee' } })
    assertMappingError(
      () => properties(own),
      /"The attendee" .* reads from "position", which this OrderPosition does not have/,
    )
  })
})

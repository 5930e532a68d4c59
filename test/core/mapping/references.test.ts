import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { referencesOf } from '../../../core/mapping/references.ts'
import type { NestedPropertyMapping } from '../../../core/sdk/mapping.ts'
import { fieldsOf, orderMapping, orderRecord, positions, property } from './order-fixture.ts'

function reference(model: string, idField: string): NestedPropertyMapping {
  return property({ source: { reference: model, idField } })
}

describe('referencesOf', () => {
  it('gathers every record a mapping refers to once, those of nested records and of a last update among them', () => {
    const mapping = orderMapping({
      propertyMappings: [
        reference('Customer', 'customer_id'),
        reference('Customer', 'customer_id'),
        property({ source: { field: 'code' } }),
        {
          externalField: 'items',
          each: { nestedModel: 'OrderPosition', propertyMappings: [reference('Product', 'product_id')] },
        },
      ],
      whenNoLonger: { update: [reference('Owner', 'customer_id')] },
    })
    assert.deepEqual(referencesOf({ mapping, record: orderRecord, fields: fieldsOf }), [
      { model: 'Customer', id: 'c1' },
      { model: 'Product', id: 'p1' },
      { model: 'Product', id: 'p2' },
      { model: 'Owner', id: 'c1' },
    ])
  })

  it('reads a nested record when it is given one', () => {
    const mapping = orderMapping({
      sourceModel: 'OrderPosition',
      propertyMappings: [reference('Product', 'product_id')],
    })
    const input = { mapping, record: orderRecord, nestedRecord: positions[1], fields: fieldsOf }
    assert.deepEqual(referencesOf(input), [{ model: 'Product', id: 'p2' }])
  })

  it('takes each item of a list and leaves out no value', () => {
    const idFields = ['topics', 'note', 'no_choice', 'status']
    const mapping = orderMapping({ propertyMappings: idFields.map((idField) => reference('Topic', idField)) })
    assert.deepEqual(
      referencesOf({ mapping, record: orderRecord, fields: fieldsOf }).map(({ id }) => id),
      ['db', 'ui', 'p'],
    )
  })

  it('does not mix up models and ids', () => {
    const mapping = orderMapping({ propertyMappings: [reference('A', 'code'), reference('B', 'code')] })
    assert.equal(referencesOf({ mapping, record: orderRecord, fields: fieldsOf }).length, 2)
  })

  it('leaves fields that cannot be read to applyMapping', () => {
    const each = { nestedModel: 'Nothing', propertyMappings: [reference('Product', 'product_id')] }
    const mapping = orderMapping({
      propertyMappings: [
        reference('Gone', 'no_such_field'),
        { externalField: 'items', each },
        reference('Customer', 'customer_id'),
      ],
    })
    assert.deepEqual(referencesOf({ mapping, record: orderRecord, fields: fieldsOf }), [
      { model: 'Customer', id: 'c1' },
    ])
  })
})

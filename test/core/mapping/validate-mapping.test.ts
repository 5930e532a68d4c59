import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ObjectMappingInput } from '../../../core/sdk/mapping.ts'
import { deal, from, problemsOf, property, reports, title, valid } from './validation-fixture.ts'

describe('validateMapping', () => {
  it('finds nothing wrong with a document that uses everything', () => {
    const ticket: ObjectMappingInput = {
      ...valid,
      key: 'tickets',
      sourceModel: 'OrderPosition',
      sourceIdField: 'position_id',
      mode: 'update',
      propertyMappings: [{ externalField: 'any', source: { field: 'topics' }, valueMap: { db: 1, ui: null } }],
    }
    const order: ObjectMappingInput = {
      ...valid,
      when: {
        all: [{ field: 'status', oneOf: ['p', ''] }, { not: { field: 'is_test', operator: 'equals', value: true } }],
      },
      whenNoLonger: { update: [{ externalField: 'stage', source: { constant: 'won' } }] },
      propertyMappings: [
        title,
        { externalField: 'amount', source: { field: 'total' } },
        { externalField: 'stage', source: { field: 'status' }, valueMap: { p: 'won' }, valueMapDefault: null },
        { externalField: 'any', source: { result: 'tickets', path: 'remoteId' } },
        { externalField: 'any', source: { reference: 'Customer', idField: 'customer_id' } },
        { externalField: 'any', source: { template: '{code} {{x}}' } },
        {
          externalField: 'items',
          each: {
            nestedModel: 'OrderPosition',
            propertyMappings: [{ externalField: 'id', source: { field: 'position_id' } }],
          },
        },
      ],
    }
    assert.deepEqual(problemsOf([ticket, order]), [])
  })

  reports([
    [
      'an unknown source model',
      { sourceModel: 'Ordr' },
      /^0\.sourceModel: The source model "Ordr" does not exist\. Did you mean "Order"\?$/,
    ],
    [
      'an unknown external type',
      { externalObjectType: 'deel' },
      /^0\.externalObjectType: .*"deel" does not exist\. Did you mean "deal"\?$/,
    ],
    ['an unknown identifier field', { sourceIdField: 'cod' }, /^0\.sourceIdField: .*Did you mean "code"/],
    [
      'an identifier that objects are not matched on',
      { externalIdField: 'stage' },
      /^0\.externalIdField: A "deal" cannot be matched on "stage"\. Choose one of number\.$/,
    ],
    [
      'a required property left out',
      { propertyMappings: [] },
      /^0\.propertyMappings: A "deal" needs "Title" \(title\)/,
    ],
    [
      'a fault in the last update',
      { whenNoLonger: { update: [{ externalField: 'any', source: { field: 'x' } }] } },
      /^0\.whenNoLonger\.update\.0\.source\.field: /,
    ],
  ])

  it('reports a key that is taken', () => {
    assert.deepEqual(problemsOf([valid, valid, { ...valid, isEnabled: false }]), [
      '1.key: The key "deals" is taken by mapping 1. Give every mapping its own key.',
      '2.key: The key "deals" is taken by mapping 1. Give every mapping its own key.',
    ])
  })

  it('reports results of mappings that come later or are switched off', () => {
    const user = { ...valid, key: 'user', ...from({ result: 'deals', path: 'remoteId' }) }
    assert.deepEqual(problemsOf([valid, user]), [])
    assert.deepEqual(problemsOf([user, valid]), [
      '0.propertyMappings.1.source.result: The mapping "deals" comes later. Move it above this one.',
    ])
    assert.deepEqual(problemsOf([{ ...valid, isEnabled: false }, user]), [
      '1.propertyMappings.1.source.result: The mapping "deals" is switched off.',
    ])
  })

  it('leaves mappings that are switched off alone', () => {
    assert.deepEqual(problemsOf([{ ...valid, isEnabled: false, sourceModel: 'Gone', propertyMappings: [] }]), [])
  })

  it('wants required properties only where objects are created', () => {
    for (const mode of ['update', 'find']) assert.deepEqual(problemsOf([{ ...valid, mode, propertyMappings: [] }]), [])
    assert.equal(problemsOf([{ ...valid, mode: 'create', propertyMappings: [] }]).length, 1)
  })

  it('takes the identifier for a property that is written', () => {
    const objectTypes = [{ ...deal, idFields: ['title'] }]
    assert.deepEqual(problemsOf([{ ...valid, externalIdField: 'title', propertyMappings: [] }], { objectTypes }), [])
  })

  it('takes any type and field where the provider declares none', () => {
    const members = {
      externalObjectType: 'x',
      externalIdField: 'y',
      ...property({ externalField: 'z', source: { field: 'code' } }),
    }
    assert.deepEqual(problemsOf([{ ...valid, ...members }], { objectTypes: [] }), [])
  })

  it('takes fields that are not listed where the type is open', () => {
    const members = property({ externalField: 'custom', source: { field: 'code' } })
    assert.deepEqual(
      problemsOf([{ ...valid, ...members }], { objectTypes: [{ ...deal, allowsOtherFields: true }] }),
      [],
    )
  })

  it('keeps to the update modes of the provider', () => {
    const members = property({ source: { field: 'code' }, updateMode: 'append' })
    const problems = problemsOf([{ ...valid, ...members }], { updateModes: ['overwrite', 'if_new'] })
    assert.match(
      String(problems),
      /^0\.propertyMappings\.1\.updateMode: "any" cannot be written by "append", only by overwrite, if_new\.$/,
    )
  })

  it('lets a nested model use no `each`', () => {
    const each = { nestedModel: 'OrderPosition', propertyMappings: [{ externalField: 'a', source: { constant: 1 } }] }
    const mapping = {
      ...valid,
      sourceModel: 'OrderPosition',
      sourceIdField: 'code',
      propertyMappings: [
        { ...title, source: { field: 'code' } },
        { externalField: 'items', each },
      ],
    }
    assert.match(
      String(problemsOf([mapping])),
      /^0\.propertyMappings\.1\.each\.nestedModel: OrderPosition has no nested model/,
    )
  })
})

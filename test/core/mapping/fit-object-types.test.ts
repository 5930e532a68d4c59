// What another provider can take of a mapping document, and what it cannot.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fitObjectTypes } from '../../../core/mapping/fit-object-types.ts'
import type { ExternalObjectType } from '../../../core/sdk/external-object-type.ts'
import { mappingDocumentSchema } from '../../../core/sdk/mapping.ts'

const mapping = (key: string, externalObjectType: string, externalIdField = 'code') => ({
  key,
  sourceModel: 'Order',
  externalObjectType,
  sourceIdField: 'code',
  externalIdField,
  propertyMappings: ['code', 'amount'].map((externalField) => ({ externalField, source: { field: 'code' } })),
  whenNoLonger: { update: [{ externalField: 'amount', source: { constant: '0' } }] },
})
const document = mappingDocumentSchema.parse([
  mapping('deals', 'deal'),
  mapping('by-number', 'deal', 'number'),
  mapping('tickets', 'ticket'),
])
const deal: ExternalObjectType = {
  name: 'deal',
  label: 'Deal',
  idFields: ['code'],
  fields: [{ key: 'code', label: 'Code', type: 'text' }],
}
const namesOf = (mappings: readonly { key: string }[]) => mappings.map(({ key }) => key)

describe('a mapping document for another provider', () => {
  it('keeps what fits and names what does not', () => {
    const fitted = fitObjectTypes(document, [deal])
    assert.deepEqual(namesOf(fitted.document), ['deals'])
    assert.deepEqual(namesOf(fitted.leftOutMappings), ['by-number', 'tickets'])
    assert.deepEqual(
      fitted.leftOutProperties.map(({ mapping: { key }, externalField }) => [key, externalField]),
      [['deals', 'amount']],
    )
    const [kept] = fitted.document
    assert.deepEqual(
      [kept?.propertyMappings.map(({ externalField }) => externalField), kept?.whenNoLonger],
      [['code'], 'keep'],
    )
  })

  it('keeps all where the type takes fields that it does not list, or no type is declared', () => {
    const open = fitObjectTypes(document, [{ ...deal, idFields: ['code', 'number'], allowsOtherFields: true }])
    assert.deepEqual(open.document, document.slice(0, 2))
    assert.deepEqual(open.leftOutProperties, [])
    assert.equal(fitObjectTypes(document, []).document, document)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { validateMapping } from '../../../core/mapping/validate-mapping.ts'
import { checkProperties } from '../../../plugins/demo-crm/check-properties.ts'
import { defaultMappings } from '../../../plugins/demo-crm/default-mappings.ts'
import { crmObjectTypes } from '../../../plugins/demo-crm/object-types.ts'
import { DemoCrmSync } from '../../../plugins/demo-crm/provider.ts'
import { mappableShopModels } from '../../support/mappable-shop-models.ts'

describe('the mappings proposed for the Demo CRM', () => {
  it('fit the fields of the ticket shop and of the CRM', async () => {
    const problems = validateMapping({
      document: [...defaultMappings],
      models: await mappableShopModels(),
      objectTypes: crmObjectTypes,
      updateModes: DemoCrmSync.updateModes,
    })
    assert.deepEqual(problems, [])
  })

  it('write only fields that the CRM declares, so that its pages can name them', () => {
    for (const { externalObjectType, propertyMappings } of defaultMappings) {
      const type = crmObjectTypes.find(({ name }) => name === externalObjectType)
      const declared = type?.fields.map(({ key }) => key) ?? []
      for (const { externalField } of propertyMappings) {
        assert.ok(declared.includes(externalField), `${externalObjectType}.${externalField}`)
      }
    }
  })

  it('map to states that the CRM knows', () => {
    const ticket = crmObjectTypes.find(({ name }) => name === 'ticket')
    assert.ok(ticket)
    const states = defaultMappings.flatMap(({ propertyMappings }) =>
      propertyMappings.flatMap((property) => ('valueMap' in property ? Object.values(property.valueMap ?? {}) : [])),
    )
    assert.equal(states.length, 8)
    for (const status of [...states, 'removed']) assert.deepEqual(checkProperties(ticket, { status }), [])
  })
})

describe('the declared object types', () => {
  it('name only fields they have as identity, title and columns', () => {
    for (const { name, fields, idFields, titleField, listFields } of crmObjectTypes) {
      const keys = fields.map(({ key }) => key)
      assert.equal(new Set(keys).size, keys.length, name)
      for (const key of [...idFields, ...listFields, ...(titleField === null ? [] : [titleField])]) {
        assert.ok(keys.includes(key), `${name}.${key}`)
      }
    }
  })
})

// The mappings that Mailman and sql-table propose, against the fields that the ticket shop has.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { validateMapping } from '../../core/mapping/validate-mapping.ts'
import { MailmanSync } from '../../plugins/mailman/provider.ts'
import { SqlTableSync } from '../../plugins/sql-table/provider.ts'
import { mappableShopModels } from '../support/mappable-shop-models.ts'

for (const provider of [MailmanSync, SqlTableSync]) {
  describe(`the mappings proposed for ${provider.displayName}`, () => {
    it('fit the fields of the ticket shop', async () => {
      // Also those that are to be switched on by hand.
      const document = provider.defaultMappings.map((mapping) => ({ ...mapping, isEnabled: true }))
      assert.ok(document.length > 0)
      const problems = validateMapping({
        document,
        models: await mappableShopModels(),
        objectTypes: provider.externalObjectTypes,
        updateModes: provider.updateModes,
      })
      assert.deepEqual(problems, [])
    })
  })
}

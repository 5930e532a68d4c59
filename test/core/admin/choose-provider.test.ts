// What is said of each provider where somebody chooses what to connect.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { providerChoices } from '../../../core/admin/connections/choose-provider.ts'
import { definePlugin } from '../../../core/sdk/index.ts'
import { buildRestProvider } from '../../../plugins/rest/build-provider.ts'
import { restDefinitionSchema } from '../../../plugins/rest/definition.ts'
import { larkdeskDefinition } from '../../fixtures/invented-api/larkdesk-definition.ts'
import { sampleProvider } from '../registry/sample-plugins.ts'

const plugin = definePlugin({ name: 'rest', version: '1.0.0', compatibility: '*', description: 'Any JSON API.' })
const rest = (change: object) => buildRestProvider(restDefinitionSchema.parse({ ...larkdeskDefinition, ...change }))

describe('the choice of a provider', () => {
  for (const [name, one, expected] of [
    [
      'its own words',
      { provider: rest({ description: 'Tickets of the desk.' }), state: 'active' },
      'Tickets of the desk.',
    ],
    ['nothing of its plugin’s words where it was described with it', { provider: rest({}), state: 'active' }, null],
    ['its plugin’s words where it is code', { provider: sampleProvider() }, 'Any JSON API.'],
    ['its own words where it is code', { provider: sampleProvider({ statics: { description: 'Own.' } }) }, 'Own.'],
  ] as const) {
    it(`has ${name}`, () => {
      const [choice] = providerChoices({ providers: () => [{ plugin, ...one }] })
      assert.equal(choice?.description, expected)
      if ('state' in one) assert.equal(choice?.name, 'Larkdesk')
    })
  }
})

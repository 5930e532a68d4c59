import { describe, it } from 'node:test'
import { definePlugin, type SignalEvent } from '../../../core/sdk/index.ts'
import { providerConformance } from '../../../core/testing/index.ts'
import { buildRestProvider } from '../../../plugins/rest/build-provider.ts'
import { restDefinitionSchema } from '../../../plugins/rest/definition.ts'
import { createLarkdesk } from '../../fixtures/invented-api/larkdesk.ts'
import { larkdeskDefinition } from '../../fixtures/invented-api/larkdesk-definition.ts'

const key = 'the-key-of-the-desk-4711'
const Larkdesk = buildRestProvider(restDefinitionSchema.parse(larkdeskDefinition))

const plugin = definePlugin({
  name: 'larkdesk',
  version: '1.0.0',
  compatibility: '^0.1.0',
  providers: [Larkdesk],
  taps: {
    order_placed: async (event: SignalEvent) => {
      await event.enqueue(Larkdesk, { triggeredBy: event.name })
    },
  },
})

describe('a provider made of a definition', () => {
  const checks = providerConformance({
    plugin,
    provider: Larkdesk,
    settings: (origin) => ({ address: origin, deskKey: key }),
    secrets: [key],
    remote() {
      const desk = createLarkdesk({ key })
      return { handle: desk.handle, objects: desk.objects }
    },
    mappings: [
      {
        key: 'ticket',
        sourceModel: 'Order',
        externalObjectType: 'ticket',
        sourceIdField: 'order_code',
        externalIdField: 'reference',
        propertyMappings: [
          { externalField: 'mail', source: { field: 'email' } },
          { externalField: 'name', source: { field: 'invoice_address_name' } },
          { externalField: 'amount', source: { field: 'order_total' } },
          { externalField: 'queue', source: { field: 'invoice_address_country' }, updateMode: 'if_new' },
          {
            externalField: 'lines',
            each: {
              nestedModel: 'OrderPosition',
              propertyMappings: [
                { externalField: 'sku', source: { field: 'ticket_id' } },
                { externalField: 'price', source: { field: 'ticket_price' } },
              ],
            },
          },
        ],
      },
    ],
  })
  for (const { name, run } of checks) it(name, run)
})

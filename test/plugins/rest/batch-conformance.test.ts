// The same checks for a definition whose objects go many at once, to a remote that cannot be asked what it holds.
import { describe, it } from 'node:test'
import { definePlugin, type SignalEvent } from '../../../core/sdk/index.ts'
import { providerConformance } from '../../../core/testing/index.ts'
import { buildRestProvider } from '../../../plugins/rest/build-provider.ts'
import { restDefinitionSchema } from '../../../plugins/rest/definition.ts'

const Mailer = buildRestProvider(
  restDefinitionSchema.parse({
    identifier: 'mailer',
    displayName: 'Mailer',
    version: '1.0.0',
    baseUrl: '{{settings.address}}',
    settings: [
      { name: 'address', label: 'Address', type: 'url' },
      { name: 'token', label: 'Token', type: 'secret' },
    ],
    headers: [{ name: 'Authorization', value: 'Bearer {{settings.token}}' }],
    objectTypes: [
      {
        name: 'contact',
        label: 'Contact',
        fields: [{ key: 'email', type: 'email', isIdentifier: true }, { key: 'name' }],
        batch: {
          path: '/contacts/import',
          itemsPath: 'contacts',
          itemPath: 'fields',
          resultsPath: 'done',
          correlation: 'identifier',
          identifierPath: 'email',
          statusPath: 'state',
          successValues: 'stored',
        },
        delete: { path: '/contacts/{{id}}' },
      },
    ],
    test: { path: '/me' },
  }),
)

const plugin = definePlugin({
  name: 'mailer',
  version: '1.0.0',
  compatibility: '^0.1.0',
  providers: [Mailer],
  taps: {
    order_placed: async (event: SignalEvent) => {
      await event.enqueue(Mailer, { triggeredBy: event.name })
    },
  },
})

interface Entry {
  fields: { email: string }
}

describe('a provider made of a definition that sends many at once', () => {
  const token = 'the-token-of-the-mailer'
  const checks = providerConformance({
    plugin,
    provider: Mailer,
    settings: (origin) => ({ address: origin, token }),
    secrets: [token],
    without: { memory: 'the mailer has no call that answers with a contact' },
    remote() {
      const held = new Map<string, unknown>()
      return {
        objects: () => Object.fromEntries(held),
        handle({ method, segments, headers, body }) {
          if (headers.authorization !== `Bearer ${token}`) return { status: 401 }
          if (method === 'GET') return { status: 200, body: {} }
          if (method === 'DELETE') return { status: held.delete(String(segments[1])) ? 204 : 404 }
          const { contacts } = body as { contacts: Entry[] }
          for (const { fields } of contacts) held.set(fields.email, fields)
          return {
            status: 200,
            body: { done: contacts.map(({ fields: { email } }) => ({ email, id: email, state: 'stored' })) },
          }
        },
      }
    },
    mappings: [
      {
        key: 'contact',
        sourceModel: 'Order',
        externalObjectType: 'contact',
        sourceIdField: 'email',
        externalIdField: 'email',
        propertyMappings: [{ externalField: 'name', source: { field: 'invoice_address_name' } }],
      },
    ],
  })
  for (const { name, run } of checks) it(name, run)
})

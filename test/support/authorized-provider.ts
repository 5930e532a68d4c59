// A provider that is signed in to with OAuth 2, and its plugin: one object for each order of the fixture shop.

import {
  definePlugin,
  type OAuth2Auth,
  OutboundSyncProvider,
  oauth2Auth,
  type ProviderClass,
  type SyncObjectArgs,
  type SyncObjectResult,
  z,
} from '../../core/sdk/index.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'

interface Settings {
  issuer: string
  baseUrl: string
}

abstract class OrderSync extends OutboundSyncProvider<Settings> {
  static override readonly settings = z.object({ issuer: z.url(), baseUrl: z.url() })
  static override readonly limits = { concurrency: 6 }
  static override readonly externalObjectTypes = [
    {
      name: 'deal',
      label: 'Deal',
      fields: ['code', 'email'].map((key) => ({ key, label: key, type: 'text' as const })),
      idFields: ['code'],
    },
  ]
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      key: 'deal',
      sourceModel: 'Order',
      externalObjectType: 'deal',
      sourceIdField: 'code',
      externalIdField: 'code',
      propertyMappings: [{ externalField: 'email', source: { field: 'email' } }],
    },
  ])

  async syncObjectWithProperties({ http, idValue, properties, signal }: SyncObjectArgs): Promise<SyncObjectResult> {
    const json = Object.fromEntries(properties.map(([name, value]) => [name, value]))
    await http.request({ method: 'PUT', url: `${this.context.settings.baseUrl}/deal/${idValue}`, json, signal })
    return { action: 'created', remoteId: idValue }
  }

  override async testConnection({ signal }: { signal: AbortSignal }) {
    await this.context.http.request({ url: `${this.context.settings.baseUrl}/me`, signal })
    return { message: 'The API answered.', accountName: 'Ada’s shop' }
  }
}

const issuer = (settings: object) => String(Reflect.get(settings, 'issuer'))

class AgreedSync extends OrderSync {
  static override readonly identifier = 'agreed'
  static override readonly auth: OAuth2Auth = oauth2Auth({
    grant: 'authorization_code',
    issuer,
    scopes: ['orders', 'offline_access', 'openid'],
    authorizationParameters: { prompt: 'consent' },
  })
}

class ServiceSync extends OrderSync {
  static override readonly identifier = 'service'
  static override readonly auth: OAuth2Auth = oauth2Auth({
    grant: 'client_credentials',
    issuer,
    scopes: ['orders'],
    clientAuthentication: 'post',
  })
}

const providers: readonly ProviderClass[] = [AgreedSync, ServiceSync]

export const authorizedPlugin = definePlugin({
  name: 'authorized',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  providers: [...providers],
  taps: {
    order_placed: async (event) => {
      for (const provider of providers) await event.enqueue(provider, { triggeredBy: event.name })
    },
  },
})

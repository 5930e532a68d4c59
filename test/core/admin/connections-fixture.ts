// A provider whose test calls a real server on loopback, and the admin pages for users of a host with permissions of their
// own: what the pages of new and existing connections are tried with.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  definePlugin,
  OutboundSyncProvider,
  objectMappingSchema,
  type Permission,
  type Plugin,
  secret,
  type User,
  z,
} from '../../../core/sdk/index.ts'
import type { ProviderClass } from '../../../core/sdk/provider.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createBrowse } from './browse.ts'

const settings = z.object({
  baseUrl: z.url().meta({ title: 'Address' }),
  token: secret().meta({ title: 'Token' }),
})

const proposedMappings = [
  objectMappingSchema.parse({
    key: 'deals',
    sourceModel: 'Order',
    externalObjectType: 'deal',
    sourceIdField: 'order_code',
    externalIdField: 'code',
    propertyMappings: [{ externalField: 'code', source: { field: 'order_code' } }],
  }),
]

class MailSync extends OutboundSyncProvider<z.infer<typeof settings>> {
  static override readonly identifier = 'mail'
  static override readonly version: string = '1.0.0'
  static override readonly displayName = 'Example Mail'
  static override readonly settings: z.ZodType = settings
  static override readonly defaultMappings = proposedMappings
  static override readonly externalObjectTypes = [
    {
      name: 'deal',
      label: 'Deal',
      idFields: ['code'],
      fields: [{ key: 'code', label: 'Code', type: 'text' as const }],
    },
  ]

  async syncObjectWithProperties(): Promise<null> {
    return null
  }

  override async testConnection({
    signal,
  }: {
    signal: AbortSignal
  }): Promise<{ message: string; accountName: string }> {
    const { baseUrl, token } = this.context.settings
    const url = `${baseUrl}/me?token=${token}`
    const { text } = await this.context.http.request({ url, headers: { 'x-token': token }, signal })
    return { message: `${baseUrl} answered.`, accountName: text }
  }
}

class MailSync2 extends MailSync {
  static override readonly version = '2.0.0'
  static override readonly settings = settings.extend({ region: z.enum(['eu', 'us']) })
}

export interface ConnectionsFixture extends AdminFixture {
  /** Where the remote of the provider `mail` listens. */
  remote: string
  as(name: string): Pick<Browse, 'get' | 'post'>
  stateOf(id: string): Promise<Record<string, unknown> | undefined>
}

const within = (scope: string, outer: string) => outer === '' || scope === outer || scope.startsWith(`${outer}/`)
const user = (id: string, outer: string, permissions: readonly Permission[]): User => ({
  id,
  name: id,
  can: (permission, scope) => permissions.includes(permission) && within(scope, outer),
})
const users: Record<string, User> = {
  all: user('all', '', ['view', 'operate', 'configure', 'administer', 'see_payloads']),
  organizer: user('organizer', 'organizer:acme', ['view', 'operate', 'configure']),
  operator: user('operator', 'organizer:acme', ['view', 'operate']),
  rival: user('rival', 'organizer:rival', ['view', 'operate', 'configure']),
}

/** The remote takes the token `right` and no other. @param options.providers beside `mail` */
export async function createConnectionsFixture({
  plugins = [],
  providers = [],
}: {
  plugins?: readonly Plugin[]
  providers?: readonly ProviderClass[]
} = {}): Promise<ConnectionsFixture> {
  const server = createServer((request, response) => {
    const isRight = request.headers['x-token'] === 'right'
    if (isRight) return void response.end('Acme')
    const headers = { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="of mail"', 'retry-after': '30' }
    const page = `<html><head><title>401 Unauthorized</title></head><body>No token ${request.headers['x-token']} here`
    response.writeHead(401, headers).end(page)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const fixture = await createAdminFixture({
    basePath: '/sub/path',
    identify: (request) => users[String(request.headers['x-test-user'])] ?? null,
    plugins: [
      ...plugins,
      definePlugin({
        name: 'mail',
        displayName: 'Mail plugin',
        description: 'Sends orders to Example Mail.',
        version: '2.0.0',
        compatibility: '^0.1.0',
        level: 'event',
        providers: [MailSync, MailSync2, ...providers],
      }),
    ],
  })
  return {
    ...fixture,
    remote: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    as(name) {
      const browser = createBrowse(fixture)
      const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
      return {
        get: (path) => browser.get(path, headers),
        post: (path, fields) => browser.post(path, fields, headers),
      }
    },
    stateOf: async (id) => (await fixture.sql('select * from outbound_sync.connection where id = $1', [id]))[0],
    async close() {
      await fixture.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

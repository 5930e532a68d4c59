// provider.ts of a new plugin: a declaration and its verbs.
import type { TemplateNames } from './plugin-frame-templates.ts'

export function providerTemplate({ name, className, displayName, sdk }: TemplateNames): string {
  return `// ${displayName} as a remote system: what it holds, how it is reached, and what becomes of each object.
import {
  apiKeyAuth,
  assignProperties,
  type ExternalObjectType,
  mappingDocumentSchema,
  OutboundSyncProvider,
  type RemoteObject,
  type RemoteObjectQuery,
  type SyncObjectArgs,
  type SyncObjectResult,
  z,
} from '${sdk}'
import { type Client, createClient } from './client.ts'

const settingsSchema = z.object({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .meta({ title: 'Address', description: 'Where the API is reached, for example https://api.example.com/v1' }),
})
type Settings = z.infer<typeof settingsSchema>

const contact: ExternalObjectType = {
  name: 'contacts',
  label: 'Contact',
  idFields: ['email'],
  fields: [
    { key: 'email', label: 'E-mail', type: 'email', isRequired: true },
    { key: 'name', label: 'Name', type: 'text' },
    { key: 'company', label: 'Company', type: 'text' },
  ],
}

export class ${className} extends OutboundSyncProvider<Settings> {
  static override readonly identifier = '${name}'
  static override readonly version = '1.0.0'
  static override readonly displayName = '${displayName}'
  static override readonly settings = settingsSchema
  // Filled in beside the settings, stored sealed and sent with each call; nothing here ever sees it. For OAuth 2, a login or
  // a password there are oauth2Auth, sessionAuth, basicAuth and digestAuth.
  static override readonly auth = apiKeyAuth({ in: 'header', name: 'Authorization', prefix: 'Bearer ' })
  // Another address is another account, which has been sent nothing yet.
  static override readonly accountSettings = ['baseUrl']
  static override readonly externalObjectTypes = [contact]
  static override readonly limits = { concurrency: 4, objectTimeoutMs: 30_000 }
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      key: 'contact',
      sourceModel: 'Order',
      externalObjectType: 'contacts',
      sourceIdField: 'email',
      externalIdField: 'email',
      propertyMappings: [
        { externalField: 'name', source: { field: 'invoice_address_name' } },
        { externalField: 'company', source: { field: 'invoice_address_company' } },
      ],
    },
  ])

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const client = this.#client(args)
    const { externalObjectType: type, mode } = args.mapping
    // Asked each time: somebody may have changed it there, and what a lost answer has left behind is found.
    const found = await client.find(type, args.externalIdField, args.idValue)
    if (found === null && mode === 'update') return null
    if (found !== null && mode === 'create') return this.#result('nothing_to_do', type, found.id, args.idValue)

    const held = found?.values ?? {}
    const wanted = assignProperties(args.properties, held, { isNew: found === null, listSeparator: ',' })
    if (found === null) {
      const { id } = await client.create(type, { ...wanted, [args.externalIdField]: args.idValue })
      return this.#result('created', type, id, args.idValue)
    }
    const isSame = (field: string, value: unknown) => JSON.stringify(value) === JSON.stringify(held[field] ?? null)
    const changes = Object.fromEntries(Object.entries(wanted).filter(([field, value]) => !isSame(field, value)))
    if (Object.keys(changes).length === 0) return this.#result('nothing_to_do', type, found.id, args.idValue)
    await client.update(type, found.id, changes)
    return this.#result('updated', type, found.id, args.idValue)
  }

  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const found = await this.#client(query).find(query.externalObjectType, query.externalIdField, query.idValue)
    return found && { remoteId: found.id, values: found.values }
  }

  override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
    const client = this.#client(query)
    const { externalObjectType: type, externalIdField, idValue } = query
    const id = query.known?.remoteId ?? (await client.find(type, externalIdField, idValue))?.id
    const isDeleted = id !== undefined && (await client.remove(type, id))
    return { action: isDeleted ? 'deleted' : 'nothing_to_do' }
  }

  override async testConnection({ signal }: { signal: AbortSignal }) {
    const accountName = await this.#client({ http: this.context.http, signal }).whoAmI()
    return { message: \`The API answered; the key belongs to \${accountName}.\`, accountName }
  }

  #client({ http, signal }: Pick<SyncObjectArgs, 'http' | 'signal'>): Client {
    return createClient({ ...this.context.settings, http, signal })
  }

  #result(action: SyncObjectResult['action'], type: string, id: string, idValue: string): SyncObjectResult {
    const href = [this.context.settings.baseUrl.replace(/\\/+$/, ''), type, encodeURIComponent(id)].join('/')
    return { action, remoteId: id, externalLinkHref: href, externalLinkDisplayName: idValue }
  }
}
`
}

// A provider that does everything right, in small steps that a test can make wrong one at a time, and the model of the
// mailing list it sends to.
import {
  assignProperties,
  definePlugin,
  type ExternalObjectType,
  type HttpRequest,
  type HttpResponse,
  mappingDocumentSchema,
  OutboundSyncProvider,
  type Plugin,
  type PropertyValue,
  type ProviderClass,
  type RemoteObject,
  type RemoteObjectQuery,
  type SyncObjectArgs,
  type SyncObjectResult,
  secret,
  z,
} from '../../core/sdk/index.ts'
import type { RemoteModel, RemoteRequest } from '../../core/testing/index.ts'

export const token = 'tok-4f1d9a77c3e2'

const settings = z.object({ baseUrl: z.url(), token: secret() })
const recordSchema = z.object({ id: z.string(), values: z.record(z.string(), z.json()) })
type ListRecord = z.infer<typeof recordSchema>
type Values = Record<string, PropertyValue>

const subscriber: ExternalObjectType = {
  name: 'subscriber',
  label: 'Subscriber',
  idFields: ['email'],
  fields: [
    { key: 'email', label: 'E-mail', type: 'email' },
    { key: 'name', label: 'Name', type: 'text' },
    { key: 'total', label: 'Total', type: 'decimal' },
  ],
}

const listMappings = mappingDocumentSchema.parse([
  {
    key: 'subscriber',
    sourceModel: 'Order',
    externalObjectType: 'subscriber',
    sourceIdField: 'email',
    externalIdField: 'email',
    propertyMappings: [
      { externalField: 'name', source: { field: 'invoice_address_name' } },
      { externalField: 'total', source: { field: 'order_total' } },
    ],
  },
])

/** What a call of the list is made with. */
export type Caller = Pick<SyncObjectArgs, 'http' | 'signal'>

export class ListSync extends OutboundSyncProvider<z.infer<typeof settings>> {
  static override readonly identifier: string = 'list'
  static override readonly displayName: string = 'List'
  static override readonly settings: z.ZodType = settings
  static override readonly externalObjectTypes = [subscriber]
  static override readonly defaultMappings = listMappings

  async call(
    { http, signal }: Caller,
    { path, ...rest }: Omit<HttpRequest, 'url'> & { path: string },
  ): Promise<HttpResponse> {
    const { baseUrl, token: given } = this.context.settings
    return http.request({ ...rest, url: `${baseUrl}${path}`, headers: { authorization: `Bearer ${given}` }, signal })
  }

  parse(response: HttpResponse): unknown {
    return response.json()
  }

  async find(caller: Caller, idValue: string, _known: SyncObjectArgs['known']): Promise<ListRecord | null> {
    const response = await this.call(caller, { path: '/subscribers', query: { email: idValue } })
    return z.array(recordSchema).parse(this.parse(response))[0] ?? null
  }

  async create(args: SyncObjectArgs, values: Values): Promise<string> {
    const { idempotencyKey } = args
    const response = await this.call(args, { method: 'POST', path: '/subscribers', json: values, idempotencyKey })
    return recordSchema.parse(this.parse(response)).id
  }

  async update(args: SyncObjectArgs, id: string, values: Values): Promise<void> {
    await this.call(args, { method: 'PATCH', path: `/subscribers/${id}`, json: values })
  }

  isChanged(values: Values, held: Values): boolean {
    return Object.entries(values).some(([field, value]) => held[field] !== value)
  }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const found = await this.find(args, args.idValue, args.known)
    const values = assignProperties(args.properties, found?.values ?? {}, { isNew: !found, listSeparator: ',' })
    if (!found) {
      return { action: 'created', remoteId: await this.create(args, { ...values, email: args.idValue }) }
    }
    if (!this.isChanged(values, found.values)) return { action: 'nothing_to_do', remoteId: found.id }
    await this.update(args, found.id, values)
    return { action: 'updated', remoteId: found.id }
  }

  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const found = await this.find(query, query.idValue, null)
    return found && { remoteId: found.id, values: found.values }
  }

  override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
    const id = query.known?.remoteId ?? ''
    const response = await this.call(query, { method: 'DELETE', path: `/subscribers/${id}`, expectStatus: [404] })
    return { action: response.status === 404 ? 'nothing_to_do' : 'deleted' }
  }

  override async testConnection({ signal }: { signal: AbortSignal }): Promise<{ message: string }> {
    await this.call({ http: this.context.http, signal }, { path: '/subscribers', query: { email: 'nobody' } })
    return { message: 'The list answered.' }
  }
}

export function createListPlugin(provider: ProviderClass = ListSync): Plugin {
  return definePlugin({
    name: 'list',
    version: '1.0.0',
    compatibility: '*',
    providers: [provider],
    taps: {
      order_placed: async (event) => {
        await event.enqueue(provider, { triggeredBy: event.name })
      },
    },
  })
}

/** @param dropsRepeats answers a POST whose Idempotency-Key it has seen as it did then. @default false */
export function createList({ dropsRepeats = false }: { dropsRepeats?: boolean } = {}): RemoteModel {
  const records = new Map<string, Values>()
  const idByKey = new Map<string, string>()
  const answer = (id: string) => ({ id, values: records.get(id) ?? {} })
  return {
    objects: () => Object.fromEntries(records),
    handle({ method, segments: [, id], query, headers, body }: RemoteRequest) {
      if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: { message: 'Unknown token' } }
      const values = typeof body === 'object' ? { ...body } : {}
      if (id === undefined && method === 'GET') {
        const found = [...records].filter(([, held]) => held.email === query.email)
        return { status: 200, body: found.map(([one]) => answer(one)) }
      }
      if (id === undefined) {
        const key = headers['idempotency-key'] ?? ''
        const known = dropsRepeats ? idByKey.get(key) : undefined
        const newId = known ?? String(records.size + 1)
        if (!known) records.set(newId, values)
        idByKey.set(key, newId)
        return { status: 201, body: answer(newId) }
      }
      const held = records.get(id)
      if (!held) return { status: 404, body: { message: 'No such subscriber' } }
      if (method === 'DELETE') records.delete(id)
      else records.set(id, { ...held, ...values })
      return method === 'DELETE' ? { status: 204 } : { status: 200, body: answer(id) }
    },
  }
}

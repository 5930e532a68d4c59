// The Demo CRM as a remote system: what it holds, how it is reached, and what becomes of each object (write-object.ts).
import {
  OutboundSyncProvider,
  type ProviderLimits,
  type RemoteObject,
  type RemoteObjectQuery,
  type SyncObjectArgs,
  type SyncObjectResult,
  z,
} from '../../core/sdk/index.ts'
import { type CrmClient, createCrmClient } from './client.ts'
import { defaultMappings } from './default-mappings.ts'
import { crmObjectTypes, titleOf } from './object-types.ts'
import { listJoiner, locateObject, type Write, writeObject } from './write-object.ts'

const settingsSchema = z.object({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .meta({ title: 'Address', description: 'Where the Demo CRM is reached, for example http://127.0.0.1:4100' }),
})

export class DemoCrmSync extends OutboundSyncProvider<z.infer<typeof settingsSchema>> {
  static override readonly identifier = 'demo-crm'
  static override readonly version = '1.0.0'
  static override readonly displayName = 'Demo CRM'
  static override readonly listFieldJoiner = listJoiner
  static override readonly settings = settingsSchema
  // The address is no account: the same CRM on another port still holds what was sent.
  static override readonly accountSettings = []
  static override readonly externalObjectTypes = crmObjectTypes
  static override readonly defaultMappings = defaultMappings
  static override readonly canChangeIdentity = true
  static override readonly limits: ProviderLimits = { concurrency: 8, objectTimeoutMs: 30_000 }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const write = await writeObject(this.#client(args), args)
    return write && this.#result(args.mapping.externalObjectType, args.idValue, write)
  }

  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const object = await locateObject(this.#client(query), query)
    return object && { remoteId: object.id, values: object.properties }
  }

  override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
    const client = this.#client(query)
    const id = query.known?.remoteId ?? (await locateObject(client, query))?.id
    const isDeleted = id !== undefined && (await client.remove(query.externalObjectType, id))
    return { action: isDeleted ? 'deleted' : 'nothing_to_do', ...(id === undefined ? {} : { remoteId: id }) }
  }

  override async testConnection({ signal }: { signal: AbortSignal }): Promise<{ message: string }> {
    const { instanceId } = await this.#client({ http: this.context.http, signal }).instance()
    return { message: `The Demo CRM at ${this.#baseUrl} answered. Its instance id is ${instanceId}.` }
  }

  #client({ http, signal }: Pick<SyncObjectArgs, 'http' | 'signal'>): CrmClient {
    return createCrmClient({ baseUrl: this.#baseUrl, http, signal })
  }

  get #baseUrl(): string {
    return this.context.settings.baseUrl.replace(/\/+$/, '')
  }

  #result(type: string, idValue: string, { action, id, values }: Write): SyncObjectResult {
    return {
      action,
      remoteId: id,
      externalLinkHref: `${this.#baseUrl}/objects/${type}/${id}`,
      externalLinkDisplayName: titleOf(type, { idValue, properties: values }),
    }
  }
}

// A mailing list of Mailman 3 as a remote system: each subscriber is an object, found by e-mail address.
import {
  assignProperties,
  basicAuth,
  type ExternalObjectType,
  OutboundSyncProvider,
  type ProviderLimits,
  RejectedError,
  type RemoteObject,
  type RemoteObjectQuery,
  type SyncObjectArgs,
  type SyncObjectResult,
  type UpdateMode,
  z,
} from '../../core/sdk/index.ts'
import { createMailmanClient, type MailmanClient, noSuchList } from './client.ts'
import { defaultMappings } from './default-mappings.ts'

const settingsSchema = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).meta({
    title: 'Address of the REST API',
    description: 'As Mailman Core offers it, for example http://lists.example.com:8001/3.1',
  }),
  listId: z
    .string()
    .trim()
    .regex(/^[^\s@/]+[@.][^\s@/]+$/, 'must be a list such as attendees@lists.example.com')
    .meta({
      title: 'List',
      description: 'Its address (attendees@lists.example.com) or its id (attendees.lists.example.com)',
    }),
  sendsWelcome: z.boolean().default(false).meta({
    title: 'Send the welcome message',
    description: "The list's own, to each new subscriber",
  }),
})
type MailmanSettings = z.infer<typeof settingsSchema>

const subscriberType: ExternalObjectType = {
  name: 'subscriber',
  label: 'Subscriber',
  idFields: ['email'],
  fields: [
    { key: 'email', label: 'E-mail', type: 'email', isRequired: true, maxLength: 254 },
    { key: 'display_name', label: 'Name', type: 'text' },
  ],
}

export class MailmanSync extends OutboundSyncProvider<MailmanSettings> {
  static override readonly identifier = 'mailman'
  static override readonly version = '1.0.0'
  static override readonly displayName = 'Mailman 3'
  static override readonly auth = basicAuth()
  static override readonly settings = settingsSchema
  static override readonly accountSettings = ['baseUrl', 'listId']
  static override readonly listFieldJoiner = ', '
  static override readonly updateModes: readonly UpdateMode[] = ['overwrite', 'if_new', 'if_empty']
  static override readonly externalObjectTypes = [subscriberType]
  static override readonly defaultMappings = defaultMappings
  static override readonly canChangeIdentity = true
  // Mailman Core answers with two processes, and writes to one database.
  static override readonly limits: ProviderLimits = { concurrency: 2, objectTimeoutMs: 60_000 }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const { mode } = args.mapping
    const client = this.#client(args)
    const former = args.known && args.known.idValue !== args.idValue ? args.known : null
    const existing = await client.find(args.idValue)
    if (!existing && mode === 'update' && !former) return null
    if (existing && mode === 'create') return this.#result('nothing_to_do', existing.id, args.idValue)
    const written = existing ? await change(client, args, existing.id) : await this.#subscribe(client, args)
    // A member cannot be given another address: the new one is on the list, so the old one may go.
    if (!former?.remoteId) return written
    const isRemoved = await client.unsubscribe(former.remoteId)
    return isRemoved && written.action !== 'updated' ? { ...written, action: 'updated' } : written
  }

  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const client = this.#client(query)
    const member = await client.find(query.idValue)
    if (!member) return null
    const displayName = await client.displayName(member.email)
    return { remoteId: member.id, values: { email: member.email, display_name: displayName } }
  }

  override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
    const client = this.#client(query)
    const member = await client.find(query.idValue)
    const id = member?.id ?? query.known?.remoteId
    const isDeleted = member !== null && (await client.unsubscribe(member.id))
    return { action: isDeleted ? 'deleted' : 'nothing_to_do', ...(id ? { remoteId: id } : {}) }
  }

  override async testConnection({
    signal,
  }: {
    signal: AbortSignal
  }): Promise<{ message: string; accountName: string }> {
    const client = this.#client({ http: this.context.http, signal })
    const version = await client.version()
    const list = await client.list()
    if (!list) throw noSuchList(this.#baseUrl, this.#listId)
    return {
      message: `${version} at ${this.#baseUrl} answered. The list ${list.name} has ${list.memberCount} subscribers.`,
      accountName: list.name,
    }
  }

  async #subscribe(client: MailmanClient, args: SyncObjectArgs): Promise<SyncObjectResult> {
    const values = assignProperties(args.properties, {}, { isNew: true, listSeparator: null })
    const answer = await client.subscribe({
      email: args.idValue,
      displayName: textOf(values.display_name),
      sendsWelcome: this.context.settings.sendsWelcome,
    })
    if (answer.outcome === 'subscribed') {
      // An address that Mailman knows from another list keeps its old name.
      await writeName(client, args, true)
      return this.#result('created', answer.id, args.idValue)
    }
    // Meanwhile subscribed by somebody else, or waiting for a moderator since before.
    const member = await client.find(args.idValue)
    if (member) return change(client, args, member.id)
    throw new RejectedError(
      `A subscription of ${args.idValue} to ${this.#listId} waits in Mailman for its confirmation or for a moderator. Accept or discard it there, then try again.`,
    )
  }

  #result(action: SyncObjectResult['action'], id: string, email: string): SyncObjectResult {
    return { action, remoteId: id, externalLinkDisplayName: email }
  }

  #client({ http, signal }: Pick<SyncObjectArgs, 'http' | 'signal'>): MailmanClient {
    return createMailmanClient({ baseUrl: this.#baseUrl, listId: this.#listId, http, signal })
  }

  get #baseUrl(): string {
    const { origin, pathname } = new URL(this.context.settings.baseUrl)
    return `${origin}${pathname === '/' ? '/3.1' : pathname.replace(/\/+$/, '')}`
  }

  get #listId(): string {
    return this.context.settings.listId.toLowerCase().replace('@', '.')
  }
}

async function change(client: MailmanClient, args: SyncObjectArgs, id: string): Promise<SyncObjectResult> {
  const isChanged = await writeName(client, args, false)
  return { action: isChanged ? 'updated' : 'nothing_to_do', remoteId: id, externalLinkDisplayName: args.idValue }
}

/** Whether the name had to be changed. */
async function writeName(client: MailmanClient, args: SyncObjectArgs, isNew: boolean): Promise<boolean> {
  if (!args.properties.some(([field]) => field === 'display_name')) return false
  const displayName = await client.displayName(args.idValue)
  if (displayName === null) {
    // A new subscriber was given it by the call that subscribed.
    if (isNew) return false
    throw new RejectedError(
      `Mailman's API does not find the address ${args.idValue}, so the name of the subscriber cannot be read or changed. Change it in Mailman, or take the name out of the mapping.`,
    )
  }
  const { display_name } = assignProperties(
    args.properties,
    { display_name: displayName },
    { isNew, listSeparator: null },
  )
  const wanted = display_name === undefined ? displayName : textOf(display_name)
  if (wanted === displayName) return false
  await client.rename(args.idValue, wanted)
  return true
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}

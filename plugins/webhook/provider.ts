// Sends each object as a signed message to one address (Standard Webhooks 1.0). The receiver keeps no state that we
// could read, so there is one update mode and what arrives is always the whole object.
import { randomUUID } from 'node:crypto'
import {
  assignProperties,
  type ExternalObjectType,
  isErrorKind,
  MappingError,
  type ObjectAction,
  OutboundSyncProvider,
  type PropertyValue,
  type ProviderContext,
  type ProviderLimits,
  type RetryState,
  SyncConfigError,
  type SyncObjectArgs,
  type SyncObjectResult,
  secret,
  type UpdateMode,
  z,
} from '../../core/sdk/index.ts'
import { defaultMappings } from './default-mappings.ts'
import { parseSigningSecret, signMessage } from './signature.ts'

const signingSecret = () =>
  secret().refine((text) => parseSigningSecret(text) !== null, 'must be whsec_ followed by 24 to 64 bytes as base64')

const settingsSchema = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ title: 'Address', description: 'Messages are sent to it by POST, for example https://example.com/hooks' }),
  signingSecret: signingSecret().meta({
    title: 'Signing secret',
    description: 'Shared with the receiver; begins with whsec_',
  }),
  previousSigningSecret: signingSecret().optional().meta({
    title: 'Previous signing secret',
    description: 'While receivers change to a new secret: messages are signed with both, and either one verifies',
  }),
})
type WebhookSettings = z.infer<typeof settingsSchema>

const messageType: ExternalObjectType = {
  name: 'message',
  label: 'Message',
  idFields: ['id'],
  fields: [{ key: 'id', label: 'Id', type: 'text', isRequired: true }],
  allowsOtherFields: true,
}

// The schedule that the specification proposes, from the first failure on: three days in all.
const retryDelaysSeconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const

export class WebhookSync extends OutboundSyncProvider<WebhookSettings> {
  static override readonly identifier = 'webhook'
  static override readonly version = '1.0.0'
  static override readonly displayName = 'Webhook'
  static override readonly maxAttempts = retryDelaysSeconds.length + 1
  static override readonly listFieldJoiner = null
  static override readonly updateModes: readonly UpdateMode[] = ['overwrite']
  static override readonly settings = settingsSchema
  // Another address is another receiver, which has been told nothing yet.
  static override readonly accountSettings = ['url']
  static override readonly externalObjectTypes = [messageType]
  static override readonly defaultMappings = defaultMappings
  static override readonly limits: ProviderLimits = { concurrency: 4, objectTimeoutMs: 30_000 }

  readonly #keys: readonly Buffer[]

  constructor(context: ProviderContext<WebhookSettings>) {
    super(context)
    const { signingSecret, previousSigningSecret } = context.settings
    this.#keys = [signingSecret, previousSigningSecret].filter((one) => one !== undefined).map(keyOf)
  }

  override nextRetryDate({ failedAttempts, now }: RetryState, error: unknown): Date | null {
    if (isErrorKind(error, 'RateLimitedError')) return null
    const delaySeconds = retryDelaysSeconds[Math.min(failedAttempts, retryDelaysSeconds.length) - 1] ?? 5
    // A little later each time at random, so that a receiver that comes back is not met by everything at once.
    return new Date(now.getTime() + delaySeconds * 1000 * (1 + Math.random() * 0.1))
  }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const { mode, sourceModel } = args.mapping
    if (mode === 'find') throw new MappingError('A webhook holds no objects, so a mapping cannot look one up there.')
    // Sent before is all that "exists" can mean here.
    const isKnown = args.known !== null
    if (args.operation !== 'delete') {
      if (mode === 'update' && !isKnown) return null
      if (mode === 'create' && isKnown) return { action: 'nothing_to_do' }
    }
    const action: ObjectAction = args.operation === 'delete' ? 'deleted' : isKnown ? 'updated' : 'created'
    const properties = assignProperties(args.properties, {}, { isNew: !isKnown, listSeparator: null })
    await this.#send({
      id: args.idempotencyKey,
      type: `${toEventName(sourceModel)}.${action}`,
      data: { ...properties, [args.externalIdField]: args.idValue },
      http: args.http,
      signal: args.signal,
    })
    return { action, remoteId: args.idValue, externalLinkDisplayName: args.idValue }
  }

  override async testConnection({ signal }: { signal: AbortSignal }): Promise<{ message: string }> {
    const { connection, http } = this.context
    const data = { connection: connection.name }
    const status = await this.#send({ id: `ping_${randomUUID()}`, type: 'ping', data, http, signal })
    return { message: `The receiver took a ping and answered with ${status}.` }
  }

  async #send(message: {
    id: string
    type: string
    data: Readonly<Record<string, PropertyValue>>
    http: SyncObjectArgs['http']
    signal: AbortSignal
  }): Promise<number> {
    const { url } = this.context.settings
    const now = new Date()
    const body = JSON.stringify({ type: message.type, timestamp: now.toISOString(), data: message.data })
    const response = await message.http.request({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...signMessage(this.#keys, { id: message.id, timestampSeconds: Math.floor(now.getTime() / 1000), body }),
      },
      body,
      expectStatus: [410],
      timeoutMs: 20_000,
      signal: message.signal,
    })
    if (response.status === 410) {
      throw new SyncConfigError(
        'The receiver of the webhook answered 410 Gone: it wants no more messages. Put another address into the settings, or switch the connection off.',
      )
    }
    return response.status
  }
}

function keyOf(secretText: string): Buffer {
  const key = parseSigningSecret(secretText)
  if (key) return key
  throw new SyncConfigError('A signing secret must be whsec_ followed by 24 to 64 bytes as base64.')
}

/** `OrderPosition` -> `order_position`: event types are lower-case words with dots between them. */
function toEventName(model: string): string {
  return model
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .toLowerCase()
}

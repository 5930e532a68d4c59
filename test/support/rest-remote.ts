// A provider made of a definition, with a real server to call that answers as the test says.
import { createAuthorizedClient } from '../../core/connections/authorized-client.ts'
import { createKnownSecrets } from '../../core/connections/known-secrets.ts'
import { createEgressGuard } from '../../core/http/egress-guard.ts'
import { createHttpClient } from '../../core/http/http-client.ts'
import type { OutboundSyncProvider, ProviderClass, SyncObjectResult } from '../../core/sdk/index.ts'
import { type FakeRemote, startFakeRemote } from '../../core/testing/index.ts'
import { buildRestProvider } from '../../plugins/rest/build-provider.ts'
import { type RestDefinitionInput, restDefinitionSchema } from '../../plugins/rest/definition.ts'
import { refuseTcp } from './refuse-tcp.ts'
import { syncArgs } from './sync-args.ts'

type Handler = Parameters<typeof startFakeRemote>[0]
type ObjectType = RestDefinitionInput['objectTypes'][number]

export interface RestRemote {
  provider: OutboundSyncProvider
  providerClass: ProviderClass
  remote: FakeRemote
  args(options?: Partial<Parameters<typeof syncArgs>[0]>): ReturnType<typeof syncArgs>
  push(options?: Partial<Parameters<typeof syncArgs>[0]>): Promise<SyncObjectResult | null>
  /** Method, path with query and body of each call. Forgets them. */
  takeCalls(): (readonly [call: string, body: unknown])[]
  close(): Promise<void>
}

/** One object type `contact`, found by `email`, with fields for every purpose. */
function contactType(type: Partial<ObjectType>): ObjectType {
  return {
    name: 'contact',
    label: 'Contact',
    fields: [{ key: 'email', type: 'email', isIdentifier: true }, { key: 'name' }, { key: 'tags', type: 'list' }],
    ...type,
  }
}

export async function openRestRemote(
  { type, ...definition }: Partial<RestDefinitionInput> & { type: Partial<ObjectType> },
  handler: Handler,
): Promise<RestRemote> {
  const remote = await startFakeRemote(handler)
  const client = createHttpClient({ egressGuard: createEgressGuard({ allow: ['127.0.0.1/32'] }), userAgent: 'test' })
  const providerClass = buildRestProvider(
    restDefinitionSchema.parse({
      identifier: 'acme',
      displayName: 'Acme',
      version: '1.0.0',
      baseUrl: remote.origin,
      objectTypes: [contactType(type)],
      ...definition,
    }),
  )
  let provider: OutboundSyncProvider | null = null
  const http = createAuthorizedClient({
    http: client,
    secrets: createKnownSecrets([]),
    classifyResponse: (response, request) => provider?.classifyResponse?.(response, request),
  })
  provider = new providerClass({
    connection: { id: 'c1', name: 'Acme', scope: '' },
    settings: {},
    mappings: [],
    http,
    connectTcp: refuseTcp,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const argsOf: RestRemote['args'] = (options = {}) =>
    syncArgs({
      http,
      externalObjectType: 'contact',
      externalIdField: 'email',
      idValue: 'ada@example.org',
      properties: [['name', 'Ada', 'overwrite']],
      ...options,
    })
  const made = provider
  let seen = 0
  return {
    provider,
    providerClass,
    remote,
    args: argsOf,
    async push(options) {
      const answer = await made.syncObjectWithProperties(argsOf(options))
      if (answer !== null && !('action' in answer)) throw new Error('A provider of a definition answers at once')
      return answer
    },
    takeCalls() {
      const calls = remote.calls.slice(seen)
      seen = remote.calls.length
      return calls.map(({ method, path, query, body }) => {
        const search = new URLSearchParams(query).toString()
        return [`${method} ${path}${search && `?${search}`}`, body] as const
      })
    },
    async close() {
      await remote.close()
      await client.close()
    },
  }
}

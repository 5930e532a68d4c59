// A provider whose connections each have a token of their own, and a remote in this process that refuses any other: what
// was sealed, moved or opened wrongly shows as a refused call.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { z } from 'zod'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { definePlugin, type Plugin } from '../../core/sdk/plugin.ts'
import { OutboundSyncProvider } from '../../core/sdk/provider.ts'
import { secret } from '../../core/sdk/secret.ts'
import type { SourceField, SourceModel } from '../../core/sdk/source-model.ts'
import type { SyncObjectArgs, SyncObjectResult } from '../../core/sdk/sync-object.ts'

export const scope = 'organizer:acme'

const settings = z.object({ baseUrl: z.url(), account: z.string(), token: secret() })

class TokensProvider extends OutboundSyncProvider<z.infer<typeof settings>> {
  static override readonly identifier = 'tokens'
  static override readonly settings = settings
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      key: 'note',
      sourceModel: 'Note',
      externalObjectType: 'note',
      sourceIdField: 'id',
      externalIdField: 'id',
      propertyMappings: [{ externalField: 'text', source: { field: 'id' } }],
    },
  ])

  async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    const { baseUrl, account, token } = this.context.settings
    await args.http.request({
      method: 'PUT',
      url: `${baseUrl}/${account}/${args.idValue}`,
      headers: { authorization: `Bearer ${token}` },
      json: {},
      signal: args.signal,
    })
    return { action: 'created', remoteId: args.idValue }
  }
}

const idField: SourceField = {
  key: 'id',
  label: 'Number',
  category: { label: 'Note', sortIndex: 1 },
  type: 'text',
  requiredInput: 'note',
  getter: ({ note }) => String(note),
}

// Notes are there as soon as they are asked for.
const notes: SourceModel = {
  name: 'Note',
  label: 'Note',
  labelPlural: 'Notes',
  inputs: ['note'],
  nested: {},
  filters: [],
  fields: async () => [idField],
  load: async (ids) => ids.map((id) => ({ id, label: id, scope, inputs: { note: id }, nested: {} })),
  page: async () => ({ records: [], next: null }),
  count: async () => 0,
}

export const tokensPlugin: Plugin = definePlugin({
  name: 'tokens',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  providers: [TokensProvider],
  taps: {
    order_placed: async (event) => {
      await TokensProvider.enqueueOrder(event, 'order_placed')
    },
  },
  setup: () => ({ sourceModels: [notes] }),
})

export interface TokensRemote {
  baseUrl: string
  /** What each account takes from now on. */
  tokens: Map<string, readonly string[]>
  /** Paths of calls that were answered with 200, and with 401. */
  accepted: string[]
  refused: string[]
  close(): Promise<void>
}

export async function startTokensRemote(): Promise<TokensRemote> {
  const tokens: TokensRemote['tokens'] = new Map()
  const accepted: string[] = []
  const refused: string[] = []
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const path = request.url ?? ''
      const [, account = ''] = path.split('/')
      const isRight = tokens.get(account)?.some((token) => request.headers.authorization === `Bearer ${token}`)
      if (isRight) accepted.push(path)
      else refused.push(path)
      response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    tokens,
    accepted,
    refused,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

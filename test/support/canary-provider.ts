// A provider that puts its secrets into every place of a call that a system may want them in, and a remote that ends the
// call in every way there is and sends all of it back, as debugging pages do.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import type { HttpRequest } from '../../core/sdk/http-client.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { definePlugin, type Plugin } from '../../core/sdk/plugin.ts'
import { OutboundSyncProvider } from '../../core/sdk/provider.ts'
import { secret } from '../../core/sdk/secret.ts'
import type { SyncObjectArgs, SyncObjectResult } from '../../core/sdk/sync-object.ts'

interface Call {
  url: URL
  headers: Record<string, string>
  json: Record<string, string>
}

/** Each kind of credential with where it goes. A further kind is a line: its setting is made from it. */
const uses: Readonly<Record<string, (call: Call, secret: string) => void>> = {
  bearer: ({ headers }, value) => {
    headers.authorization = `Bearer ${value}`
  },
  basic: ({ headers }, value) => {
    headers['x-forwarded-login'] = Buffer.from(`user:${value}`).toString('base64')
  },
  header: ({ headers }, value) => {
    headers['x-shop'] = encodeURIComponent(value)
  },
  cookie: ({ headers }, value) => {
    headers.cookie = `session=${encodeURIComponent(value)}`
  },
  query: ({ url }, value) => url.searchParams.set('shop', value),
  path: ({ url }, value) => {
    url.pathname += `/${encodeURIComponent(value)}`
  },
  body: ({ json }, value) => {
    json.note = `sent by ${value}`
  },
}

export const credentialKinds = Object.keys(uses)

const settings = z.object({
  baseUrl: z.url(),
  // As a person writes it, with a reference to a variable.
  region: secret(),
  ...Object.fromEntries(credentialKinds.map((kind) => [kind, secret()])),
})

/** How the remote ends a call; the code of the order says which. */
export const endings = [
  'ok',
  'not-json',
  ...['302', '400', '403', '404', '409', '413', '422', '500', '503', 'reset', 'silent', 'thrown', '429', '401'],
] as const
const endingOf = (orderCode: string): string => endings[(Number(orderCode.slice(1)) - 1) % endings.length] ?? 'ok'

class CanaryProvider extends OutboundSyncProvider<Record<string, string>> {
  static override readonly identifier = 'canary'
  static override readonly settings = settings
  static override readonly limits = { concurrency: 2, objectTimeoutMs: 2_000 }
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      key: 'deal',
      sourceModel: 'Order',
      externalObjectType: 'deal',
      sourceIdField: 'code',
      externalIdField: 'code',
      propertyMappings: [{ externalField: 'total', source: { field: 'total' } }],
    },
  ])

  #request(ending: string, signal: AbortSignal): HttpRequest {
    const { baseUrl = '', region = '', ...secrets } = this.context.settings
    const call: Call = { url: new URL(`${baseUrl}/${ending}`), headers: { 'x-region': region }, json: {} }
    for (const [kind, use] of Object.entries(uses)) use(call, secrets[kind] ?? '')
    return { method: 'POST', ...call, url: call.url.href, signal }
  }

  /** With every answer that is no silence, so that the page shows what came back of each. */
  override async testConnection({ signal }: { signal: AbortSignal }): Promise<{ message: string }> {
    const answered = endings.filter((ending) => ending !== 'silent' && ending !== 'thrown')
    const results = await Promise.allSettled(
      answered.map((ending) => this.context.http.request(this.#request(ending, signal))),
    )
    const said = results.map((one) => (one.status === 'fulfilled' ? one.value.excerpt() : String(one.reason)))
    return { message: `Tested: ${said.join(' | ')}` }
  }

  async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    const ending = endingOf(String(args.idValue))
    const request = this.#request(ending, args.signal)
    const response = await args.http.request(request)
    if (ending === 'thrown') {
      const cause = new Error(`got ${response.text} for ${JSON.stringify(request)}`)
      throw new Error(`A fault of the provider, who quotes ${JSON.stringify([request, this.context.settings])}`, {
        cause,
      })
    }
    response.json()
    return { action: 'created', remoteId: String(args.idValue) }
  }
}

export const canaryPlugin: Plugin = definePlugin({
  name: 'canary',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  providers: [CanaryProvider],
  taps: {
    order_placed: async (event) => {
      await CanaryProvider.enqueueOrder(event, 'order_placed')
    },
  },
})

export interface CanaryRemote {
  baseUrl: string
  /** What came in, by how it was ended. */
  received: Map<string, string>
  close(): Promise<void>
}

export async function startCanaryRemote(): Promise<CanaryRemote> {
  const received = new Map<string, string>()
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      const [, ending = ''] = (request.url ?? '').split('/')
      const echo = echoOf(request, body)
      received.set(ending, echo)
      answer(response, ending, { url: request.url ?? '', echo })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    baseUrl: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    received,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function echoOf({ method, url, headers }: IncomingMessage, body: string): string {
  const plain = { method, url, decoded: decodeURIComponent(url ?? ''), headers, body }
  const encoded = Buffer.from(JSON.stringify([url, headers, body])).toString('base64')
  return JSON.stringify({
    message: `Refused: ${body}`,
    error: plain,
    encoded,
    errors: [{ field: 'total', message: body }],
  })
}

function answer(response: ServerResponse, ending: string, { url, echo }: { url: string; echo: string }): void {
  if (ending === 'reset') {
    response.socket?.destroy()
    return
  }
  if (ending === 'silent') return
  const status = /^\d+$/.test(ending) ? Number(ending) : 200
  const about = encodeURIComponent(url)
  response.writeHead(status, {
    'content-type': ending === 'not-json' ? 'text/html' : 'application/json',
    'x-request': about,
    'www-authenticate': `Bearer realm="${about}"`,
    ...(status === 302 ? { location: url } : {}),
    ...(status === 429 ? { 'retry-after': '3600' } : {}),
  })
  response.end(ending === 'not-json' ? `<pre>${echo}</pre>` : echo)
}

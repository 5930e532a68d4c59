// client.ts of a new plugin: the calls of an example of a remote system, typed.
import type { TemplateNames } from './plugin-frame-templates.ts'

export function clientTemplate({ displayName, sdk }: TemplateNames): string {
  return `// The API of ${displayName} as typed calls: every answer is parsed here and trusted from there.
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type PropertyValue,
  SyncConfigError,
  z,
} from '${sdk}'

export interface Client {
  /** The object whose field has the value; null when there is none. */
  find(type: string, field: string, value: string): Promise<RemoteRecord | null>
  create(type: string, values: Values): Promise<RemoteRecord>
  update(type: string, id: string, values: Values): Promise<RemoteRecord>
  /** False when it was gone already. */
  remove(type: string, id: string): Promise<boolean>
  /** Whose key it is. */
  whoAmI(): Promise<string>
}

export type Values = Readonly<Record<string, PropertyValue>>

const recordSchema = z.object({ id: z.string().min(1), values: z.record(z.string(), z.json()) })
export type RemoteRecord = z.infer<typeof recordSchema>
const listSchema = z.object({ items: z.array(recordSchema) })

type Call = Omit<HttpRequest, 'url'> & { path: readonly string[] }

export function createClient({
  baseUrl,
  http,
  signal,
}: {
  baseUrl: string
  http: HttpClient
  signal: AbortSignal
}): Client {
  const urlOf = (path: readonly string[]): string =>
    [baseUrl.replace(/\\/+$/, ''), ...path.map(encodeURIComponent)].join('/')
  // The key is put in on the way. Statuses that are not expected are thrown, each as the error that says what follows.
  const send = ({ path, ...rest }: Call): Promise<HttpResponse> => http.request({ ...rest, url: urlOf(path), signal })
  const ask = async <Output>(schema: z.ZodType<Output>, call: Call): Promise<Output> => {
    const parsed = schema.safeParse((await send(call)).json())
    if (parsed.success) return parsed.data
    const what = \`\${call.method ?? 'GET'} \${urlOf(call.path)} was answered in an unknown form\`
    throw new SyncConfigError(\`\${what}: \${z.prettifyError(parsed.error)}. Check the address in the settings.\`)
  }

  return {
    async find(type, field, value) {
      const { items } = await ask(listSchema, { path: [type], query: { [field]: value } })
      return items[0] ?? null
    },
    create(type, values) {
      return ask(recordSchema, { method: 'POST', path: [type], json: values })
    },
    update(type, id, values) {
      return ask(recordSchema, { method: 'PATCH', path: [type, id], json: values })
    },
    async remove(type, id) {
      const response = await send({ method: 'DELETE', path: [type, id], expectStatus: [404] })
      return response.status !== 404
    },
    async whoAmI() {
      return (await ask(z.object({ name: z.string() }), { path: ['me'] })).name
    },
  }
}
`
}

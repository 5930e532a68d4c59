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
  /** Whose token it is. */
  whoAmI(): Promise<string>
}

export type Values = Readonly<Record<string, PropertyValue>>

const recordSchema = z.object({ id: z.string().min(1), values: z.record(z.string(), z.json()) })
export type RemoteRecord = z.infer<typeof recordSchema>
const listSchema = z.object({ items: z.array(recordSchema) })

export function createClient({
  baseUrl,
  token,
  http,
  signal,
}: {
  baseUrl: string
  token: string
  http: HttpClient
  signal: AbortSignal
}): Client {
  // Statuses that are not expected are thrown by the HTTP client, each as the error that says what follows.
  const send = (request: Omit<HttpRequest, 'url'> & { path: readonly string[] }): Promise<HttpResponse> => {
    const { path, ...rest } = request
    const url = [baseUrl.replace(/\\/+$/, ''), ...path.map(encodeURIComponent)].join('/')
    return http.request({ ...rest, url, headers: { authorization: \`Bearer \${token}\` }, signal })
  }
  const parse = <Output>(schema: z.ZodType<Output>, response: HttpResponse): Output => {
    const parsed = schema.safeParse(response.json())
    if (parsed.success) return parsed.data
    const problem = z.prettifyError(parsed.error)
    throw new SyncConfigError(\`\${baseUrl} answered in an unknown form: \${problem}. Check the address in the settings.\`)
  }

  return {
    async find(type, field, value) {
      const { items } = parse(listSchema, await send({ path: [type], query: { [field]: value } }))
      return items[0] ?? null
    },
    async create(type, values) {
      return parse(recordSchema, await send({ method: 'POST', path: [type], json: values }))
    },
    async update(type, id, values) {
      return parse(recordSchema, await send({ method: 'PATCH', path: [type, id], json: values }))
    },
    async remove(type, id) {
      const response = await send({ method: 'DELETE', path: [type, id], expectStatus: [404] })
      return response.status !== 404
    },
    async whoAmI() {
      return parse(z.object({ name: z.string() }), await send({ path: ['me'] })).name
    },
  }
}
`
}

// The Demo CRM's API as typed calls: every answer is parsed here, and what the API says by a status becomes a value.
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type PropertyValue,
  SyncConfigError,
  z,
} from '../../core/sdk/index.ts'

export interface CrmClient {
  /** `exists` when an object with this identity is there already; it is not changed. */
  create(
    type: string,
    object: { idField: string; idValue: string; properties: Properties },
  ): Promise<{ outcome: 'created' | 'exists'; id: string }>
  /** Null leaves a property empty. Answers with all properties; `taken`: another object has the wanted identity. */
  update(
    type: string,
    id: string,
    properties: Properties,
  ): Promise<
    | { outcome: 'changed' | 'unchanged'; properties: Properties }
    | { outcome: 'missing' }
    | { outcome: 'taken'; id: string }
  >
  read(type: string, id: string): Promise<CrmRecord | null>
  /** At most `limit` objects whose field has the value. */
  find(type: string, query: { field: string; value: string; limit: number }): Promise<readonly CrmRecord[]>
  /** False when it was gone already. */
  remove(type: string, id: string): Promise<boolean>
  instance(): Promise<{ instanceId: string }>
}

type Properties = Readonly<Record<string, PropertyValue>>

const idSchema = z.object({ id: z.string().min(1) })
const recordSchema = z.object({ id: z.string(), properties: z.record(z.string(), z.json()) })
export type CrmRecord = z.infer<typeof recordSchema>
const updatedSchema = recordSchema.extend({ isChanged: z.boolean() })
const listSchema = z.object({ results: z.array(recordSchema) })
const instanceSchema = z.object({ product: z.literal('Demo CRM'), instanceId: z.string() })
const problemSchema = z.object({ code: z.string() })

export function createCrmClient({
  baseUrl,
  http,
  signal,
}: {
  baseUrl: string
  http: HttpClient
  signal: AbortSignal
}): CrmClient {
  const send = (request: Omit<HttpRequest, 'url' | 'signal'> & { path: readonly string[] }): Promise<HttpResponse> => {
    const { path, ...rest } = request
    return http.request({ ...rest, url: `${baseUrl}/api/${path.map(encodeURIComponent).join('/')}`, signal })
  }
  const parse = <Output>(schema: z.ZodType<Output>, response: HttpResponse): Output => {
    const parsed = schema.safeParse(response.json())
    if (parsed.success) return parsed.data
    throw new SyncConfigError(
      `${baseUrl} answered with ${response.status} in a form that is not the Demo CRM's: ${z.prettifyError(parsed.error)}. Check the address in the settings.`,
    )
  }
  // "This object is gone" and "there is no such address" are both 404; only the first may lead to a new object.
  const isMissing = (response: HttpResponse): boolean => {
    if (response.status !== 404) return false
    if (parse(problemSchema, response).code === 'object_not_found') return true
    throw new SyncConfigError(`${baseUrl} does not know what was asked of it: ${response.excerpt()}`)
  }

  return Object.freeze({
    async create(type, object) {
      const response = await send({ method: 'POST', path: ['objects', type], json: object, expectStatus: [409] })
      return { outcome: response.status === 409 ? 'exists' : 'created', id: parse(idSchema, response).id }
    },
    async update(type, id, properties) {
      const response = await send({
        method: 'PATCH',
        path: ['objects', type, id],
        json: { properties },
        expectStatus: [404, 409],
      })
      if (isMissing(response)) return { outcome: 'missing' }
      if (response.status === 409) return { outcome: 'taken', id: parse(idSchema, response).id }
      const { isChanged, properties: held } = parse(updatedSchema, response)
      return { outcome: isChanged ? 'changed' : 'unchanged', properties: held }
    },
    async read(type, id) {
      const response = await send({ path: ['objects', type, id], expectStatus: [404] })
      return isMissing(response) ? null : parse(recordSchema, response)
    },
    async find(type, query) {
      return parse(listSchema, await send({ path: ['objects', type], query })).results
    },
    async remove(type, id) {
      const response = await send({ method: 'DELETE', path: ['objects', type, id], expectStatus: [404] })
      return !isMissing(response)
    },
    async instance() {
      return parse(instanceSchema, await send({ path: ['instance'] }))
    },
  } satisfies CrmClient)
}

// Reads pretix's REST API: one thing, or a list page by page. Answers are parsed here and trusted from there; every error
// names pretix and what was read.
import { type HttpClient, type HttpResponse, PermanentError, SyncConfigError, type z } from '../../core/sdk/index.ts'
import { createCallSlots } from './call-slots.ts'
import { namingPretix, notShown, notThere, tokenRefused } from './pretix-errors.ts'
import { type Page, pageSchema } from './pretix-records.ts'

export interface Reading<Schema extends z.ZodType> {
  /** Begins the sentence of an error: "The order ABC12 of acme/conf26". */
  what: string
  /** Below `/api/v1/`; its parts hold no character that means something in a path. */
  path: string
  query?: readonly (readonly [string, string])[]
  schema: Schema
  signal?: AbortSignal
}

export interface PretixClient {
  /** Null when pretix has nothing of that name. */
  find<Schema extends z.ZodType>(reading: Reading<Schema>): Promise<z.output<Schema> | null>
  /** One thing that has to be there. */
  read<Schema extends z.ZodType>(reading: Reading<Schema>): Promise<z.output<Schema>>
  /** Page after page, each fetched when it is wanted. */
  pages<Schema extends z.ZodType>(reading: Reading<Schema>): AsyncIterable<Page<z.output<Schema>>>
  /** All pages of a list that is short by nature. */
  readAll<Schema extends z.ZodType>(reading: Reading<Schema>): Promise<z.output<Schema>[]>
}

/** pretix's own hosting allows 360 calls a minute. */
const maxCallsAtOnce = 6
const timeoutMs = 20_000

export function createPretixClient({
  http,
  baseUrl,
  token,
}: {
  http: HttpClient
  baseUrl: string
  token: string
}): PretixClient {
  const { origin } = new URL(baseUrl)
  const slots = createCallSlots(maxCallsAtOnce)

  function addressOf({ path, query = [] }: Pick<Reading<z.ZodType>, 'path' | 'query'>): string {
    const search = new URLSearchParams()
    for (const [name, value] of query) search.append(name, value)
    return `${baseUrl}/api/v1/${path}${search.size > 0 ? `?${search}` : ''}`
  }

  async function call(url: string, { what, signal }: Pick<Reading<z.ZodType>, 'what' | 'signal'>) {
    const headers = { authorization: `Token ${token}` }
    const request = { url, headers, expectStatus: [401, 403, 404], timeoutMs, ...(signal ? { signal } : {}) }
    try {
      const response = await slots.run(() => http.request(request))
      if (response.status === 401) throw tokenRefused(what, origin)
      if (response.status === 403) throw notShown(what, origin)
      return response
    } catch (error) {
      throw namingPretix(error, what)
    }
  }

  async function* pages<Schema extends z.ZodType>(reading: Reading<Schema>) {
    const { what } = reading
    const schema = pageSchema(reading.schema)
    let url: string | null = addressOf(reading)
    while (url !== null) {
      const response = await call(url, reading)
      if (response.status === 404) throw notThere(what, origin)
      const page: Page<z.output<Schema>> = parse(response, { what, schema })
      yield page
      url = page.next === null ? null : nextAddress(page.next, what)
    }
  }

  // The token goes to no other place than the one it was given for.
  function nextAddress(next: string, what: string): string {
    const url = URL.parse(next)
    if (url?.origin === origin) return url.href
    throw new SyncConfigError(
      `${what} could not be read: pretix at ${origin} continues its list at ${url?.origin ?? 'no address'}. Put the address under which pretix knows itself into PRETIX_BASE_URL, or correct the address in pretix's configuration.`,
    )
  }

  async function find<Schema extends z.ZodType>(reading: Reading<Schema>): Promise<z.output<Schema> | null> {
    const response = await call(addressOf(reading), reading)
    return response.status === 404 ? null : parse(response, reading)
  }

  return Object.freeze({
    find,
    async read(reading) {
      const found = await find(reading)
      if (found === null) throw notThere(reading.what, origin)
      return found
    },
    pages,
    async readAll<Schema extends z.ZodType>(reading: Reading<Schema>) {
      const found: z.output<Schema>[] = []
      for await (const { results } of pages(reading)) found.push(...results)
      return found
    },
  } satisfies PretixClient)
}

function parse<Schema extends z.ZodType>(
  response: HttpResponse,
  { what, schema }: { what: string; schema: Schema },
): z.output<Schema> {
  let answer: unknown
  try {
    answer = response.json()
  } catch (error) {
    throw namingPretix(error, what)
  }
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new PermanentError(
    `${what} could not be read from pretix: the answer has another form than expected (${issue?.path.map(String).join('.')}: ${issue?.message}). PRETIX_BASE_URL must be the address of a pretix of version 2023.8 or newer.`,
  )
}

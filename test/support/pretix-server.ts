// A small pretix on loopback: answers over HTTP as the published REST API describes it, for what this product reads of it.
// Lists come in pages of at most 50, a token is wanted, what does not exist or may not be seen is refused the way pretix does.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface PretixEvent {
  event: Record<string, unknown>
  items: readonly Record<string, unknown>[]
  categories: readonly Record<string, unknown>[]
  questions: readonly Record<string, unknown>[]
  checkinlists: readonly Record<string, unknown>[]
  subevents: readonly Record<string, unknown>[]
  vouchers: readonly Record<string, unknown>[]
}

/** As the API shows one, with canceled positions. */
export interface PretixOrder extends Record<string, unknown> {
  code: string
  status: string
  datetime: string
  last_modified: string
  positions: readonly (Record<string, unknown> & { canceled: boolean })[]
}

export interface PretixServer {
  origin: string
  port: number
  token: string
  /** Path and query of each call, in order. Forgets them. */
  takeCalls(): string[]
  /** The most calls that were under way at the same time. */
  mostAtOnce(): number
  addEvent(organizer: string, slug: string, event: PretixEvent): void
  put(organizer: string, event: string, order: PretixOrder): void
  remove(organizer: string, event: string, code: string): void
  /** What the team of the token may not see: an event (`acme/conf26`) or a list of one (`acme/conf26/vouchers`). */
  forbid(...places: string[]): void
  /** Answers so many of the next calls with 429. */
  limit(count: number, retryAfter: string): void
  /** Answers a path with this instead, until null is set for it. */
  answerInstead(path: string, answer: Answer | null): void
  /** The origin that the links of lists name. */
  linkOrigin: string
  stop(): Promise<void>
  /** On the port it had. */
  start(): Promise<void>
}

interface Answer {
  status: number
  text: string
  headers?: Record<string, string>
}

interface KeptEvent extends PretixEvent {
  orders: Map<string, PretixOrder>
}

const largestPage = 50

export async function startPretixServer(): Promise<PretixServer> {
  const token = 'k24fiuwvu8kxz3y1sw0h5n6m'
  const organizers = new Map<string, Map<string, KeptEvent>>()
  const calls: string[] = []
  const forbidden = new Set<string>()
  const instead = new Map<string, Answer>()
  let limited = { count: 0, retryAfter: '' }
  let underWay = 0
  let mostUnderWay = 0
  let server: Server | null = null

  const eventOf = (organizer: string, event: string): KeptEvent => {
    const found = organizers.get(organizer)?.get(event)
    if (!found) throw new Error(`The test has set up no event ${organizer}/${event}`)
    return found
  }

  const pretix: PretixServer = {
    origin: '',
    port: 0,
    token,
    linkOrigin: '',
    takeCalls: () => calls.splice(0),
    mostAtOnce: () => mostUnderWay,
    addEvent(organizer, slug, event) {
      const events = organizers.get(organizer) ?? new Map<string, KeptEvent>()
      organizers.set(organizer, events)
      events.set(slug, { ...event, orders: new Map() })
    },
    put: (organizer, event, order) => void eventOf(organizer, event).orders.set(order.code, order),
    remove: (organizer, event, code) => void eventOf(organizer, event).orders.delete(code),
    forbid(...places) {
      forbidden.clear()
      for (const place of places) forbidden.add(place)
    },
    limit(count, retryAfter) {
      limited = { count, retryAfter }
    },
    answerInstead: (path, answer) => void (answer ? instead.set(path, answer) : instead.delete(path)),
    async stop() {
      const stopped = server
      server = null
      if (!stopped) return
      stopped.closeAllConnections()
      stopped.close()
      await once(stopped, 'close')
    },
    async start() {
      server = createServer(async (request, response) => {
        underWay++
        mostUnderWay = Math.max(mostUnderWay, underWay)
        // So that calls that come together are under way together.
        await delay(5)
        const { status, text, headers } = answer(
          new URL(request.url ?? '/', pretix.origin),
          request.headers.authorization,
        )
        response.writeHead(status, { vary: 'Accept', ...headers }).end(text)
        underWay--
      })
      server.listen(pretix.port, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      pretix.port = typeof address === 'object' && address ? address.port : 0
      pretix.origin = `http://127.0.0.1:${pretix.port}`
      pretix.linkOrigin = pretix.origin
    },
  }

  function answer(url: URL, authorization: string | undefined): Answer {
    calls.push(`${url.pathname}${url.search}`)
    const other = instead.get(url.pathname)
    if (other) return other
    if (limited.count > 0) {
      limited.count--
      return json(429, { detail: 'Request was throttled.' }, { 'retry-after': limited.retryAfter })
    }
    if (authorization !== `Token ${token}`) {
      const detail = authorization ? 'Invalid token.' : 'Authentication credentials were not provided.'
      return json(401, { detail }, { 'www-authenticate': 'Token' })
    }
    const [api, version, root, organizer, kind, ...rest] = url.pathname.split('/').slice(1, -1)
    if (`${api}/${version}/${root}` !== 'api/v1/organizers' || !url.pathname.endsWith('/')) return missing()
    const slugs = [...organizers.keys()]
    if (organizer === undefined) {
      return page(
        url,
        slugs.map((slug) => ({ slug, name: slug })),
      )
    }
    const events = organizers.get(organizer)
    if (!events) return refused()
    if (kind === 'orders') {
      const seen = [...events].filter(([slug]) => !forbidden.has(`${organizer}/${slug}`))
      return listOrders(
        url,
        seen.flatMap(([slug, { orders }]) => withEvent(slug, orders)),
      )
    }
    if (kind !== 'events') return missing()
    const [slug, list, id, ...deeper] = rest
    if (slug === undefined) {
      return page(
        url,
        [...events.values()].map(({ event }) => event),
      )
    }
    const found = events.get(slug)
    if (!found || forbidden.has(`${organizer}/${slug}`)) return refused()
    if (list === undefined) return json(200, found.event)
    if (forbidden.has(`${organizer}/${slug}/${list}`)) return refused()
    if (deeper.length > 0) return missing()
    return list === 'orders' ? answerOrders(url, slug, found.orders, id) : answerRecords(url, found, list, id)
  }

  function answerRecords(url: URL, event: KeptEvent, list: string, id: string | undefined): Answer {
    const records: unknown = Object.hasOwn(event, list) ? Reflect.get(event, list) : undefined
    if (!Array.isArray(records)) return missing()
    if (id === undefined) return page(url, records)
    const record = records.find((one) => String(one.id) === id)
    return record ? json(200, record) : missing()
  }

  function answerOrders(url: URL, slug: string, orders: Map<string, PretixOrder>, code: string | undefined): Answer {
    if (code === undefined) return listOrders(url, withEvent(slug, orders))
    const order = orders.get(code)
    return order ? json(200, shown({ ...order, event: slug }, url)) : missing()
  }

  function listOrders(url: URL, orders: readonly PretixOrder[]): Answer {
    const query = url.searchParams
    const at = (name: string): number | null => (query.has(name) ? Date.parse(query.get(name) ?? '') : null)
    const [createdSince = null, modifiedSince = null] = [at('created_since'), at('modified_since')]
    if (Number.isNaN(createdSince) || Number.isNaN(modifiedSince)) {
      return json(400, { created_since: ['Enter a valid date/time.'] })
    }
    const matching = orders.filter(
      (order) =>
        (query.get('status') ?? order.status) === order.status &&
        (query.get('code') ?? order.code).toUpperCase() === order.code &&
        (createdSince === null || Date.parse(order.datetime) >= createdSince) &&
        (modifiedSince === null || Date.parse(order.last_modified) >= modifiedSince),
    )
    // By default, and asked for.
    matching.sort((left, right) => Date.parse(left.datetime) - Date.parse(right.datetime))
    const fields = query.getAll('include')
    const results = matching.map((order): object => {
      const entries = Object.entries(shown(order, url))
      return Object.fromEntries(fields.length > 0 ? entries.filter(([name]) => fields.includes(name)) : entries)
    })
    return page(url, results, { 'x-page-generated': new Date().toISOString() })
  }

  function page(url: URL, records: readonly object[], headers: Record<string, string> = {}): Answer {
    const size = Math.min(Number(url.searchParams.get('page_size') ?? largestPage), largestPage)
    const number = Number(url.searchParams.get('page') ?? 1)
    const pageCount = Math.max(1, Math.ceil(records.length / size))
    if (number < 1 || number > pageCount) return missing('Invalid page.')
    const link = (to: number): string | null => {
      if (to < 1 || to > pageCount) return null
      const target = new URL(`${url.pathname}${url.search}`, pretix.linkOrigin)
      target.searchParams.set('page', String(to))
      return target.href
    }
    const results = records.slice((number - 1) * size, number * size)
    return json(200, { count: records.length, next: link(number + 1), previous: link(number - 1), results }, headers)
  }

  await pretix.start()
  return pretix
}

function withEvent(slug: string, orders: Map<string, PretixOrder>): PretixOrder[] {
  return [...orders.values()].map((order) => ({ ...order, event: slug }))
}

function shown(order: PretixOrder, { searchParams }: URL): PretixOrder {
  if (searchParams.get('include_canceled_positions') === 'true') return order
  return { ...order, positions: order.positions.filter(({ canceled }) => !canceled) }
}

function missing(detail = 'Not found.'): Answer {
  return json(404, { detail })
}

// Also for what does not exist.
function refused(): Answer {
  return json(403, { detail: 'You do not have permission to perform this action.' })
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, text: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}

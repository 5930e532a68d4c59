// Lists orders page by page, for backfills and audits: by the time they were placed, each page from the last order of the one
// before. New orders come at the end, and one that is deleted meanwhile (pretix lets orders of its test mode be deleted)
// shifts no other out of sight, as it would if pages were counted.
import {
  PermanentError,
  type SourceFilter,
  type SourceFilterField,
  SyncConfigError,
  z,
} from '../../../core/sdk/index.ts'
import { eventPath, eventScope, type OrderReference, orderId, parseScope, slugSchema } from '../order-reference.ts'
import { isNotFound } from '../pretix-errors.ts'
import { listedOrderSchema, orderStatuses } from '../pretix-records.ts'
import type { OrderSource } from './load-orders.ts'
import { statusOptions } from './order-fields.ts'

export const orderFilters: readonly SourceFilterField[] = [
  { key: 'modified_since', label: 'Changed on or after (in UTC)', type: 'date' },
  { key: 'status', label: 'Status', type: 'choice', options: statusOptions },
  { key: 'event', label: 'Event (its short name)', type: 'text' },
  { key: 'code', label: 'Order code', type: 'text' },
]

const filterSchema = z.strictObject({
  modified_since: z.iso.date().optional(),
  status: z.enum(orderStatuses).optional(),
  event: z.string().optional(),
  code: z.string().optional(),
})

/** Behind these orders, which were all placed at that moment. */
const placeSchema = z.object({ organizer: z.string(), since: z.string().nullable(), seen: z.array(z.string()) })
type Place = z.infer<typeof placeSchema>

/** However many are asked for: a page takes a few calls and no minute. */
const maxPageSize = 200
/** The most that pretix gives at once. */
const pretixPageSize = 50

interface PageRequest {
  filter: SourceFilter
  scope: string
  signal: AbortSignal
}

interface Page {
  records: { id: string; scope: string }[]
  next: string | null
}

export async function pageOfOrders(
  source: OrderSource,
  { after, limit, ...request }: PageRequest & { after: string | null; limit: number },
): Promise<Page> {
  const list = await listOf(source, request)
  const begin = after === null ? null : parsePlace(after)
  const size = Math.min(limit, maxPageSize)
  const records: Page['records'] = []
  for (const organizer of list.organizers) {
    if (begin && organizer < begin.organizer) continue
    let place: Place = begin?.organizer === organizer ? begin : { organizer, since: null, seen: [] }
    for await (const { reference, placedAt } of ordersBehind(place, source, list)) {
      if (records.length === size) return { records, next: JSON.stringify(place) }
      const id = orderId(reference)
      records.push({ id, scope: eventScope(reference) })
      place = { organizer, since: placedAt, seen: placedAt === place.since ? [...place.seen, id] : [id] }
    }
  }
  return { records, next: null }
}

export async function countOrders(source: OrderSource, request: PageRequest): Promise<number> {
  const list = await listOf(source, request)
  const counts = await Promise.all(
    list.organizers.map(async (organizer) => {
      for await (const { count } of pagesOf(organizer, source, list, [['page_size', '1']])) return count
      return 0
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

interface OrderList {
  organizers: readonly string[]
  event: string | null
  /** The event was typed in by somebody, and there may be none of that name. */
  isEventTyped: boolean
  query: readonly (readonly [string, string])[]
  signal: AbortSignal
}

async function listOf({ events }: OrderSource, { filter, scope, signal }: PageRequest): Promise<OrderList> {
  signal.throwIfAborted()
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value.trim() !== ''))
  const parsed = filterSchema.safeParse(given)
  if (!parsed.success) throw new SyncConfigError(`Orders cannot be filtered so. ${z.prettifyError(parsed.error)}`)
  const { modified_since: day, status, event: typed, code } = parsed.data
  const { organizer, event: own } = parseScope(scope)
  const event = own ?? typed ?? null
  const isPossible = event === null || (slugSchema.safeParse(event).success && (typed ?? event) === event)
  return {
    organizers: isPossible ? (organizer === null ? await events.organizers() : [organizer]) : [],
    event,
    isEventTyped: own === null && event !== null,
    query: [
      ['ordering', 'datetime'],
      // What is not asked for here is left out by newer versions, which makes them much faster.
      ['include', 'code'],
      ['include', 'event'],
      ['include', 'datetime'],
      ...(day ? [['modified_since', `${day}T00:00:00Z`] as const] : []),
      ...(status ? [['status', status] as const] : []),
      ...(code ? [['code', code] as const] : []),
    ],
    signal,
  }
}

async function* ordersBehind(
  { organizer, since, seen }: Place,
  source: OrderSource,
  list: OrderList,
): AsyncGenerator<{ reference: OrderReference; placedAt: string }> {
  const further = [
    ['page_size', String(pretixPageSize)] as const,
    ...(since === null ? [] : [['created_since', since] as const]),
  ]
  for await (const { results } of pagesOf(organizer, source, list, further)) {
    for (const { code, event = list.event, datetime } of results) {
      if (event === null) {
        throw new PermanentError(
          'pretix does not say to which event an order belongs. It must be of version 2023.8 or newer; with an older one make connections for single events.',
        )
      }
      const reference = { organizer, event, code }
      // What was placed at that very moment comes again.
      if (datetime === since && seen.includes(orderId(reference))) continue
      yield { reference, placedAt: datetime }
    }
  }
}

async function* pagesOf(
  organizer: string,
  { client }: OrderSource,
  { event, isEventTyped, query, signal }: OrderList,
  further: readonly (readonly [string, string])[],
) {
  const path = event === null ? `organizers/${organizer}/` : eventPath({ organizer, event })
  const what = `The list of orders of ${event === null ? organizer : `${organizer}/${event}`}`
  try {
    yield* client.pages({
      what,
      path: `${path}orders/`,
      query: [...query, ...further],
      schema: listedOrderSchema,
      signal,
    })
  } catch (error) {
    if (!isEventTyped || !isNotFound(error)) throw error
  }
}

function parsePlace(text: string): Place {
  try {
    return placeSchema.parse(JSON.parse(text))
  } catch {
    throw new SyncConfigError(`"${text.slice(0, 200)}" is not where a page of orders of pretix can begin.`)
  }
}

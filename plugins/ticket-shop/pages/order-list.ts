// The query behind the list of an event's orders: newest first, paged by key, narrowed by status and by what was searched.
import { type OrderStatus, orderStatuses } from '../order-status.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { utcText } from '../source-models/utc-text.ts'

/** The statuses, and the two that a clerk has to do something about. */
export const orderFilters = [...orderStatuses, 'approval', 'overdue'] as const
export type OrderFilter = (typeof orderFilters)[number]

export interface OrderQuery {
  eventId: string
  filter: OrderFilter | null
  /** The beginning of a code, or part of an e-mail address; empty for all. */
  search: string
  /** Orders that were entered before this one. */
  before: string | null
}

export interface ListedOrder {
  id: string
  code: string
  email: string | null
  status: OrderStatus
  requiresApproval: boolean
  approvedAt: Date | null
  placedAt: Date
  expiresAt: Date
  total: string
  positionCount: number
}

interface OrderRow extends Omit<ListedOrder, 'approvedAt' | 'placedAt' | 'expiresAt'> {
  approvedAt: string | null
  placedAt: string
  expiresAt: string
}

const pageSize = 50
/** Counted no further. */
export const maxOrderCount = 10_000

const conditions: Readonly<Record<OrderFilter, string>> = {
  n: `o.status = 'n'`,
  p: `o.status = 'p'`,
  e: `o.status = 'e'`,
  c: `o.status = 'c'`,
  approval: `o.status = 'n' and o.requires_approval and o.approved_at is null`,
  overdue: `o.status = 'n' and o.expires_at < now() and not (o.requires_approval and o.approved_at is null)`,
}

// Neither a prefix nor a part has to be escaped, as it would have to be for `like`.
const matchSql = (filter: OrderFilter | null) => `o.event_id = $1 and ${filter ? conditions[filter] : 'true'}
  and ($2 = '' or starts_with(o.code, upper($2)) or position(lower($2) in lower(o.email)) > 0)`

export interface OrderPage {
  orders: ListedOrder[]
  nextBefore: string | null
  /** Of all pages, at most one more than `maxOrderCount`; null on any page but the first. */
  count: number | null
}

export async function listOrders(
  database: ShopDatabase,
  { eventId, filter, search, before }: OrderQuery,
): Promise<OrderPage> {
  const rows = await database.select<OrderRow>(
    `select o.id::text as id, o.code, o.email, o.status, o.requires_approval as "requiresApproval",
       ${utcText('o.approved_at')} as "approvedAt", ${utcText('o.placed_at')} as "placedAt",
       ${utcText('o.expires_at')} as "expiresAt", o.total,
       (select count(*)::integer from ticket_shop.order_position p where p.order_id = o.id and not p.is_canceled)
         as "positionCount"
     from ticket_shop."order" o
     where ${matchSql(filter)} and ($3::bigint is null or o.id < $3)
     order by o.id desc limit ${pageSize + 1}`,
    [eventId, search, before],
  )
  const orders = rows.slice(0, pageSize).map(({ approvedAt, placedAt, expiresAt, ...row }) => ({
    ...row,
    approvedAt: approvedAt === null ? null : new Date(approvedAt),
    placedAt: new Date(placedAt),
    expiresAt: new Date(expiresAt),
  }))
  const hasMore = rows.length > pageSize
  return {
    orders,
    nextBefore: hasMore ? (orders.at(-1)?.id ?? null) : null,
    count:
      before === null ? (hasMore ? await countOrders(database, { eventId, filter, search }) : orders.length) : null,
  }
}

// As costly as a search that finds little, so it is left out where the page tells the number already.
async function countOrders(
  database: ShopDatabase,
  { eventId, filter, search }: Omit<OrderQuery, 'before'>,
): Promise<number> {
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count
     from (select from ticket_shop."order" o where ${matchSql(filter)} limit ${maxOrderCount + 1}) counted`,
    [eventId, search],
  )
  return row?.count ?? 0
}

// The work that every contender does for one order: load it, make its three calls, and keep in PostgreSQL what was sent,
// a row a call, as anybody needs who wants to know afterwards what arrived where.
import type pg from 'pg'
import { type FixtureOrder, loadOrders, objectsOf } from '../../support/fixture-shop.ts'
import { sendOrder } from '../contenders.ts'

export interface Target {
  pool: pg.Pool
  baseUrl: string
}

export async function createLedger(pool: pg.Pool): Promise<void> {
  await pool.query(`
    create schema peers;
    create table peers.sent (id bigint generated always as identity primary key, order_id bigint not null,
      object_type text not null, object_id text not null, properties jsonb not null,
      sent_at timestamptz not null default now());
    create index on peers.sent (order_id)`)
}

/** For queues that hand out one job at a time. */
export async function sendOne({ pool, baseUrl }: Target, id: string): Promise<void> {
  const [order] = await loadOrders(pool, [id])
  if (!order) throw new Error(`There is no order ${id}`)
  await sendOrder(baseUrl, order)
  await keep(pool, [order])
}

/** For queues that hand out many: read at once, sent side by side, kept at once. */
export async function sendMany(
  { pool, baseUrl }: Target,
  ids: readonly string[],
  send: (orders: FixtureOrder[], one: (order: FixtureOrder) => Promise<void>) => Promise<void>,
): Promise<void> {
  const orders = await loadOrders(pool, ids)
  await send(orders, (order) => sendOrder(baseUrl, order))
  await keep(pool, orders)
}

async function keep(pool: pg.Pool, orders: readonly FixtureOrder[]): Promise<void> {
  const sent = orders.flatMap((order) => objectsOf(order).map((object) => ({ ...object, orderId: order.id })))
  await pool.query({
    name: 'keep',
    text: `insert into peers.sent (order_id, object_type, object_id, properties)
           select * from unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[])`,
    values: [
      sent.map((object) => object.orderId),
      sent.map((object) => object.type),
      sent.map((object) => object.id),
      sent.map((object) => JSON.stringify(object.properties)),
    ],
  })
}

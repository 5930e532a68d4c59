// A small host for tests and the bench: orders of 2 positions in plain tables, read in two SELECTs a batch, and a provider
// that makes one call an external object.
import type pg from 'pg'
import { z } from 'zod'
import type { HttpResponse } from '../../core/sdk/http-client.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { definePlugin, type Plugin } from '../../core/sdk/plugin.ts'
import { OutboundSyncProvider, type RetryState } from '../../core/sdk/provider.ts'
import type { SourceField, SourceModel, SourceRecord } from '../../core/sdk/source-model.ts'
import type { SyncObjectArgs, SyncObjectResult } from '../../core/sdk/sync-object.ts'
import { swallowPoison } from './poisonable-provider.ts'

export const scope = 'organizer:acme/event:conf26'
export const concurrency = 16

export interface FixtureOrder {
  id: string
  code: string
  email: string
  total: string
  city: string
  positions: { id: string; item: string; price: string; attendee: string }[]
}

export async function createFixtureTables(pool: pg.Pool, orderCount: number): Promise<void> {
  await pool.query(`
    create schema fixture;
    create table fixture.orders (id bigint primary key, code text not null, email text not null, total numeric not null, city text not null);
    create table fixture.positions (id bigint primary key, order_id bigint not null references fixture.orders, item text not null, price numeric not null, attendee text not null);
    create index on fixture.positions (order_id)`)
  await pool.query(
    `insert into fixture.orders select n, 'B' || n, 'buyer' || n || '@customers.example', n * 1.5, 'Berlin' from generate_series(1, $1::int) n`,
    [orderCount],
  )
  await pool.query(
    `insert into fixture.positions select o * 2 + p, o, 'Ticket', 42.00, 'Ada Lovelace' from generate_series(1, $1::int) o, generate_series(0, 1) p`,
    [orderCount],
  )
  await pool.query('analyze fixture.orders, fixture.positions')
}

/** Two SELECTs, whatever the number of ids. */
export async function loadOrders(pool: pg.Pool, ids: readonly string[]): Promise<FixtureOrder[]> {
  const [orders, positions] = await Promise.all([
    pool.query({
      name: 'fixture_orders',
      text: 'select id, code, email, total, city from fixture.orders where id = any($1::bigint[])',
      values: [ids],
    }),
    pool.query({
      name: 'fixture_positions',
      text: 'select id, order_id, item, price, attendee from fixture.positions where order_id = any($1::bigint[]) order by id',
      values: [ids],
    }),
  ])
  const byOrder = Map.groupBy(positions.rows, (row) => row.order_id)
  return orders.rows.map((order) => ({ ...order, positions: byOrder.get(order.id) ?? [] }))
}

/** What is sent for an order, the same in every contender. */
export function objectsOf(order: FixtureOrder): { type: string; id: string; properties: Record<string, string> }[] {
  return [
    ...order.positions.map((position) => ({
      type: 'ticket',
      id: position.id,
      properties: { item: position.item, price: position.price, attendee: position.attendee },
    })),
    {
      type: 'deal',
      id: order.code,
      properties: { code: order.code, email: order.email, total: order.total, city: order.city },
    },
  ]
}

const field = (key: string, input: string): SourceField => ({
  key,
  label: key,
  category: { label: 'Order', sortIndex: 1 },
  type: 'text',
  requiredInput: input,
  getter: (inputs) => {
    const record = inputs[input]
    return typeof record === 'object' && record !== null ? String(Reflect.get(record, key) ?? '') : null
  },
})
const fields: Record<string, SourceField[]> = {
  Order: ['code', 'email', 'total', 'city'].map((key) => field(key, 'order')),
  OrderPosition: ['id', 'item', 'price', 'attendee'].map((key) => field(key, 'position')),
}

export function createOrderModel(pool: pg.Pool): SourceModel {
  return {
    name: 'Order',
    label: 'Order',
    labelPlural: 'Orders',
    inputs: ['order'],
    nested: { OrderPosition: { label: 'Position', inputs: ['position', 'order'] } },
    filters: [],
    fields: async (model) => fields[model] ?? [],
    async load(ids): Promise<SourceRecord[]> {
      return (await loadOrders(pool, ids)).map((order) => ({
        id: order.id,
        label: order.code,
        scope,
        inputs: { order },
        nested: {
          OrderPosition: order.positions.map((position) => ({
            id: position.id,
            label: position.id,
            inputs: { position, order },
          })),
        },
      }))
    },
    async page(after, _filter, { limit }) {
      const { rows } = await pool.query('select id from fixture.orders where id > $1 order by id limit $2', [
        after ?? 0,
        limit,
      ])
      const records = rows.map((row) => ({ id: String(row.id), scope }))
      return { records, next: records.length < limit ? null : (records.at(-1)?.id ?? null) }
    },
    async count() {
      const { rows } = await pool.query('select count(*)::int as count from fixture.orders')
      return rows[0].count
    },
  }
}

const answerSchema = z.object({ id: z.string(), isNew: z.boolean() })

class FixtureProvider extends OutboundSyncProvider<{ baseUrl: string }> {
  static override readonly identifier = 'fixture'
  static override readonly settings = z.object({ baseUrl: z.url() })
  static override readonly limits = { concurrency }
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      key: 'ticket',
      sourceModel: 'OrderPosition',
      externalObjectType: 'ticket',
      sourceIdField: 'id',
      externalIdField: 'id',
      propertyMappings: ['item', 'price', 'attendee'].map((key) => ({ externalField: key, source: { field: key } })),
    },
    {
      key: 'deal',
      sourceModel: 'Order',
      externalObjectType: 'deal',
      sourceIdField: 'code',
      externalIdField: 'code',
      propertyMappings: ['code', 'email', 'total', 'city'].map((key) => ({
        externalField: key,
        source: { field: key },
      })),
    },
  ])

  async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    const response = await args.http.request({
      method: 'PUT',
      url: `${this.context.settings.baseUrl}/${args.mapping.externalObjectType}/${args.idValue}`,
      json: Object.fromEntries(args.properties.map(([key, value]) => [key, value])),
      idempotencyKey: args.idempotencyKey,
      signal: args.signal,
    })
    const { id, isNew } = answerSchema.parse(response.json())
    return { action: isNew ? 'created' : 'updated', remoteId: id }
  }
}

const foundSchema = z.object({ ids: z.array(z.string()) })
const createdSchema = z.object({ id: z.string() })

/** As most real systems want it: looks the object up by its identifying field, then creates or updates it. */
class ReconcilingProvider extends FixtureProvider {
  static override readonly maxAttempts = 12
  static override readonly limits = { concurrency, objectTimeoutMs: 5_000 }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    const remoteId = args.known?.remoteId ?? (await this.#find(args))
    if (remoteId !== null && (await this.#update(args, remoteId))) return { action: 'updated', remoteId }
    const created = await this.#write(args, 'POST', '')
    const { id } = createdSchema.parse(created.json())
    if (created.status !== 409) return { action: 'created', remoteId: id }
    // Its search had not seen it yet.
    await this.#update(args, id)
    return { action: 'updated', remoteId: id }
  }

  async #find({ mapping, idValue, http, signal }: SyncObjectArgs): Promise<string | null> {
    const url = `${this.context.settings.baseUrl}/${mapping.externalObjectType}`
    const response = await http.request({ url, query: { externalId: idValue }, signal })
    return foundSchema.parse(response.json()).ids[0] ?? null
  }

  async #update(args: SyncObjectArgs, remoteId: string): Promise<boolean> {
    return (await this.#write(args, 'PATCH', `/${remoteId}`)).status !== 404
  }

  #write(args: SyncObjectArgs, method: 'POST' | 'PATCH', path: string): Promise<HttpResponse> {
    return args.http.request({
      method,
      url: `${this.context.settings.baseUrl}/${args.mapping.externalObjectType}${path}`,
      json: { externalId: args.idValue, properties: Object.fromEntries(args.properties) },
      idempotencyKey: args.idempotencyKey,
      expectStatus: [404, 409],
      signal: args.signal,
    })
  }
}

class PoisonableProvider extends FixtureProvider {
  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    swallowPoison(args)
    return super.syncObjectWithProperties(args)
  }

  override nextRetryDate({ now }: RetryState): Date {
    return new Date(now.getTime() + 500)
  }
}

export interface FixtureOptions {
  /** Looks objects up before it creates them. @default false: upserts in one call */
  isReconciling?: boolean
  /** Records can harm the process that sends them; a failed job waits half a second. @default false */
  isPoisonable?: boolean
  /** How long a reconciling provider lets a failed job wait. @default 500 */
  backoffMs?: number
}

export function createFixturePlugin(
  pool: pg.Pool,
  { isReconciling = false, isPoisonable = false, backoffMs = 500 }: FixtureOptions = {},
): Plugin {
  class Reconciling extends ReconcilingProvider {
    override nextRetryDate({ now }: RetryState): Date {
      return new Date(now.getTime() + backoffMs)
    }
  }
  const provider = isPoisonable ? PoisonableProvider : isReconciling ? Reconciling : FixtureProvider
  return definePlugin({
    name: 'fixture',
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    providers: [provider],
    taps: {
      order_placed: async (event) => {
        await provider.enqueueOrder(event, 'order_placed')
      },
    },
    setup: () => ({ sourceModels: [createOrderModel(pool)] }),
  })
}

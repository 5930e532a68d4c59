// The ticket shop on a real database of its own, with its signals recorded: what a test of the shop begins with.
import assert from 'node:assert/strict'
import pg from 'pg'
import { AsyncSeriesHook } from 'tapable'
import {
  type HostEvent,
  type Operations,
  type PluginContext,
  type PluginContributions,
  type ScopeCopy,
  type SignalName,
  type SignalPayload,
  type Signals,
  signalNames,
} from '../../core/sdk/index.ts'
import ticketShop from '../../plugins/ticket-shop/index.ts'
import { createShopDatabase, type Shop } from '../../plugins/ticket-shop/shop-database.ts'
import { createTestDatabase } from './test-database.ts'

export interface FiredSignal extends SignalPayload {
  name: SignalName
  /** Versions of the subjects as the firing transaction saw them, and as the rest of the world did. */
  versionsInside: unknown[]
  versionsOutside: unknown[]
}

export interface TicketShopContext {
  context: PluginContext
  contributions: PluginContributions
  shop: Shop
  /** Taken and emptied. */
  takeFired(): FiredSignal[]
  /** Scopes that were told to be copied; taken and emptied. */
  takeCopies(): Omit<ScopeCopy, 'transaction'>[]
  /** Makes the next signal fail, as a failing INSERT of the core would. */
  failNextSignal(error: Error): void
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export async function createTicketShopContext(): Promise<TicketShopContext> {
  const { databaseUrl, drop } = await createTestDatabase()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 })
  // The database is dropped while the pool's connections are still saying goodbye.
  pool.on('connect', (client) => client.on('error', () => undefined))
  for (const { up } of ticketShop.migrations) await pool.query(up)
  const fired: FiredSignal[] = []
  let failure: Error | null = null
  const hooks = signalNames.map((name) => {
    const hook = new AsyncSeriesHook<[HostEvent]>(['event'], name)
    hook.tapPromise('recorder', async ({ transaction, ...payload }) => {
      assert.notEqual(transaction, 'none', 'the shop fires inside its transactions')
      if (transaction === 'none') return
      const { text, values } = versionsOf(payload)
      const inside = await transaction.executeSql(text, values)
      const outside = await pool.query(text, values)
      fired.push({
        name,
        ...payload,
        versionsInside: inside.rows.map(({ version }) => version),
        versionsOutside: outside.rows.map(({ version }) => version),
      })
      const error = failure
      failure = null
      if (error) throw error
    })
    return [name, hook] as const
  })
  // One hook for every name of the tuple.
  const tapped = Object.fromEntries(hooks) as Omit<Signals, 'scope_copied'>
  const copies: Omit<ScopeCopy, 'transaction'>[] = []
  const signals: Signals = {
    ...tapped,
    scope_copied: {
      async promise({ transaction, ...copy }) {
        assert.notEqual(transaction, 'none', 'the shop fires inside its transactions')
        copies.push(copy)
        const error = failure
        failure = null
        if (error) throw error
      },
    },
  }
  const context: PluginContext = {
    options: {},
    http: { request: () => assert.fail('the shop calls nobody') },
    signals,
    databaseUrl,
    executeSql: (text, values) => pool.query(text, [...values]),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    operations: refuseOperations(),
  }
  const contributions = ticketShop.setup?.(context) ?? {}
  const shop: Shop = { database: createShopDatabase({ databaseUrl }), signals }
  return {
    context,
    contributions,
    shop,
    takeFired: () => fired.splice(0),
    takeCopies: () => copies.splice(0),
    failNextSignal(error) {
      failure = error
    },
    query: async (text, values = []) => (await pool.query(text, [...values])).rows,
    async close() {
      await shop.database.close()
      await contributions.close?.()
      await pool.end()
      await drop()
    },
  }
}

function versionsOf({ subjects }: SignalPayload): { text: string; values: unknown[] } {
  const table = subjects[0]?.model === 'Customer' ? 'customer' : '"order"'
  return {
    text: `select version from ticket_shop.${table} where id = any($1::bigint[]) order by id`,
    values: [subjects.map(({ id }) => id)],
  }
}

// The shop's data layer, actions and source models ask nothing of the core's operations.
function refuseOperations(): Operations {
  // Every member is a function that refuses, whatever its type.
  return new Proxy({} as Operations, {
    get: (_target, name) => {
      throw new Error(`This test has no operation ${String(name)}`)
    },
  })
}

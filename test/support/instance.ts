// A whole instance on a database of its own, with the fixture shop as host and a remote in another process.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Database } from '../../core/database/transaction.ts'
import type { OutboundSync, OutboundSyncOptions } from '../../core/instance.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { fromNodePostgres } from '../../core/sdk/from-node-postgres.ts'
import type { Plugin } from '../../core/sdk/plugin.ts'
import { createFixturePlugin, createFixtureTables, scope } from './fixture-shop.ts'
import { createMigratedDatabase } from './migrated-database.ts'
import { type Remote, startRemote } from './start-remote.ts'

export interface Instance {
  sync: OutboundSync
  pool: pg.Pool
  remote: Remote
  databaseUrl: string
  database: Database
  keyFolder: string
  connectionId: string
  /** Everything the instance logged, a line an entry. */
  logLines: string[]
  /** Runs `work` in a host transaction with the border to fire with; rolls back when it throws. */
  inTransaction(
    work: (border: ReturnType<typeof fromNodePostgres>, client: pg.PoolClient) => Promise<void>,
  ): Promise<void>
  /** Fires order_placed for one order in a transaction of its own. */
  placeOrder(id: string): Promise<void>
  /** Fires order_placed for the orders from one id to another, each in a transaction of its own, some at a time. */
  placeOrders(fromId: number, toId: number): Promise<void>
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  untilIdle(timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

export async function createInstance({
  orderCount = 20,
  plugins = [],
  server,
  ...options
}: {
  orderCount?: number
  /** Another PostgreSQL than that of the test run. */
  server?: string
  plugins?: readonly (string | Plugin)[]
} & Partial<OutboundSyncOptions> = {}): Promise<Instance> {
  const { databaseUrl, database, drop } = await createMigratedDatabase({ server })
  const keyFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-keys-'))
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 12 })
  // Some tests take the database away; the statements under way then fail one by one.
  pool.on('error', () => undefined)
  await createFixtureTables(pool, orderCount)
  const remote = await startRemote()
  const logLines: string[] = []
  const sync = await createOutboundSync({
    databaseUrl,
    plugins: [createFixturePlugin(pool), ...plugins],
    keyFolder,
    egressAllow: [`127.0.0.1:${remote.port}`],
    workerPollIntervalMs: 100,
    logStream: {
      write(line) {
        logLines.push(line)
      },
    },
    ...options,
  })
  await sync.start()
  const { connectionId } = await sync.operations.ensureConnection({
    provider: 'fixture',
    name: 'Remote',
    scope,
    settings: { baseUrl: remote.baseUrl },
    actor: 'test',
  })

  const inTransaction: Instance['inTransaction'] = async (work) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await work(fromNodePostgres(client), client)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }
  const rows: Instance['rows'] = async (sql, values = []) => (await pool.query(sql, [...values])).rows

  const placeOrder: Instance['placeOrder'] = (id) =>
    inTransaction(async (transaction) => {
      await sync.signals.order_placed.promise({ scope, subjects: [{ model: 'Order', id }], transaction })
    })

  return {
    sync,
    pool,
    remote,
    databaseUrl,
    database,
    keyFolder,
    connectionId,
    logLines,
    inTransaction,
    placeOrder,
    async placeOrders(fromId, toId) {
      let next = fromId
      const placeAll = async (): Promise<void> => {
        while (next <= toId) await placeOrder(String(next++))
      }
      await Promise.all(Array.from({ length: 8 }, placeAll))
    },
    rows,
    untilIdle: (timeoutMs = 20_000) =>
      until(async () => {
        const [row] = await rows(
          `select count(*)::int as count from outbound_sync.sync_job where state in ('waiting', 'in_flight') and not_before <= now()`,
        )
        return row?.count === 0
      }, timeoutMs),
    async close() {
      await sync.stop()
      await pool.end()
      await remote.stop()
      await drop()
      await rm(keyFolder, { recursive: true, force: true })
    },
  }
}

/** Waits for a condition that another process or a worker brings about. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not reached within ${timeoutMs} ms: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

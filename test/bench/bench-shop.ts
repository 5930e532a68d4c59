// Where a part of the bench works: a database of its own with the fixture shop's orders and the product over it, all on
// one embedded PostgreSQL (fsync and synchronous_commit are on) and with one remote in a process of its own.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'
import type { OutboundSync } from '../../core/instance.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import type { MappingDocument } from '../../core/sdk/mapping.ts'
import { createFixturePlugin, createFixtureTables, scope as fixtureScope } from '../support/fixture-shop.ts'
import { type Remote, startRemote } from '../support/start-remote.ts'

export interface Bench {
  remote: Remote
  /** Orders a measurement, unless the part says otherwise. */
  orderCount: number
  /** Measured rounds, after one to warm up. */
  roundCount: number
  openShop(options: { name: string; orderCount: number }): Promise<BenchShop>
  close(): Promise<void>
}

export interface BenchShop {
  databaseUrl: string
  keyFolder: string
  pool: pg.Pool
  sync: OutboundSync
  remote: Remote
  /** A connection of its own for every measurement: nothing is known of it and every object is sent. */
  connect(options?: { scope?: string; baseUrl?: string; mappings?: MappingDocument }): Promise<string>
  /** Takes all connections out of service; what is queued for them stays. */
  disconnectAll(): Promise<void>
  close(): Promise<void>
}

export const firstIds = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1))

export async function openBench({ orderCount, roundCount }: Pick<Bench, 'orderCount' | 'roundCount'>): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'outbound-sync-bench-'))
  // As root the server runs as another user, who must be able to enter the folder.
  await chmod(folder, 0o711)
  const server = await startEmbeddedPostgres({ dataFolder: folder, settings: { max_connections: '200' } })
  // At an exit the server is stopped with us; a signal alone would leave it running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const remote = await startRemote()
  return {
    remote,
    orderCount,
    roundCount,
    openShop: (options) => openShop({ ...options, serverUrl: server.databaseUrl, keyFolder: folder, remote }),
    async close() {
      await remote.stop()
      await server.release()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function openShop({
  name,
  orderCount,
  serverUrl,
  keyFolder,
  remote,
}: {
  name: string
  orderCount: number
  serverUrl: string
  keyFolder: string
  remote: Remote
}): Promise<BenchShop> {
  const databaseName = `bench_${name}`
  await onServer(serverUrl, `create database ${databaseName}`)
  const url = new URL(serverUrl)
  url.pathname = `/${databaseName}`
  const databaseUrl = url.href
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 })
  const sync = await createOutboundSync({
    databaseUrl,
    plugins: [createFixturePlugin(pool)],
    keyFolder,
    egressAllow: ['127.0.0.1'],
    logLevel: 'error',
  })
  await createFixtureTables(pool, orderCount)
  await sync.start()
  let connectionCount = 0
  return {
    databaseUrl,
    keyFolder,
    pool,
    sync,
    remote,
    async connect({ scope = fixtureScope, baseUrl = remote.baseUrl, mappings } = {}) {
      const { connectionId } = await sync.operations.ensureConnection({
        provider: 'fixture',
        name: `Bench ${++connectionCount}`,
        scope,
        settings: { baseUrl },
        ...(mappings ? { mappings } : {}),
        actor: 'bench',
      })
      return connectionId
    },
    async disconnectAll() {
      await pool.query(`update outbound_sync.connection set state = 'disabled' where state = 'active'`)
    },
    async close() {
      await sync.stop()
      await pool.end()
      await onServer(serverUrl, `drop database ${databaseName} with (force)`)
    },
  }
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

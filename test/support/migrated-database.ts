// A database of its own with our tables and the queue's in it, for a test file: cloned from a template that the first
// one makes.
import { createHash } from 'node:crypto'
import pg from 'pg'
import { listMigrations, migrate } from '../../core/database/migrate.ts'
import { createPool } from '../../core/database/pool.ts'
import type { Database } from '../../core/database/transaction.ts'
import { bossScript, migrateBoss } from '../../core/queue/boss.ts'
import type { Log } from '../../core/sdk/log.ts'
import { createTestDatabase } from './test-database.ts'

export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
const bossSchema = 'outbound_sync_boss'
const schema = 'outbound_sync'
const templateLock = 4_711_001

/** @param server URL of another PostgreSQL. @default that of TEST_DATABASE_URL */
export async function createMigratedDatabase({ server }: { server?: string } = {}): Promise<{
  database: Database
  databaseUrl: string
  drop(): Promise<void>
}> {
  const template = await ensureTemplate(server)
  const { databaseUrl, drop } = await createTestDatabase({ template, server })
  const database = createPool({ databaseUrl, schema, log: quietLog, maxConnections: 12 })
  return {
    database,
    databaseUrl,
    async drop() {
      await database.close()
      await drop()
    },
  }
}

async function ensureTemplate(server = process.env.TEST_DATABASE_URL): Promise<string> {
  if (!server) throw new Error('Set TEST_DATABASE_URL to the URL of a PostgreSQL server that tests may use.')
  const migrations = listMigrations({ schema, plugins: [] })
  const content = JSON.stringify(migrations) + bossScript(bossSchema)
  const name = `template_${createHash('sha256').update(content).digest('hex').slice(0, 16)}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [templateLock])
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rows.length > 0) return name
    const unfinished = `${name}_unfinished`
    await client.query(`drop database if exists ${unfinished} with (force)`)
    await client.query(`create database ${unfinished}`)
    const url = new URL(server)
    url.pathname = `/${unfinished}`
    const database = createPool({ databaseUrl: url.href, schema, log: quietLog })
    await migrate(database, migrations)
    await migrateBoss({ database, schema: bossSchema, log: quietLog })
    await database.close()
    await client.query(`alter database ${unfinished} rename to ${name}`)
    return name
  } finally {
    await client.end()
  }
}

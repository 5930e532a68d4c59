// The one driver: a node-postgres pool, with prepared statements, transactions and LISTEN on top.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { messageOf } from '../errors.ts'
import type { Log } from '../sdk/log.ts'
import { statementName } from '../sdk/transaction.ts'
import { GatheringSocket } from './gathering-socket.ts'
import { toMissingTables } from './missing-tables.ts'
import type { Database, SqlResult, SqlSession } from './transaction.ts'

export interface PoolOptions {
  databaseUrl: string
  schema: string
  log: Log
  /** @default 10 */
  maxConnections?: number
  /** Off behind a PgBouncer older than 1.21 in transaction mode. @default true */
  preparedStatements?: boolean
  /** Longest wait for a row lock, below PostgreSQL's deadlock_timeout of 1 s. @default 800 */
  lockTimeoutMs?: number
}

/**
 * Longest wait for an answer, after which the connection is given up: one that fell silent, behind a firewall that forgot
 * it, would be waited for without end. Scripts without values (migrations) take as long as they take.
 */
const statementTimeoutMs = 30_000
/** A silent LISTEN connection would only be missed: it is asked this often, and given up when it does not answer. */
const listenCheckMs = 10_000
const listenAnswerMs = 5_000

export function createPool(options: PoolOptions): Database {
  const isPrepared = options.preparedStatements ?? true
  const lockTimeoutMs = options.lockTimeoutMs ?? 800
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 10_000,
    // Statements that nobody waits for in between are sent at once instead of one per round trip.
    pipeline: true,
    stream: () => new GatheringSocket(),
    keepAlive: true,
    application_name: 'outbound-sync',
  })
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => options.log.warn({ error: messageOf(error) }, 'A database connection was lost'))

  const sessionOn = (client: pg.Pool | pg.PoolClient): SqlSession => ({
    async executeSql<Row>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
      const query = values
        ? client.query(limited({ ...(isPrepared ? { name: statementName(text) } : {}), text, values: [...values] }))
        : client.query(text)
      const result = await query.catch((error: unknown) => {
        throw toMissingTables(error, options.schema)
      })
      // A script of several statements answers with a list. The statement beside the call names the columns.
      const rows: unknown[] = Array.isArray(result) ? result.flatMap((one: pg.QueryResult) => one.rows) : result.rows
      return { rows: rows as Row[] }
    },
  })

  // A client in use has lost the pool's listener; without this one a connection that breaks between two statements would
  // end the process.
  const connect = async (): Promise<{ client: pg.PoolClient; release(brokenBy?: Error): void }> => {
    const client = await pool.connect()
    let lost: Error | undefined
    const onError = (error: Error): void => {
      lost = error
    }
    client.on('error', onError)
    return {
      client,
      release(brokenBy) {
        client.off('error', onError)
        client.release(brokenBy ?? lost)
      },
    }
  }

  return Object.freeze({
    schema: options.schema,
    databaseUrl: options.databaseUrl,
    ...sessionOn(pool),
    async session<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
      const { client, release } = await connect()
      try {
        return await work(sessionOn(client))
      } finally {
        release()
      }
    },
    async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
      const { client, release } = await connect()
      let brokenBy: Error | undefined
      try {
        await client.query(limited({ text: `begin; set local lock_timeout = ${lockTimeoutMs}` }))
        const result = await work(sessionOn(client))
        await client.query(limited({ text: 'commit' }))
        return result
      } catch (error) {
        await client.query(limited({ text: 'rollback' })).catch((rollbackError: Error) => {
          brokenBy = rollbackError
        })
        throw error
      } finally {
        release(brokenBy)
      }
    },
    listen: (channel, onNotification) => listen({ ...options, channel, onNotification }),
    close: () => pool.end(),
  } satisfies Database)
}

// LISTEN needs a session of its own, which PgBouncer in transaction mode cannot give: polling covers that case.
async function listen(
  options: PoolOptions & { channel: string; onNotification: () => void },
): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController()
  let current: pg.Client | null = null

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const client = new pg.Client({
        connectionString: options.databaseUrl,
        keepAlive: true,
        connectionTimeoutMillis: 10_000,
      })
      const ended = new Promise<void>((resolve) => {
        client.once('error', () => resolve())
        client.once('end', () => resolve())
      })
      try {
        await client.connect()
        current = client
        client.on('notification', options.onNotification)
        await client.query(`listen ${options.channel}`)
        options.onNotification()
        await Promise.race([ended, askUntilSilent(client, stop.signal)])
      } catch (error) {
        options.log.warn({ error: messageOf(error) }, 'Cannot listen for wake-ups; polling covers it')
      }
      current = null
      await client.end().catch(() => undefined)
      await delay(2_000, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    async close() {
      stop.abort()
      await current?.end().catch(() => undefined)
      await running
    },
  }
}

/** Rejects when the connection does not answer any more. */
async function askUntilSilent(client: pg.Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(listenCheckMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await client.query(limited({ text: 'select 1' }, listenAnswerMs))
  }
}

// node-postgres reads query_timeout of a statement; its types know it of a connection only.
function limited(config: pg.QueryConfig, timeoutMs = statementTimeoutMs): pg.QueryConfig {
  return Object.assign(config, { query_timeout: timeoutMs })
}

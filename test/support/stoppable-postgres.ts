// A PostgreSQL of its own for a test that takes the database away: killed as by a power cut, started again on its port.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'
import { currentServer, ensureServer } from '../../core/database/embedded-postgres-server.ts'
import { until } from './instance.ts'

const settings = { max_connections: '100' }

export interface StoppablePostgres {
  databaseUrl: string
  port: number
  /** `pg_ctl -m immediate stop`: all its processes end at once, the next start recovers. */
  stop(): Promise<void>
  /** Resolves when it accepts connections. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function startStoppablePostgres(): Promise<StoppablePostgres> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-postgres-'))
  // As root the server runs as another user, who must be able to enter the folder.
  await chmod(dataFolder, 0o711)
  const { databaseUrl, release } = await startEmbeddedPostgres({ dataFolder, settings })
  const port = Number(new URL(databaseUrl).port)
  return {
    databaseUrl,
    port,
    async stop() {
      const server = currentServer(dataFolder)
      if (!server) throw new Error('The server does not run')
      process.kill(server.pid, 'SIGQUIT')
      await until(() => currentServer(dataFolder) === undefined)
    },
    async start() {
      await ensureServer({ dataFolder, port, settings, hasOtherUsers: false })
    },
    async close() {
      await release()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

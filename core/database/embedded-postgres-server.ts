// Brings the server of a data folder into the state that a caller asks for: reuses the running one, or starts it after
// clearing away what a kill -9 of an earlier server left. Called under the lock by embedded-postgres.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OutboundSyncError } from '../errors.ts'
import { type Cluster, clusterPath, prepareCluster } from './embedded-postgres-cluster.ts'
import { chooseFreePort, isPortFree } from './embedded-postgres-port.ts'
import { commandLineOf } from './embedded-postgres-process.ts'
import {
  endOrphans,
  findServer,
  launchServer,
  longestWaitMs,
  type ServerProcess,
  settleServer,
  stopServer,
} from './embedded-postgres-server-process.ts'

interface ServerWish {
  dataFolder: string
  port: number | undefined
  settings: Record<string, string>
  /** True while somebody else uses the server, so that it must not be restarted. */
  hasOtherUsers: boolean
}

/** PostgreSQL's words for: the port was taken just now; backends of a killed server still live; another one starts. */
const passingFailures = ['Address already in use', 'pre-existing shared memory block', 'postmaster.pid" already exists']

const defaultSettings = { max_connections: '200', shared_buffers: '128MB' }

/** A server that accepts connections. */
export async function ensureServer(wish: ServerWish): Promise<ServerProcess> {
  return (await reuseServer(wish)) ?? (await startServer(wish, await prepareCluster(wish.dataFolder)))
}

/** The running server of this data folder. */
export function currentServer(dataFolder: string): ServerProcess | undefined {
  const path = clusterPath(dataFolder)
  return path === undefined ? undefined : findServer(path)
}

async function reuseServer(wish: ServerWish): Promise<ServerProcess | undefined> {
  const found = currentServer(wish.dataFolder)
  const server = found && (await settleServer(found))
  if (!server) return undefined
  const wishedPort = wish.port ?? server.port
  const isAsWished = commandLineOf(server.pid).endsWith(
    serverArgs(server.dataPath, wishedPort, wish.settings).join(' '),
  )
  if (isAsWished) return server
  if (!wish.hasOtherUsers) {
    await stopServer(server)
    return undefined
  }
  if (wishedPort === server.port) return server
  throw new OutboundSyncError(
    'port_differs',
    `The embedded PostgreSQL in ${wish.dataFolder} already runs on port ${server.port} for other processes, not on ${wishedPort}. Ask for port ${server.port} or none, or end those processes first.`,
  )
}

async function startServer(wish: ServerWish, cluster: Cluster): Promise<ServerProcess> {
  const dataPath = cluster.path
  const giveUpAt = performance.now() + longestWaitMs
  for (;;) {
    // Somebody killed at the very moment of starting may have left one that was not to be seen before.
    const survivor = findServer(dataPath)
    const settled = survivor && (await settleServer(survivor))
    if (settled) return settled
    // PostgreSQL itself only asks whether any process has the number in this file.
    rmSync(join(dataPath, 'postmaster.pid'), { force: true })
    if (wish.port !== undefined && !(await isPortFree(wish.port))) throw portTaken(wish.port)
    const port = wish.port ?? (await chooseFreePort(wish.dataFolder))
    const started = await launchServer({
      program: cluster.binaries.postgres,
      args: serverArgs(dataPath, port, wish.settings),
      user: cluster.user,
      dataPath,
      logFile: join(wish.dataFolder, 'postgres.log'),
    })
    if (!('failure' in started)) return started
    const isWorthAnotherTry = passingFailures.some((text) => started.failure.includes(text))
    if (!isWorthAnotherTry || performance.now() > giveUpAt) throw startFailed(wish, started.failure)
    if (!findServer(dataPath)) endOrphans(dataPath)
    await delay(50)
  }
}

/** The last of two equal settings counts, so nobody can open the server to the network by a setting. */
function serverArgs(dataPath: string, port: number, settings: Record<string, string>): string[] {
  const own = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
  const all = Object.entries({ ...defaultSettings, ...settings, ...own })
  return ['-D', dataPath, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function portTaken(port: number): OutboundSyncError {
  return new OutboundSyncError(
    'port_taken',
    `The embedded PostgreSQL cannot listen on 127.0.0.1:${port}: another program does, or this user may not. Choose another port, leave it out to get a free one, or end that program.`,
  )
}

function startFailed(wish: ServerWish, failure: string): OutboundSyncError {
  return new OutboundSyncError(
    'embedded_postgres_failed',
    `Starting the embedded PostgreSQL in ${wish.dataFolder} failed (${failure}). Solve that (the log is ${join(wish.dataFolder, 'postgres.log')}), or set DATABASE_URL to a PostgreSQL server.`,
  )
}

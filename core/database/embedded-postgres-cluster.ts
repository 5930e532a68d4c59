// The data of the embedded PostgreSQL: where it lies, whom it belongs to, and how it is made by initdb, once. It is made
// aside and moved into place whole, so that a kill -9 in between leaves nothing half made. Called under the lock by
// embedded-postgres-server when no server runs.
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OutboundSyncError } from '../errors.ts'
import { type Binaries, findBinaries, lastLines, runProgram } from './embedded-postgres-binaries.ts'
import { isReachable, isRoot, outsidePlaceOf, type ServerUser, unprivilegedUser } from './embedded-postgres-root.ts'
import { findServer, stopServer } from './embedded-postgres-server-process.ts'

export const roleName = 'outbound_sync'

/** Data that a server can be started on, and with what. */
export interface Cluster {
  path: string
  user: ServerUser | undefined
  binaries: Binaries
}

/** The real path of the data, or undefined when there is none yet. `data` is a link when the data had to lie outside. */
export function clusterPath(dataFolder: string): string | undefined {
  const data = join(dataFolder, 'data')
  return existsSync(data) ? realpathSync(data) : undefined
}

export async function prepareCluster(dataFolder: string): Promise<Cluster> {
  const path = clusterPath(dataFolder)
  if (path === undefined) return createCluster(dataFolder)
  const user = ownerOf(path)
  const binaries = await findBinaries(user)
  requireVersion(path, binaries)
  return { path, user, binaries }
}

/** The password of our only role. The file is the only place that knows it. */
export async function readPassword(dataFolder: string): Promise<string> {
  const file = passwordFile(dataFolder)
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim()
  throw new OutboundSyncError(
    'embedded_postgres_failed',
    `The password of the embedded PostgreSQL, ${file}, is missing. Bring that file back, or move the data folder away to start empty.`,
  )
}

async function createCluster(dataFolder: string): Promise<Cluster> {
  const user = isRoot() ? unprivilegedUser() : undefined
  const binaries = await findBinaries(user)
  const isOutside = user !== undefined && !isReachable(dataFolder, user)
  const place = isOutside ? await emptyOutsidePlace(dataFolder) : dataFolder
  await clear(
    place,
    (await readdir(place)).filter((name) => name.startsWith('new-')),
  )
  const password = randomBytes(24).toString('hex')
  await writeFile(passwordFile(dataFolder), password, { mode: 0o600 })
  const aside = await mkdtemp(join(place, 'new-'))
  await runInitdb({ aside, password, user, binaries })
  const path = join(place, 'data')
  // Only a link whose target was deleted can be in the way.
  await rm(join(dataFolder, 'data'), { force: true })
  await rename(join(aside, 'data'), path)
  if (isOutside) await symlink(path, join(dataFolder, 'data'))
  await rm(aside, { recursive: true })
  return { path, user, binaries }
}

async function runInitdb(options: {
  aside: string
  password: string
  user: ServerUser | undefined
  binaries: Binaries
}): Promise<void> {
  const { aside, user, binaries } = options
  const passwordCopy = join(aside, 'password')
  await writeFile(passwordCopy, options.password, { mode: 0o600, flag: 'wx' })
  if (user) for (const path of [aside, passwordCopy]) chownSync(path, user.uid, user.gid)
  const choices = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${roleName}`, '--auth=scram-sha-256', `--pwfile=${passwordCopy}`, '--no-instructions']
  const made = await runProgram(binaries.initdb, [`--pgdata=${join(aside, 'data')}`, ...choices, ...access], user)
  if (made.isOk) return
  await rm(aside, { recursive: true })
  throw new OutboundSyncError(
    'embedded_postgres_failed',
    `Creating the data of the embedded PostgreSQL below ${dirname(aside)} failed (${lastLines(made.output)}). Solve that, or set DATABASE_URL to a PostgreSQL server.`,
  )
}

/** No link leads here any more: the data folder was deleted, and this is what it left behind. */
async function emptyOutsidePlace(dataFolder: string): Promise<string> {
  const place = outsidePlaceOf(dataFolder)
  const server = findServer(join(place, 'data'))
  if (server) await stopServer(server)
  await clear(place, await readdir(place))
  return place
}

/** The initdb of a killed start may still write here; it gives up when it misses the first file. */
async function clear(folder: string, names: string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { recursive: true, maxRetries: 20, retryDelay: 20 })
}

function ownerOf(path: string): ServerUser | undefined {
  if (!isRoot()) return undefined
  const { uid, gid } = statSync(path)
  const user = { name: `with id ${uid}`, uid, gid }
  if (uid !== 0 && isReachable(path, user)) return user
  throw new OutboundSyncError(
    'data_folder_unwritable',
    uid === 0
      ? `The embedded PostgreSQL cannot run as root, but its data ${path} belongs to root. Give it to another user with "chown -R", or move it away to start empty.`
      : `The embedded PostgreSQL runs as the owner of its data ${path}, and user ${uid} cannot enter that folder any more. Open the folders above it with "chmod o+x", or move it away to start empty.`,
  )
}

function requireVersion(path: string, binaries: Binaries): void {
  const file = join(path, 'PG_VERSION')
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'no'
  if (found === binaries.major) return
  throw new OutboundSyncError(
    'data_folder_version',
    `${path} holds ${found === 'no' ? 'no PostgreSQL data' : `data of PostgreSQL ${found}`}, but the embedded PostgreSQL is version ${binaries.major}. Move that folder away to start empty, or set DATABASE_URL to a PostgreSQL ${found === 'no' ? '' : `${found} `}server.`,
  )
}

function passwordFile(dataFolder: string): string {
  return join(dataFolder, 'password')
}

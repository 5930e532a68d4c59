// A server from Debian's packages as a child of the test: started with a configuration of its own in a temporary folder,
// awaited for a bounded time, and ended by its process id.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface ServerUser {
  uid: number
  gid: number
}

export interface DebianServer {
  /** The output and the end of a program with the server's rights, for its own clients. */
  run(command: string, args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

const stopMs = 20_000

/** Who a server runs as: a program that must not be root gets the user that Debian has made for it. */
export async function serverUser(name: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error(`This machine has no user "${name}".`)
  return { uid: Number(uid), gid: Number(gid) }
}

/** A folder that the server's user may write to. */
export async function serverFolder(name: string, user: ServerUser | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `outbound-sync-${name}-`))
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

/** @param isReady asked until it says so; the server is ended when that takes too long. */
export async function startDebianServer({
  command,
  args,
  folder,
  user,
  limitMs,
  isReady,
}: {
  command: string
  args: readonly string[]
  /** Removed when the server has stopped. */
  folder: string
  user: ServerUser | null
  limitMs: number
  isReady(): Promise<boolean>
}): Promise<DebianServer> {
  const outputPath = join(folder, 'output')
  // A file and no pipe: what such a server starts in turn would keep a pipe open.
  const output = await open(outputPath, 'w')
  const options = { cwd: folder, ...(user ?? {}) }
  // A process group of its own, so that nothing it has started can be left behind.
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', output.fd, output.fd] })
  const exited = once(child, 'exit')
  exited.catch(() => undefined)
  await output.close()

  const stop = async (): Promise<void> => {
    await endGroup(child, exited)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const until = Date.now() + limitMs
    while (!(await isReady().catch(() => false))) {
      const isGone = child.exitCode !== null || child.signalCode !== null || child.pid === undefined
      if (isGone || Date.now() > until) {
        const said = (await readFile(outputPath, 'utf8')).slice(-2000)
        throw new Error(`${command} ${isGone ? 'ended' : `did not answer within ${limitMs / 1000} s`}: ${said}`)
      }
      await delay(100)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { run: (program, given) => runProgram(program, given, options), stop }
}

async function endGroup(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await Promise.race([exited, delay(stopMs, undefined, { ref: false })])
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
    await exited
  } catch (error) {
    // The usual case: it has ended with all that it had started.
    if (Reflect.get(Object(error), 'code') !== 'ESRCH') throw error
  }
}

async function runProgram(command: string, args: readonly string[], options: object): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said.join('')}`)
  return said.join('')
}

// PgBouncer in transaction mode on loopback, for measurements and tests. It refuses to run as root, so there it becomes nobody.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

export interface PgBouncer {
  databaseUrl: string
  stop(): Promise<void>
}

export async function findPgBouncer(): Promise<string | null> {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path)) ?? null
}

const startWithinMs = 10_000

export async function startPgBouncer({
  program,
  databaseUrl,
}: {
  program: string
  databaseUrl: string
}): Promise<PgBouncer> {
  const server = new URL(databaseUrl)
  const folder = await mkdtemp(join(tmpdir(), 'outbound-sync-pgbouncer-'))
  const user = process.getuid?.() === 0 ? await nobody() : null
  if (user) await chown(folder, user.uid, user.gid)
  const port = await freePort()
  const database = server.pathname.slice(1)
  const settings = join(folder, 'pgbouncer.ini')
  await writeFile(
    settings,
    [
      '[databases]',
      `${database} = host=${server.hostname} port=${server.port} user=${server.username} password=${decodeURIComponent(server.password)}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      'default_pool_size = 20',
      'max_client_conn = 100',
      'ignore_startup_parameters = extra_float_digits',
    ].join('\n'),
    { mode: 0o600 },
  )
  if (user) await chown(settings, user.uid, user.gid)
  const child = spawn(program, ['--quiet', settings], { ...user, stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += String(chunk)
  })
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  try {
    await untilItAnswers(child, url.href)
  } catch (error) {
    child.kill()
    await rm(folder, { recursive: true, force: true })
    throw new Error(`pgbouncer did not start: ${output.trim()}`, { cause: error })
  }
  return {
    databaseUrl: url.href,
    async stop() {
      const exited = once(child, 'exit')
      if (child.exitCode === null && child.kill('SIGTERM')) await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(child: ChildProcess, databaseUrl: string): Promise<void> {
  const deadline = performance.now() + startWithinMs
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline) throw error
      await delay(50)
    }
  }
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const entry = (await readFile('/etc/passwd', 'utf8')).split('\n').find((line) => line.startsWith('nobody:'))
  const [, , uid, gid] = entry?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error('There is no user "nobody" to run pgbouncer as')
  return { uid: Number(uid), gid: Number(gid) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

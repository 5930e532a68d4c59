// The program as an operator meets it: real processes, a real database, ports and signals.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { until } from '../support/instance.ts'
import { createTestDatabase } from '../support/test-database.ts'

const root = join(import.meta.dirname, '../..')

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

describe('outbound-sync', () => {
  let databaseUrl = ''
  let drop: () => Promise<void>
  let dataFolder = ''
  const running = new Set<ChildProcess>()
  before(async () => {
    ;({ databaseUrl, drop } = await createTestDatabase())
    dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-main-'))
    await chmod(dataFolder, 0o711)
  })
  after(async () => {
    for (const child of running) child.kill('SIGKILL')
    await drop()
    await rm(dataFolder, { recursive: true, force: true })
  })

  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, ['core/main.ts', ...args], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        OUTBOUND_SYNC_KEY: Buffer.alloc(32, 7).toString('base64'),
        OUTBOUND_SYNC_DATA_FOLDER: dataFolder,
        ...env,
      },
    })
    running.add(child)
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      output.stdout += String(chunk)
    })
    child.stderr.on('data', (chunk) => {
      output.stderr += String(chunk)
    })
    const ended = once(child, 'close').then(([code]): Ended => {
      running.delete(child)
      return { code, ...output }
    })
    return { child, output, ended }
  }
  const run = (args: readonly string[], env?: Record<string, string>): Promise<Ended> => start(args, env).ended
  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    return typeof address === 'object' && address ? address.port : 0
  }

  it('prints the migrations as SQL, then applies them, then has nothing to do', async () => {
    const printed = await run(['migrate', '--sql'])
    assert.equal(printed.code, 0, printed.stderr)
    assert.match(printed.stdout, /create table outbound_sync\.sync_job/)
    assert.match(printed.stdout, /outbound_sync_boss/)
    const applied = await run(['migrate'])
    assert.equal(applied.code, 0, applied.stderr)
    assert.match(applied.stdout, /Applied 20261122000000_initial/)
    assert.match((await run(['migrate'])).stdout, /up to date/)
  })

  it('serves pages and works, says where, and leaves with 0 on SIGTERM', async () => {
    const port = await freePort()
    const { child, output, ended } = start(['start', '--plugin', './plugins/webhook'], {
      PORT: String(port),
      OUTBOUND_SYNC_ADMIN_PASSWORD: 'correct horse battery',
    })
    await until(() => output.stdout.includes('Stop with'))
    assert.match(output.stdout, new RegExp(`http://127\\.0\\.0\\.1:${port}/`))
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
    assert.equal((await get('/healthz')).status, 200)
    assert.equal((await get('/readyz')).status, 200)
    assert.match(await (await get('/metrics')).text(), /outbound_sync_jobs/)
    assert.equal((await get('/')).status, 303)
    child.kill('SIGTERM')
    const { code, stdout } = await ended
    assert.equal(code, 0)
    assert.match(stdout, /finished first/)
  })

  it('runs pages and worker apart, and the worker reaches what the pages run beside them', async () => {
    const plugins = ['ticket-shop', 'demo-crm'].flatMap((name) => ['--plugin', `./plugins/${name}`])
    const web = start(['web', ...plugins], { PORT: String(await freePort()) })
    await until(() => web.output.stdout.includes('Stop with'))
    const crm = /demo-crm\s+(\S+)\//.exec(web.output.stdout)?.[1] ?? ''
    const worker = start(['worker', ...plugins])
    await until(() => worker.output.stdout.includes('worker is running'))
    const order = ['--event', 'acme/conf26', '--item', 'conference-ticket:regular', '--email', 'apart@example.org']
    const placed = await run(['order', 'place', ...order, ...plugins])
    assert.equal(placed.code, 0, placed.stderr)
    await until(async () => (await (await fetch(`${crm}/api/objects/deal`)).text()).includes('apart@example.org'))
    for (const { child } of [worker, web]) child.kill('SIGINT')
    assert.deepEqual([(await worker.ended).code, (await web.ended).code], [0, 0])
  })

  it('runs the commands of plugins, and names the commands there are', async () => {
    const unknown = await run(['dance', '--plugin', './plugins/ticket-shop'])
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /There is no command "dance"\. Commands: start, web, worker, migrate, .*order/)
    const help = await run(['order', '--help', '--plugin', './plugins/ticket-shop'])
    assert.equal(help.code, 0)
    assert.match(help.stdout, /outbound-sync order/)
  })

  const oneLine = ({ code, stderr }: Ended): string => {
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
    assert.equal(code, 1)
    assert.equal(lines.length, 1, stderr)
    return lines[0] ?? ''
  }

  it('tells a wrong DATABASE_URL in one line', async () => {
    const wrong = (change: (url: URL) => void): string => {
      const url = new URL(databaseUrl)
      change(url)
      return url.href
    }
    const port = await freePort()
    const cases: [string, RegExp][] = [
      ['not a url', /DATABASE_URL/],
      ['mysql://localhost/x', /DATABASE_URL/],
      [
        wrong((url) => {
          url.pathname = '/no_such_database'
        }),
        /no such database.*no_such_database/,
      ],
      [
        wrong((url) => {
          url.port = String(port)
        }),
        /Nothing answers at the database address/,
      ],
      [
        wrong((url) => {
          url.password = 'wrong'
          url.username = 'nobody_here'
        }),
        /refused the user name or password/,
      ],
    ]
    for (const [url, message] of cases) {
      const line = oneLine(await run(['start'], { DATABASE_URL: url, PORT: String(await freePort()) }))
      assert.match(line, message)
      assert.ok(!line.includes('wrong@'), 'no password in the message')
    }
  })

  it('tells a taken port, a missing key and an unknown setting in one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    assert.match(oneLine(await run(['start'], { PORT: port })), /port .* is taken.*PORT/)
    taken.close()
    assert.match(oneLine(await run(['start'], { OUTBOUND_SYNC_KEY: '' })), /OUTBOUND_SYNC_KEY/)
    assert.match(oneLine(await run(['start'], { OUTBOUND_SYNC_BASEPATH: '/x' })), /OUTBOUND_SYNC_BASE_PATH/)
  })

  it('refuses a database that a newer version has set up', async () => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(
      `insert into outbound_sync.migration (name, executed_at) values ('29990101000000_future', now())`,
    )
    const { rows } = await client.query('select programs from outbound_sync.compatibility')
    await client.query(`update outbound_sync.compatibility set programs = '>=99.0.0'`)
    try {
      const line = oneLine(await run(['start'], { PORT: String(await freePort()) }))
      assert.match(line, /newer version.*29990101000000_future/)
    } finally {
      await client.query(`delete from outbound_sync.migration where name like '2999%'`)
      await client.query('update outbound_sync.compatibility set programs = $1', [rows[0]?.programs])
      await client.end()
    }
  })

  it('rotates the keys, names those that are not needed any more, and refuses a wrong one', async () => {
    const [old, next] = [7, 8].map((byte) => Buffer.alloc(32, byte).toString('base64'))
    const rotated = await run(['keys', 'rotate'], { OUTBOUND_SYNC_KEY: `${next},${old}` })
    assert.equal(rotated.code, 0, rotated.stderr)
    assert.match(rotated.stdout, /The new data key is [0-9a-f]{16}\./)
    assert.match(rotated.stdout, /Counted afterwards: 0 are sealed with another key/)
    assert.match(rotated.stdout, /Nothing in the database needs the master key [0-9a-f]{12} any more/)
    const listed = await run(['keys', 'list'], { OUTBOUND_SYNC_KEY: `${next}` })
    assert.match(listed.stdout, /data key [0-9a-f]{16} {2}current .* wrapped with master key [0-9a-f]{12}/)
    for (const args of [['keys', 'rotate'], ['start']]) {
      const refused = await run(args)
      assert.equal(refused.code, 1)
      assert.match(oneLine(refused), /wrapped with the master key .* Put that key back into OUTBOUND_SYNC_KEY/)
      for (const key of [old, next]) assert.ok(!refused.stderr.includes(`${key}`))
    }
    const back = await run(['keys', 'rotate'], { OUTBOUND_SYNC_KEY: `${old},${next}` })
    assert.equal(back.code, 0, back.stderr)
  })

  it('starts a database of its own without DATABASE_URL, keeps its key and password, and stops it', async () => {
    const own = join(dataFolder, 'own')
    const port = await freePort()
    const { child, output, ended } = start(['start'], {
      DATABASE_URL: '',
      OUTBOUND_SYNC_KEY: '',
      OUTBOUND_SYNC_DATA_FOLDER: own,
      PORT: String(port),
    })
    await until(() => output.stdout.includes('Stop with'), 40_000)
    const password = (await readFile(join(own, 'admin-password'), 'utf8')).trim()
    assert.ok(output.stdout.includes(password))
    assert.equal((await readFile(join(own, 'secret-key'), 'utf8')).trim().length, 44)
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })
})

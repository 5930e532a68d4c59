import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../../core/database/embedded-postgres.ts'
import { commandLineOf, processesIn } from '../../../core/database/embedded-postgres-process.ts'
import { createPlayground, serverPid } from '../../support/embedded-postgres-playground.ts'

const playground = createPlayground()
// One folder for most cases, so that initdb runs once.
const dataFolder = join(playground.path, 'shared')
const startedAt = 'select pg_postmaster_start_time()::text as at'

after(() => playground.remove())

describe('startEmbeddedPostgres', () => {
  it('gives one server to three processes that start cold at the same time', async () => {
    const users = await Promise.all([1, 2, 3].map(() => playground.startUser({ dataFolder })))
    assert.equal(new Set(users.map((user) => user.databaseUrl)).size, 1)
    assert.equal(playground.serverPids().length, 1)
    await Promise.all(users.map((user) => user.leave('release')))
    assert.deepEqual(playground.serverPids(), [])
  })

  it('serves the second user on when the first leaves, and stops when the last does', async () => {
    const first = await playground.startUser({ dataFolder })
    const second = await playground.startUser({ dataFolder })
    const [started] = await first.query<{ at: string }>(startedAt)
    await first.query('create table kept (id int); insert into kept values (7)')
    await first.leave('release')
    assert.deepEqual(await second.query(startedAt), [started])
    assert.deepEqual(await second.query('select id from kept'), [{ id: 7 }])
    await second.leave('release')
    assert.deepEqual(playground.serverPids(), [])
    assert.match(readFileSync(join(dataFolder, 'postgres.log'), 'utf8'), /fast shutdown request[\s\S]*is shut down\n$/)
  })

  it('keeps data, port and password, and writes to disk for real', async () => {
    const first = await startEmbeddedPostgres({ dataFolder })
    await first.release()
    const second = await startEmbeddedPostgres({ dataFolder })
    assert.equal(second.databaseUrl, first.databaseUrl)
    assert.deepEqual(await query(second.databaseUrl, 'select id from kept'), [{ id: 7 }])
    const settings = `select string_agg(setting, ' ' order by name) as all from pg_settings
      where name in ('fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories', 'password_encryption')`
    assert.deepEqual(await query(second.databaseUrl, settings), [{ all: 'on 127.0.0.1 scram-sha-256 on ' }])
    await second.release()
  })

  it('guards the data by a password that only its owner can read and that no log shows', async () => {
    const postgres = await startEmbeddedPostgres({ dataFolder })
    const password = new URL(postgres.databaseUrl).password
    assert.equal(password.length, 48)
    assert.equal(statSync(join(dataFolder, 'password')).mode & 0o777, 0o600)
    assert.equal(statSync(join(dataFolder, 'data')).mode & 0o777, 0o700)
    const owner = statSync(join(dataFolder, 'data')).uid
    assert.notEqual(owner, 0, 'PostgreSQL refuses root')
    assert.equal(statSync(`/proc/${serverPid(dataFolder)}`).uid, owner)
    assert.ok(!readFileSync(join(dataFolder, 'postgres.log'), 'utf8').includes(password))
    assert.ok(!commandLineOf(serverPid(dataFolder)).includes(password))
    await assert.rejects(query(postgres.databaseUrl.replace(password, 'wrong'), 'select 1'), { code: '28P01' })
    await postgres.release()
  })

  it('counts two uses in one process as two, and takes a second release as done', async () => {
    const first = await startEmbeddedPostgres({ dataFolder })
    const second = await startEmbeddedPostgres({ dataFolder, database: 'another "one"' })
    await Promise.all([first.release(), first.release()])
    assert.deepEqual(await query(second.databaseUrl, 'select current_database() as name'), [{ name: 'another "one"' }])
    await second.release()
    assert.deepEqual(playground.serverPids(), [])
  })

  it('is left by a process that exits without release', async () => {
    const user = await playground.startUser({ dataFolder })
    const server = serverPid(dataFolder)
    await user.leave('exit')
    assert.deepEqual(readdirSync(join(dataFolder, 'users')), [])
    // The exiting process did ask the server to stop, so the next start waits for that and gets a new one.
    const next = await startEmbeddedPostgres({ dataFolder })
    assert.notEqual(serverPid(dataFolder), server)
    await next.release()
  })

  it('chooses another port when the remembered one was taken meanwhile', async () => {
    const port = Number(readFileSync(join(dataFolder, 'port'), 'utf8'))
    const intruder = createServer().listen(port, '127.0.0.1')
    const postgres = await startEmbeddedPostgres({ dataFolder })
    assert.notEqual(new URL(postgres.databaseUrl).port, String(port))
    await postgres.release()
    intruder.close()
  })

  it('listens where it is told to, with the settings it is told', async () => {
    const port = Number(readFileSync(join(dataFolder, 'port'), 'utf8')) + 1
    const settings = { max_connections: '33', listen_addresses: '0.0.0.0' }
    const postgres = await startEmbeddedPostgres({ dataFolder, port, settings })
    assert.equal(new URL(postgres.databaseUrl).port, String(port))
    assert.deepEqual(await query(postgres.databaseUrl, 'show max_connections'), [{ max_connections: '33' }])
    assert.deepEqual(await query(postgres.databaseUrl, 'show listen_addresses'), [{ listen_addresses: '127.0.0.1' }])
    await postgres.release()
  })

  it('reuses a warm server in a fraction of a cold start', async () => {
    const holder = await startEmbeddedPostgres({ dataFolder })
    const user = await playground.startUser({ dataFolder })
    assert.ok(user.ms < 500, `took ${user.ms} ms`)
    await user.leave('release')
    await holder.release()
  })
})

describe('after kill -9', () => {
  it('of all users the next one takes the server over, and the last one out still stops it', async () => {
    const users = [await playground.startUser({ dataFolder }), await playground.startUser({ dataFolder })]
    const server = serverPid(dataFolder)
    for (const user of users) await user.kill()
    const next = await playground.startUser({ dataFolder })
    assert.equal(serverPid(dataFolder), server)
    assert.equal(readdirSync(join(dataFolder, 'users')).length, 1)
    await next.leave('release')
    assert.deepEqual(playground.serverPids(), [])
  })

  it('of all users the next one gets the port and settings it asks for', async () => {
    const user = await playground.startUser({ dataFolder })
    await user.kill()
    const next = await startEmbeddedPostgres({ dataFolder, settings: { max_connections: '44' } })
    assert.deepEqual(await query(next.databaseUrl, 'show max_connections'), [{ max_connections: '44' }])
    await next.release()
  })

  it('of the server a new one starts, also while an orphaned backend is at an endless query', async () => {
    const user = await playground.startUser({ dataFolder })
    await user.query('insert into kept values (8)')
    const busy = new pg.Client({ connectionString: user.databaseUrl })
    const broken = new Promise((done) => busy.once('error', done))
    await busy.connect()
    const [backend] = (await busy.query('select pg_backend_pid() as pid')).rows
    const endless = assert.rejects(busy.query('do $$ begin loop end loop; end $$'))
    process.kill(serverPid(dataFolder), 'SIGKILL')
    const next = await startEmbeddedPostgres({ dataFolder })
    assert.deepEqual(await query(next.databaseUrl, 'select id from kept order by id'), [{ id: 7 }, { id: 8 }])
    assert.equal(commandLineOf(backend.pid), '')
    await Promise.all([endless, broken])
    await next.release()
    assert.deepEqual(await user.query(startedAt).then((rows) => rows.length), 1, 'the first user still counts')
    await user.leave('release')
    assert.deepEqual(playground.serverPids(), [])
  })

  it('of server and user, with the number of the server now another process, a new one starts', async () => {
    const user = await playground.startUser({ dataFolder })
    const pidFile = join(dataFolder, 'data/postmaster.pid')
    const server = serverPid(dataFolder)
    process.kill(server, 'SIGKILL')
    await user.kill()
    // PostgreSQL believes the file when any living process of the same user has the number in it.
    const stranger = spawn('sleep', ['30'], { uid: statSync(join(dataFolder, 'data')).uid })
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(String(server), String(stranger.pid)))
    const next = await startEmbeddedPostgres({ dataFolder })
    assert.equal(stranger.exitCode, null)
    stranger.kill()
    await next.release()
  })

  it('of the starting process at any moment of its first start the next start succeeds', async () => {
    const folder = join(playground.path, 'interrupted')
    for (const ms of [250, 500, 800]) {
      const child = playground.launchUser({ dataFolder: folder })
      await delay(ms)
      child.kill('SIGKILL')
    }
    const user = await playground.startUser({ dataFolder: folder })
    assert.equal((await user.query('select 1')).length, 1)
    await user.leave('release')
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('new-')),
      [],
    )
  })

  it('leaves no server process behind', async () => {
    // An interrupted initdb runs on until it misses its folder.
    for (let i = 0; i < 100 && playground.serverPids().length > 0; i++) await delay(50)
    assert.deepEqual(playground.serverPids(), [])
    assert.deepEqual(processesIn(join(dataFolder, 'data')), [])
  })
})

async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

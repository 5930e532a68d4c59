// Knip, Biome and TypeDoc as they are run by hand: nothing unused, nothing undeclared, no finding of the linter or
// formatter, no docstring that speaks of what is not there.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from './product-files.ts'

/** The program of a development dependency, as its package.json names it. */
async function programOf(packageName: string, name: string): Promise<string> {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { bin: Record<string, string> }
  return join(folder, bin[name] ?? assert.fail(`${packageName} has no program ${name}`))
}

function run(program: string, parameters: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    // The tools are no part of what is covered, and take twice as long when their lines are counted.
    const { NODE_V8_COVERAGE: _coverage, ...env } = process.env
    const options = { cwd: root, env, maxBuffer: 2 ** 24 }
    execFile(process.execPath, [program, ...parameters], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ exitCode, output: `${stdout}${stderr}${exitCode === -1 ? error?.message : ''}` })
    })
  })
}

describe('the tools', () => {
  it('find no unused file, export or package (knip)', async () => {
    const { exitCode, output } = await run(await programOf('knip', 'knip'), ['--no-progress', '--no-config-hints'])
    assert.equal(exitCode, 0, output)
  })

  it('find nothing to correct (biome)', async () => {
    const { exitCode, output } = await run(await programOf('@biomejs/biome', 'biome'), [
      'ci',
      '--colors=off',
      '--error-on-warnings',
      '.',
    ])
    assert.equal(exitCode, 0, output)
    assert.match(output, /Checked \d{2,} files/)
  })

  it('make the reference of all that hosts and plugins import, without a warning (typedoc)', async () => {
    // Type errors are the compiler's to find, which reads the same files beside this run.
    const { exitCode, output } = await run(await programOf('typedoc', 'typedoc'), [
      '--emit',
      'none',
      '--skipErrorChecking',
    ])
    assert.equal(exitCode, 0, output)
  })
})

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { packageRoot, packageVersion } from '../../core/package-root.ts'

describe('packageRoot', () => {
  it('is the folder that holds core/, with its version in package.json', async () => {
    assert.ok(existsSync(join(packageRoot(), 'core/package-root.ts')))
    const { version } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'))
    assert.equal(packageVersion(), version)
  })

  it('finds the version above a built dist/, past the package.json of others, and says so when there is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'package-root-'))
    try {
      await mkdir(join(folder, 'dist/core'), { recursive: true })
      await writeFile(join(folder, 'dist/package.json'), JSON.stringify({ type: 'module' }))
      assert.throws(() => packageVersion(join(folder, 'dist')), /No package\.json of outbound-sync was found in .*dist/)
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'outbound-sync', version: '3.2.1' }))
      assert.equal(packageVersion(join(folder, 'dist')), '3.2.1')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { cookieKey, loadSecretKeys } from '../../../core/secrets/secret-keys.ts'

describe('loadSecretKeys', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outbound-sync-key-file-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))
  const file = () => join(folder, 'secret-key')
  const load = (configured: Buffer[] = []) => loadSecretKeys({ configured, keyFolder: folder })

  it('refuses to start without a key and without a place to keep one', async () => {
    await assert.rejects(loadSecretKeys({ configured: [], keyFolder: null }), (error) => {
      assert.ok(isErrorKind(error, 'SecretError') && error instanceof Error)
      assert.match(error.message, /no key to seal credentials with\. Set OUTBOUND_SYNC_KEY/)
      return true
    })
  })

  it('makes a key file once, readable by its owner only', async () => {
    const [[one], [other]] = await Promise.all([load(), load()])
    assert.equal(one?.key.length, 32)
    assert.deepEqual(other, one)
    assert.equal((await stat(file())).mode & 0o777, 0o600)
  })

  it('reads several keys, a line each, the current one first', async () => {
    const old = await readFile(file(), 'utf8')
    const [before] = await load()
    const key = randomBytes(32)
    await writeFile(file(), `${key.toString('base64')}\n${old}`)
    const [current, second, ...rest] = await load()
    assert.deepEqual(current?.key, key)
    assert.deepEqual([second, rest], [before, []])
    assert.notEqual(current?.id, second?.id)
    assert.notEqual(current && cookieKey(current), second && cookieKey(second))
  })

  it('takes the configured ones instead', async () => {
    const key = randomBytes(32)
    const keys = await load([key])
    assert.deepEqual(
      keys.map((one) => one.key),
      [key],
    )
  })

  it('refuses a damaged file without repeating it', async () => {
    const good = randomBytes(32).toString('base64')
    for (const text of ['', '\n', 'password', `${good}\n${good.slice(1)}`, good.replace('=', '!'), `!${good}`]) {
      await writeFile(file(), text)
      await assert.rejects(load(), (error) => {
        assert.ok(isErrorKind(error, 'SecretError') && error instanceof Error)
        assert.match(error.message, /is damaged.*Restore it from a backup/)
        assert.ok(!error.message.includes(good.slice(1)) && !error.message.includes('password'))
        return true
      })
    }
  })
})

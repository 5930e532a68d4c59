import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { tryLock, withLock } from '../../../core/database/embedded-postgres-lock.ts'
import { commandLineOf, identityOf, isAlive, ownIdentity } from '../../../core/database/embedded-postgres-process.ts'
import { countUses, registerUse } from '../../../core/database/embedded-postgres-users.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-postgres-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const deadIdentity = ownIdentity().replace(/-/, '-1')

describe('tryLock', () => {
  it('gives the lock to one and, after it is freed, to the next', () => {
    const unlock = tryLock(folder)
    assert.ok(unlock)
    assert.equal(tryLock(folder), undefined)
    unlock()
    assert.ok(tryLock(folder))
  })

  it('overtakes a holder that died, and one whose process number another process has now', () => {
    symlinkSync(deadIdentity, join(folder, '1'))
    assert.ok(tryLock(folder))
  })

  it('keeps the folder small', () => {
    for (let i = 0; i < 50; i++) tryLock(folder)?.()
    assert.ok(readdirSync(folder).length <= 12)
  })
})

describe('withLock', () => {
  it('lets one in at a time, and the next one in after an error', async () => {
    let inside = 0
    const visit = () =>
      withLock(folder, async () => {
        inside += 1
        for (let i = 0; i < 10; i++) await setImmediate()
        assert.equal(inside, 1)
        inside -= 1
        throw new Error('visited')
      })
    const visits = await Promise.allSettled([1, 2, 3, 4, 5].map(visit))
    assert.deepEqual(
      visits.map((visit) => visit.status === 'rejected' && visit.reason.message),
      Array(5).fill('visited'),
    )
  })

  it('never loses a count that several processes raise, while holders are killed', { timeout: 20_000 }, async () => {
    const counter = join(folder, 'counter')
    const locks = join(folder, 'locks')
    const script = `
      import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
      import { withLock } from ${JSON.stringify(import.meta.resolve('../../../core/database/embedded-postgres-lock.ts'))}
      mkdirSync(${JSON.stringify(locks)}, { recursive: true })
      for (let i = 0; i < 25; i++) await withLock(${JSON.stringify(locks)}, async () => {
        const before = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'))
        await new Promise(setImmediate)
        writeFileSync(${JSON.stringify(counter)}, String(before + 1))
      })
      if (process.argv[1] === 'dies') await withLock(${JSON.stringify(locks)}, async () => process.kill(process.pid, 'SIGKILL'))`
    writeFileSync(counter, '0')
    const run = async (how: string) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', how], { stdio: 'inherit' })
      const [code, signal] = await once(child, 'exit')
      return signal ?? code
    }
    const ends = await Promise.all([run('dies'), run('ends'), run('dies'), run('ends')])
    assert.deepEqual(ends, ['SIGKILL', 0, 'SIGKILL', 0])
    assert.equal(readFileSync(counter, 'utf8'), '100')
  })
})

describe('registerUse', () => {
  it('counts uses of living processes and clears those of dead ones', () => {
    const first = registerUse(folder)
    registerUse(folder)
    writeFileSync(join(folder, `${deadIdentity}~0`), '')
    writeFileSync(join(folder, '~cut off by a power failure'), '')
    assert.equal(countUses(folder), 2)
    assert.equal(readdirSync(folder).length, 2)
    first()
    first()
    assert.equal(countUses(folder), 1)
  })
})

describe('identityOf', () => {
  for (const source of ['proc', 'ps'] as const) {
    const skip = source === 'ps' && spawnSync('ps').error ? 'ps is not installed' : false
    it(`tells a living process from a dead one by ${source}`, { skip }, async () => {
      const child = spawn('sleep', ['30'])
      const pid = child.pid ?? 0
      const identity = identityOf(pid, source)
      assert.match(identity ?? '', new RegExp(`^${pid}-\\d+`))
      assert.equal(identityOf(pid, source), identity)
      assert.match(commandLineOf(pid, source), /^sleep 30$/)
      child.kill()
      await once(child, 'exit')
      assert.equal(identityOf(pid, source), undefined)
      assert.equal(commandLineOf(pid, source), '')
    })
  }

  it('takes a zombie for dead', async () => {
    // The shell becomes `sleep`, before its child ends, and never collects it.
    const shell = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30'])
    const [line] = await once(shell.stdout, 'data')
    const zombie = Number(String(line))
    while (!readFileSync(`/proc/${zombie}/stat`, 'utf8').includes(') Z ')) await setImmediate()
    assert.equal(identityOf(zombie), undefined)
    shell.kill()
    await once(shell, 'exit')
  })

  it('knows no process behind text that is not an identity', () => {
    for (const text of ['', 'released', '-1', '0-0', `${process.pid}`]) assert.equal(isAlive(text), false)
  })
})

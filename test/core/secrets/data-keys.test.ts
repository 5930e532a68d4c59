// Data keys over a real database: who seals while a rotation begins, what a stranger's key opens, and how a rotation ends.
import assert from 'node:assert/strict'
import { createCipheriv, randomBytes, randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Database } from '../../../core/database/transaction.ts'
import { isErrorKind } from '../../../core/errors.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { listKeys } from '../../../core/secrets/list-keys.ts'
import { type KeyRotationOptions, rotateKeys } from '../../../core/secrets/rotate-keys.ts'
import { placeOfCredential, type SecretPlace } from '../../../core/secrets/sealed-columns.ts'
import type { SecretKey } from '../../../core/secrets/secret-box.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'

const newMaster = (id: string): SecretKey => ({ id, key: randomBytes(32) })
const master = newMaster('m1')
const token = 'tok-5b1d'

describe('data keys', () => {
  let database: Database
  let drop: () => Promise<void>
  before(async () => {
    ;({ database, drop } = await createMigratedDatabase())
  })
  after(() => drop())
  beforeEach(async () => {
    await database.executeSql(
      'truncate outbound_sync.connection, outbound_sync.environment_variable, outbound_sync.data_key, outbound_sync.audit_entry cascade',
    )
  })

  /** As a process of its own has them. */
  const processWith = (...configured: SecretKey[]) => {
    const masterKeys = createMasterKeys(configured)
    const dataKeys = createDataKeys({ database, masterKeys, configured })
    return { database, masterKeys, dataKeys }
  }
  type Process = ReturnType<typeof processWith>
  const rotate = (process: Process, options: Partial<KeyRotationOptions> = {}) =>
    rotateKeys(process, { actor: 'Ann', ...options })

  const saveConnection = async ({ dataKeys }: Process, plaintext = token, wait = async () => {}): Promise<string> => {
    const id = randomUUID()
    await database.transaction(async (session) => {
      const box = await dataKeys.box(session)
      await wait()
      await session.executeSql(
        `insert into outbound_sync.connection (id, provider, provider_version, scope, name, account_key, credentials)
         values ($1::uuid, 'crm', '1.0.0', '', $1::uuid::text, $1::uuid::text, $2)`,
        [id, JSON.stringify({ token: box.seal(plaintext, placeOfCredential(id, 'token')) })],
      )
    })
    return id
  }
  const variable: SecretPlace = { column: 'environment_variable.sealed_value', row: ['crm', '1.0.0', 'live', 'KEY'] }
  const saveVariable = ({ dataKeys }: Process) =>
    database.transaction(async (session) => {
      const box = await dataKeys.box(session)
      await session.executeSql(
        `insert into outbound_sync.environment_variable (provider, provider_version, environment, name, sealed_value)
         values ($1, $2, $3, $4, $5)`,
        [...variable.row, box.seal(token, variable)],
      )
    })
  const sealedToken = async (id: string): Promise<string> => {
    const { rows } = await database.executeSql<{ sealed: string }>(
      `select credentials ->> 'token' as sealed from outbound_sync.connection where id = $1`,
      [id],
    )
    return rows[0]?.sealed ?? ''
  }
  const open = async ({ dataKeys }: Process, id: string): Promise<string> => {
    const sealed = await sealedToken(id)
    return (await dataKeys.opener([sealed])).open(sealed, placeOfCredential(id, 'token'))
  }
  const keyRows = async () => {
    const { rows } = await database.executeSql<Record<string, string>>(
      'select id, state, master_key_id, wrapped_key from outbound_sync.data_key order by created_at, id',
      [],
    )
    return rows
  }
  const rejects = (work: Promise<unknown>, ...messages: RegExp[]) =>
    assert.rejects(work, (error) => {
      assert.ok(isErrorKind(error, 'SecretError') && error instanceof Error, String(error))
      for (const message of messages) assert.match(error.message, message)
      for (const { key } of [master]) {
        assert.ok(!error.message.includes(key.toString('base64')) && !error.message.includes(key.toString('hex')))
      }
      return true
    })

  it('makes the first one once, however many processes seal at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => saveConnection(processWith(master))))
    const rows = await keyRows()
    assert.equal(rows.length, 1)
    for (const id of ids) {
      assert.match(await sealedToken(id), new RegExp(`^v2\\.${rows[0]?.id}\\.`))
      assert.equal(await open(processWith(master), id), token)
    }
  })

  it('seals with the key that another process made a moment ago, and opens what it sealed', async () => {
    const [one, other] = [processWith(master), processWith(master)]
    const before = await saveConnection(one)
    assert.equal(await open(one, before), token)
    const { keyId } = await rotate(other)
    assert.equal(await open(one, before), token)
    const later = await saveConnection(one)
    assert.match(await sealedToken(later), new RegExp(`^v2\\.${keyId}\\.`))
    assert.equal(await open(other, later), token)
  })

  it('keeps the key while a value is being sealed: a rotation waits for it and then moves it on', async () => {
    const [one, other] = [processWith(master), processWith(master)]
    await saveConnection(one)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let isSealing = () => {}
    const sealing = new Promise<void>((resolve) => {
      isSealing = resolve
    })
    const saving = saveConnection(one, 'tok-late', () => {
      isSealing()
      return held
    })
    await sealing
    let isRotated = false
    const rotating = rotate(other).finally(() => {
      isRotated = true
    })
    // A lock is waited for less than a second at a time: the rotation tries again.
    await database.executeSql('select pg_sleep(1)', [])
    assert.equal(isRotated, false)
    release()
    const id = await saving
    const { keyId, left, resealedCount } = await rotating
    assert.deepEqual({ left, resealedCount }, { left: [], resealedCount: 2 })
    assert.match(await sealedToken(id), new RegExp(`^v2\\.${keyId}\\.`))
    assert.equal(await open(one, id), 'tok-late')
  })

  it('moves every column on, changes no value and no time of change, and says so once', async () => {
    const process = processWith(master)
    const ids = await Promise.all(Array.from({ length: 25 }, (_, index) => saveConnection(process, `tok-${index}`)))
    await saveVariable(process)
    const times = 'select array_agg(updated_at::text order by id) as times from outbound_sync.connection'
    const before = (await database.executeSql(times, [])).rows
    const progress: number[] = []
    const { keyId, resealedCount, left, unreadable } = await rotate(process, {
      batchSize: 10,
      onProgress: (now) => progress.push(now.resealedCount),
    })
    assert.deepEqual({ resealedCount, left, unreadable }, { resealedCount: 26, left: [], unreadable: [] })
    assert.deepEqual(progress, [10, 20, 25, 26])
    for (const [index, id] of ids.entries()) assert.equal(await open(process, id), `tok-${index}`)
    assert.deepEqual((await database.executeSql(times, [])).rows, before)
    const { dataKeys, earlier, isUnfinished } = await listKeys(process)
    assert.deepEqual(
      dataKeys.map(({ id, state, count }) => ({ isNew: id === keyId, state, count })),
      [
        { isNew: false, state: 'retired', count: 0 },
        { isNew: true, state: 'current', count: 26 },
      ],
    )
    assert.deepEqual({ earlier, isUnfinished }, { earlier: [], isUnfinished: false })
    const { rows: audit } = await database.executeSql('select actor, action, target from outbound_sync.audit_entry', [])
    assert.deepEqual(audit, [{ actor: 'Ann', action: 'keys.rotated', target: `data_key:${keyId}` }])
  })

  it('deletes retired keys that nothing needs, ten minutes after they were retired', async () => {
    const process = processWith(master)
    await saveConnection(process)
    const first = await rotate(process)
    assert.deepEqual(first.deletedKeys, [])
    const [spare] = first.spareKeys
    assert.equal(first.spareKeys.length, 1)
    await database.executeSql(`update outbound_sync.data_key set retired_at = retired_at - interval '10 minutes'`, [])
    const second = await rotate(process)
    assert.deepEqual(second.deletedKeys, [spare])
    assert.deepEqual(second.spareKeys, [first.keyId])
  })

  it('goes on with the key of a rotation that was cut off', async () => {
    const process = processWith(master)
    await Promise.all(Array.from({ length: 6 }, () => saveConnection(process)))
    const cut = rotate(process, {
      batchSize: 2,
      onProgress() {
        throw new Error('cut off')
      },
    })
    await assert.rejects(cut, /cut off/)
    const halfway = await listKeys(process)
    assert.equal(halfway.isUnfinished, true)
    assert.deepEqual(halfway.dataKeys.map(({ count }) => count).sort(), [2, 4])
    const { keyId, isContinued, resealedCount, left } = await rotate(process)
    assert.equal(keyId, halfway.dataKeys.find(({ state }) => state === 'current')?.id)
    assert.deepEqual({ isContinued, resealedCount, left }, { isContinued: true, resealedCount: 4, left: [] })
    assert.notEqual((await rotate(process)).keyId, keyId)
  })

  it('passes over rows that are in use and comes back to them', async () => {
    const process = processWith(master)
    const ids = await Promise.all(Array.from({ length: 4 }, () => saveConnection(process)))
    let rotating: Promise<{ resealedCount: number; left: readonly unknown[] }> | undefined
    let seen = 0
    await database.transaction(async (session) => {
      await session.executeSql('select from outbound_sync.connection where id = $1 for no key update', [ids[0]])
      const passed = new Promise<void>((resolve) => {
        rotating = rotate(process, {
          onProgress(progress) {
            seen = progress.resealedCount
            resolve()
          },
        })
      })
      await passed
      assert.equal(seen, 3)
    })
    const { resealedCount, left } = (await rotating) ?? {}
    assert.deepEqual({ resealedCount, left }, { resealedCount: 4, left: [] })
  })

  it('leaves a value that cannot be opened as it is, keeps its key, and names it', async () => {
    const process = processWith(master)
    const [id, other] = [await saveConnection(process), await saveConnection(process)]
    await database.executeSql(`update outbound_sync.connection set credentials = $2 where id = $1`, [
      id,
      JSON.stringify({ token: await sealedToken(other) }),
    ])
    const [key] = await keyRows()
    await database.executeSql(`update outbound_sync.data_key set retired_at = now() - interval '1 day'`, [])
    const rotation = await rotate(process)
    assert.equal(rotation.resealedCount, 1)
    assert.deepEqual(rotation.left, [{ column: 'connection.credentials', keyId: key?.id, count: 1 }])
    assert.equal(rotation.unreadable.length, 1)
    assert.match(rotation.unreadable[0] ?? '', new RegExp(`^The secret "token" of connection ${id} cannot be opened`))
    assert.deepEqual(rotation.spareKeys, [])
    assert.equal((await rotate(process)).isContinued, false)
  })

  it('wraps the data keys with a new master key, after which the old one is not needed', async () => {
    const old = processWith(master)
    const id = await saveConnection(old)
    const newer = newMaster('m2')
    const { needlessMasterKeys, masterKeyId } = await rotate(processWith(newer, master))
    assert.deepEqual({ needlessMasterKeys, masterKeyId }, { needlessMasterKeys: ['m1'], masterKeyId: 'm2' })
    assert.deepEqual(new Set((await keyRows()).map((row) => row.master_key_id)), new Set(['m2']))
    const alone = processWith(newer)
    await alone.dataKeys.check()
    assert.equal(await open(alone, id), token)
  })

  it('opens and moves on what was sealed with a master key before there were data keys', async () => {
    const process = processWith(master)
    const id = await saveConnection(process)
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', master.key, nonce)
    cipher.setAAD(Buffer.from(JSON.stringify(['v1', id, 'token', master.id])))
    const body = Buffer.concat([cipher.update(token), cipher.final(), cipher.getAuthTag()])
    const sealed = ['v1', master.id, nonce.toString('base64url'), body.toString('base64url')].join('.')
    await database.executeSql(`update outbound_sync.connection set credentials = $2 where id = $1`, [
      id,
      JSON.stringify({ token: sealed }),
    ])
    assert.equal(await open(process, id), token)
    const [earlier] = (await listKeys(process)).earlier
    assert.deepEqual(earlier, { column: 'connection.credentials', keyId: 'm1', count: 1 })
    const opener = await process.dataKeys.opener([sealed])
    assert.throws(() => opener.open(sealed, placeOfCredential(randomUUID(), 'token')), /belongs to another place/)
    assert.throws(() => opener.open(sealed, variable), /not in the format "v2"/)
    await rejects(open(processWith(newMaster('m9')), id), /with the key "m1", and only "m9" are configured/)
    const { keyId, needlessMasterKeys } = await rotate(processWith(newMaster('m2'), master))
    assert.match(await sealedToken(id), new RegExp(`^v2\\.${keyId}\\.`))
    assert.deepEqual(needlessMasterKeys, ['m1'])
  })

  describe('with a wrong configuration', () => {
    it('refuses to start, to seal and to rotate, and names the master key that is missing', async () => {
      const id = await saveConnection(processWith(master))
      const wrong = processWith(newMaster('m2'))
      const missing = /wrapped with the master key "m1", and only "m2" are configured\. Put that key back/
      await rejects(wrong.dataKeys.check(), missing)
      await rejects(saveConnection(wrong), missing)
      await rejects(rotate(wrong), /^Nothing was rotated/, missing, /keys rotate --lost/)
      await rejects(open(wrong, id), /^The secret "token" of connection/, missing)
    })

    it('notices a key of the same name, and a changed row of the table', async () => {
      const id = await saveConnection(processWith(master))
      await rejects(processWith(newMaster('m1')).dataKeys.check(), /whose row in the table data_key was changed/)
      const [row] = await keyRows()
      const wrapped = row?.wrapped_key ?? ''
      for (let index = 0; index < wrapped.length; index += 1) {
        const character = wrapped[index] === 'A' ? 'B' : 'A'
        await database.executeSql('update outbound_sync.data_key set wrapped_key = $1', [
          wrapped.slice(0, index) + character + wrapped.slice(index + 1),
        ])
        await rejects(processWith(master).dataKeys.check(), /whose row in the table data_key was changed/)
      }
      await database.executeSql('delete from outbound_sync.data_key', [])
      await rejects(open(processWith(master), id), /which is not in the table data_key\. Restore that row/)
    })

    it('begins anew where the master key is lost for good, and old values say that they must be entered again', async () => {
      const id = await saveConnection(processWith(master))
      const next = processWith(newMaster('m2'))
      const { unreadable, left } = await rotate(next, { isKeyLost: true })
      assert.equal(unreadable.length, 1)
      assert.equal(left[0]?.count, 1)
      await next.dataKeys.check()
      await rejects(open(next, id), /or enter the value again/)
      assert.equal(await open(next, await saveConnection(next)), token)
    })
  })
})

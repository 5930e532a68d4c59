import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import knex, { type Knex } from 'knex'
import { fromKnex } from '../../../core/sdk/from-knex.ts'
import { createTestDatabase } from '../../support/test-database.ts'

describe('the border of a Knex transaction', () => {
  let drop: () => Promise<void>
  let db: Knex
  before(async () => {
    const database = await createTestDatabase()
    drop = database.drop
    db = knex({ client: 'pg', connection: database.databaseUrl, pool: { min: 0, max: 2 } })
    await db.schema.createTable('written', (table) => table.text('word'))
  })
  after(async () => {
    await db.destroy()
    await drop()
  })

  it('calls back once the transaction is committed, and others can see it', async () => {
    const seen: Promise<unknown>[] = []
    const trx = await db.transaction()
    const border = fromKnex(trx)
    await border.executeSql('insert into written values ($1)', ['committed'])
    border.onCommit?.(() => seen.push(db('written').where({ word: 'committed' })))
    await trx.raw('select 1')
    assert.deepEqual(seen, [])
    await trx.commit()
    await trx.executionPromise
    assert.deepEqual(await Promise.all(seen), [[{ word: 'committed' }]])
  })

  it('waits in a savepoint for the transaction around it', async () => {
    const called: string[] = []
    await db.transaction(async (outer) => {
      await outer.transaction(async (middle) => {
        await middle.transaction(async (inner) => {
          const border = fromKnex(inner)
          await border.executeSql('select $1::text', ['in a savepoint'])
          border.onCommit?.(() => called.push('committed'))
        })
      })
      await outer.raw('select 1')
      assert.deepEqual(called, [])
    })
    assert.deepEqual(called, ['committed'])
  })

  it('leaves the error of a rollback to the host', async () => {
    const called: string[] = []
    const failed = new Error('failed in the host')
    const ended = db.transaction(async (trx) => {
      fromKnex(trx).onCommit?.(() => called.push('rolled back'))
      throw failed
    })
    await assert.rejects(ended, failed)
    assert.deepEqual(called, [])
  })

  it('refuses a transaction that has ended', async () => {
    for (const end of ['commit', 'rollback'] as const) {
      const trx = await db.transaction()
      await trx[end]()
      assert.throws(() => fromKnex(trx), /a transaction that has ended\. Fire the signal before/)
    }
  })

  it('refuses a question mark, which Knex would take for the place of a value', async () => {
    await db.transaction(async (trx) => {
      await assert.rejects(
        fromKnex(trx).executeSql(`select '?' || $1`, ['a']),
        /takes every question mark .* select '\?'/,
      )
    })
  })

  it('refuses nothing at all in words', () => {
    assert.throws(() => Reflect.apply(fromKnex, null, [undefined]), /was given undefined, which is no transaction/)
  })
})

// What is particular to one data layer; what holds in all of them is in test/hosts.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { fromDrizzle } from '../../../core/sdk/from-drizzle.ts'
import { fromKysely } from '../../../core/sdk/from-kysely.ts'
import { fromPrisma } from '../../../core/sdk/from-prisma.ts'
import { rowsOf } from '../../../core/sdk/rows-of.ts'
import { createTestDatabase } from '../../support/test-database.ts'

let drop: () => Promise<void>
let pool: pg.Pool
before(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  pool = new pg.Pool({ connectionString: database.databaseUrl, max: 2 })
})
after(async () => {
  await pool.end()
  await drop()
})

describe('the border of a Kysely transaction', () => {
  let db: Kysely<Record<string, never>>
  before(() => {
    // The pool is ended after all tests.
    db = new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] })
  })

  it('answers columns by their own names, whatever the host does with its own', async () => {
    await db.transaction().execute(async (trx) => {
      const { rows } = await fromKysely(trx).executeSql('select 1 as two_words', [])
      assert.deepEqual(rows, [{ two_words: 1 }])
    })
  })

  it('takes a transaction that the host ends itself, and no more once it has', async () => {
    for (const [end, says] of [
      ['commit', /is committed by now/],
      ['rollback', /is rolled back by now/],
    ] as const) {
      const trx = await db.startTransaction().execute()
      const border = fromKysely(trx)
      const { rows } = await border.executeSql('select $1::text as word', ['inside'])
      assert.deepEqual(rows, [{ word: 'inside' }])
      await trx[end]().execute()
      await assert.rejects(border.executeSql('select 1', []), says)
    }
  })

  it('is of no use once the transaction has ended', async () => {
    const border = await db.transaction().execute(async (trx) => fromKysely(trx))
    await assert.rejects(border.executeSql('select 1', []), /already committed/)
  })

  it('refuses nothing at all in words', () => {
    assert.throws(() => Reflect.apply(fromKysely, null, [null]), /was given null, which is no transaction/)
  })
})

describe('the border of a Drizzle transaction', () => {
  it('sends lists of anything as one value', async () => {
    await drizzle({ client: pool }).transaction(async (tx) => {
      const { rows } = await fromDrizzle(tx, sql).executeSql(
        'select $1::int[] as numbers, $2::text[] as texts, $3::date[]::text[] as dates, $4::int[] as nested, $5::text[] as none',
        [[1, -2], ['"\\', null, 'null', ''], [new Date('2026-11-22T00:00:00Z')], [[1], [2]], []],
      )
      assert.deepEqual(rows, [
        {
          numbers: [1, -2],
          texts: ['"\\', null, 'null', ''],
          dates: ['2026-11-22'],
          nested: [[1], [2]],
          none: [],
        },
      ])
    })
  })

  it('refuses what is not Drizzle’s sql, and nothing at all, in words', async () => {
    await drizzle({ client: pool }).transaction(async (tx) => {
      assert.throws(
        () => Reflect.apply(fromDrizzle, null, [tx]),
        /was given undefined as sql\. Pass the sql of drizzle-orm/,
      )
    })
    assert.throws(
      () => Reflect.apply(fromDrizzle, null, [undefined, sql]),
      /was given undefined, which is no transaction/,
    )
  })
})

describe('the border of a Prisma transaction', () => {
  const $queryRawUnsafe = async () => []

  it('is not refused for being able to make savepoints', async () => {
    const tx = { $queryRawUnsafe, $transaction: async () => undefined }
    assert.deepEqual(await fromPrisma(tx).executeSql('select 1', []), { rows: [] })
  })

  it('refuses what is no Prisma, in words', () => {
    for (const [given, words] of [
      [undefined, 'undefined'],
      [{}, 'an Object'],
      ['tx', 'a string'],
      [() => undefined, 'a function'],
      [Object.create(null), 'an object'],
    ]) {
      const says = `fromPrisma(tx) was given ${words}, which is no transaction.`
      assert.throws(
        () => Reflect.apply(fromPrisma, null, [given]),
        (error) => String(error).includes(says),
      )
    }
  })
})

it('an answer without rows is told, and not taken for none', () => {
  assert.deepEqual(rowsOf([{ a: 1 }]), [{ a: 1 }])
  assert.deepEqual(rowsOf({ rows: [] }), [])
  for (const answer of [undefined, {}, { rows: null }, 3]) assert.throws(() => rowsOf(answer), TypeError)
})

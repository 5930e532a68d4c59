import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { fromNodePostgres } from '../../../core/sdk/from-node-postgres.ts'
import { statementName } from '../../../core/sdk/transaction.ts'
import { createTestDatabase } from '../../support/test-database.ts'

describe('the border of a node-postgres transaction', () => {
  let drop: () => Promise<void>
  let client: pg.Client

  before(async () => {
    const database = await createTestDatabase()
    drop = database.drop
    client = new pg.Client({ connectionString: database.databaseUrl })
    await client.connect()
  })
  after(async () => {
    await client.end()
    await drop()
  })

  it('calls back when the transaction has ended, and not between its statements', async () => {
    const called: string[] = []
    await client.query('begin')
    for (const name of ['first', 'second']) {
      const border = fromNodePostgres(client)
      await border.executeSql('select $1::text', [name])
      border.onCommit?.(() => called.push(name))
    }
    await client.query('select 1')
    assert.deepEqual(called, [])
    await client.query('commit')
    await client.query('select 2')
    assert.deepEqual(called, ['first', 'second'])
  })

  it('leaves nothing behind on the client, whatever the end of the transaction', async () => {
    const called: string[] = []
    for (const end of ['commit', 'rollback']) {
      await client.query('begin')
      fromNodePostgres(client).onCommit?.(() => called.push(end))
      await client.query(end)
      await client.query('select 1')
    }
    assert.deepEqual(called, ['commit', 'rollback'])
    assert.equal(client.listenerCount('drain'), 0)
  })

  it('calls back at once when the transaction has ended already, and writes nothing more', async () => {
    const called: string[] = []
    await client.query('begin')
    const border = fromNodePostgres(client)
    await client.query('commit')
    border.onCommit?.(() => called.push('ended'))
    assert.deepEqual(called, ['ended'])
    await assert.rejects(border.executeSql('select 1', []), /without an open transaction/)
  })

  it('refuses a client that has not begun', () => {
    assert.throws(
      () => fromNodePostgres(client),
      (error) => error instanceof TypeError && /was given a Client without an open .* Wait for/.test(error.message),
    )
  })

  it('refuses a pool, even one that has no connection yet', () => {
    // TypeScript refuses it too.
    assert.throws(
      () => Reflect.apply(fromNodePostgres, null, [new pg.Pool()]),
      /was given a BoundPool, which has no .* pool\.connect/,
    )
  })

  it('refuses nothing at all in words', () => {
    assert.throws(
      () => Reflect.apply(fromNodePostgres, null, [undefined]),
      /was given undefined, which has no transaction/,
    )
  })

  it('does without a client that cannot tell', () => {
    const border = fromNodePostgres({ query: async () => ({ rows: [] }) })
    assert.equal(border.onCommit, undefined)
  })
})

describe('the name of a prepared statement', () => {
  it('is the same for the same text, another for another, and short enough for PostgreSQL', () => {
    const texts = ['select 1', 'select 2', 'select 1 '.repeat(1000)]
    assert.equal(new Set(texts.map(statementName)).size, texts.length)
    for (const text of texts) {
      assert.equal(statementName(text), statementName(text))
      assert.match(statementName(text), /^os_[\w-]{1,60}$/)
    }
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { fromNodePostgres } from '../../../core/sdk/transaction.ts'
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

  it('calls back at once outside a transaction', () => {
    const called: string[] = []
    fromNodePostgres(client).onCommit?.(() => called.push('outside'))
    assert.deepEqual(called, ['outside'])
  })

  it('does without a client that cannot tell', () => {
    const border = fromNodePostgres({ query: async () => ({ rows: [] }) })
    assert.equal(border.onCommit, undefined)
  })
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createPool } from '../../../core/database/pool.ts'
import { type Database, together } from '../../../core/database/transaction.ts'
import { until } from '../../support/instance.ts'
import { quietLog } from '../../support/migrated-database.ts'
import { createTestDatabase } from '../../support/test-database.ts'

describe('the pool', () => {
  let database: Database
  let drop: () => Promise<void>
  before(async () => {
    const created = await createTestDatabase()
    database = createPool({ databaseUrl: created.databaseUrl, schema: 'public', log: quietLog, maxConnections: 3 })
    drop = created.drop
    await database.executeSql('create table entry (id integer primary key)')
  })
  after(async () => {
    await database.close()
    await drop()
  })
  beforeEach(() => database.executeSql('truncate entry'))

  const insert = 'insert into entry values ($1)'
  const count = 'select count(*)::int as count from entry'
  const countRows = async (): Promise<unknown> => (await database.executeSql(count, [])).rows

  it('carries out statements sent together in their order, each seeing the one before', async () => {
    const results = await database.session((session) =>
      together([session.executeSql(insert, [1]), session.executeSql(count, []), session.executeSql(insert, [2])]),
    )
    assert.deepEqual(results[1].rows, [{ count: 1 }])
    assert.deepEqual(await countRows(), [{ count: 2 }])
  })

  it('survives a connection that breaks between two statements of a transaction', async () => {
    const work = database.transaction(async (session) => {
      const { rows } = await session.executeSql<{ pid: number }>('select pg_backend_pid() as pid', [])
      await database.executeSql('select pg_terminate_backend($1)', [rows[0]?.pid])
      const isThere = 'select 1 from pg_stat_activity where pid = $1'
      await until(async () => (await database.executeSql(isThere, [rows[0]?.pid])).rows.length === 0)
      await session.executeSql(insert, [1])
    })
    await assert.rejects(work, /terminat|Client has encountered a connection error/)
    assert.deepEqual(await countRows(), [{ count: 0 }])
  })

  it('lets the second statement of a session see what another transaction committed while the first waited', async () => {
    const { promise: isInserted, resolve } = Promise.withResolvers<void>()
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
    const other = database.transaction(async (session) => {
      await session.executeSql(insert, [1])
      resolve()
      await mayCommit
    })
    await isInserted
    const ours = database.session((session) =>
      together([
        session.executeSql(`${insert} on conflict do nothing returning id`, [1]),
        session.executeSql(count, []),
      ]),
    )
    await until(async () => (await database.executeSql('select from pg_locks where not granted', [])).rows.length > 0)
    commit()
    const [inserted, counted] = await ours
    await other
    assert.deepEqual([inserted.rows, counted.rows], [[], [{ count: 1 }]])
  })

  it('rolls back everything when one of several statements fails, and tells the first error', async () => {
    const failed = database.transaction((session) =>
      together([session.executeSql(insert, [1]), session.executeSql(insert, [1]), session.executeSql(insert, [2])]),
    )
    await assert.rejects(failed, { code: '23505' })
    assert.deepEqual(await countRows(), [{ count: 0 }])
  })

  it('can use the connection again after that, also for statements that were never prepared', async () => {
    for (let index = 0; index < 4; index++) {
      const sql = `insert into entry values ($1) returning ${index} as turn`
      const failing = database.transaction((session) =>
        together([session.executeSql('select 1 / 0', []), session.executeSql(sql, [index])]),
      )
      await assert.rejects(failing, { code: '22012' })
      assert.deepEqual((await database.transaction((session) => session.executeSql(sql, [index]))).rows, [
        { turn: index },
      ])
    }
  })

  it('waits for all statements before it tells an error, so that none runs after the rollback', async () => {
    let isOver = false
    const slow = new Promise((resolve) => setTimeout(resolve, 30)).then(() => {
      isOver = true
    })
    await assert.rejects(together([Promise.reject(new Error('first')), slow]), { message: 'first' })
    assert.equal(isOver, true)
  })
})

// Orders as rows, through the whole product: the mapping that a new connection proposes, and the table of the README.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { changedOrder, createTestInstance, sampleOrder, type TestInstance } from '../../../core/testing/index.ts'
import sqlTable from '../../../plugins/sql-table/index.ts'
import { SqlTableSync } from '../../../plugins/sql-table/provider.ts'
import { startRawServer, unusedPort } from '../../core/http/local-server.ts'
import { createSecondDatabase, type SecondDatabase } from './second-database.ts'

const readme = await readFile(new URL('../../../plugins/sql-table/README.md', import.meta.url), 'utf8')

describe('orders in a table', () => {
  let remote: SecondDatabase
  let instance: TestInstance
  before(async () => {
    remote = await createSecondDatabase()
    const [createTable] = /create table orders[^;]*;/.exec(readme) ?? []
    assert.ok(createTable)
    await remote.query(createTable)
    const databaseUrl = process.env.TEST_DATABASE_URL
    instance = await createTestInstance({ plugins: [sqlTable], ...(databaseUrl ? { databaseUrl } : {}) })
    await instance.connect({ provider: SqlTableSync, settings: remote.settings })
  })
  after(async () => {
    await instance.close()
    await remote.close()
  })

  const push = async (id: string, options?: { isForced: boolean }): Promise<string> => {
    await instance.signal('order_placed', id, options)
    await instance.drain()
    const attempt = (await instance.attempts({ id })).at(-1)
    return `${attempt?.outcome}${attempt?.message ? `: ${attempt.message}` : ''}`
  }
  // xmin names the transaction that has last written a row.
  const rows = () =>
    remote.query('select *, total::text as total, xmin::text as xmin from orders order by order_number')

  it('are inserted, left alone while nothing changes, and changed', async () => {
    for (const number of [1, 2]) instance.records.put('Order', sampleOrder(number))
    assert.equal(await push('1'), 'succeeded')
    assert.equal(await push('2'), 'succeeded')
    const [first, second] = await rows()
    assert.deepEqual(
      { ...first, xmin: '' },
      {
        order_number: 'CONF-A1',
        status: 'paid',
        total: '80.00',
        email: 'buyer1@example.org',
        name: 'Ada Lovelace',
        company: 'Analytical Engines',
        ordered_at: new Date('2026-07-04T09:00:00+02:00'),
        paid_at: new Date('2026-07-04T09:05:00+02:00'),
        xmin: '',
      },
    )

    assert.equal(await push('1'), 'nothing_to_do')
    await push('1', { isForced: true })
    assert.deepEqual(await rows(), [first, second], 'what is there already must not be written again')

    instance.records.put('Order', changedOrder(sampleOrder(1)))
    assert.equal(await push('1'), 'succeeded')
    const [changed, untouched] = await rows()
    assert.deepEqual([changed?.total, changed?.name], ['95.50', 'Augusta King'])
    assert.deepEqual(untouched, second)
  })

  it('that are removed there are made again when they are sent by force', async () => {
    await remote.query(`delete from orders where order_number = 'CONF-A2'`)
    assert.equal(await push('2', { isForced: true }), 'succeeded')
    assert.equal((await rows()).length, 2)
  })

  it('are tried again when the server closes the connection or refuses it', async (test) => {
    instance.records.put('Order', sampleOrder(5))
    const rude = await startRawServer(test, (socket) => void socket.once('data', () => socket.destroy()))
    for (const port of [rude.port, await unusedPort()]) {
      await instance.connect({ provider: SqlTableSync, settings: { ...remote.settings, host: '127.0.0.1', port } })
      assert.match(await push('5'), /^retry: .*(got no answer: the connection was closed|refused the connection)/)
    }
    await instance.connect({ provider: SqlTableSync, settings: remote.settings })
    await instance.advance(60 * 60_000)
    assert.equal(await push('5'), 'succeeded')
  })

  it('wait for new credentials when the password is refused, for a person when the table is wrong', async (test) => {
    await remote.query(`create role refused login password 'right-password'; alter role refused nologin`)
    test.after(() => remote.query('drop role refused'))
    instance.records.put('Order', sampleOrder(3))
    await instance.connect({ provider: SqlTableSync, settings: { ...remote.settings, user: 'refused' } })
    assert.match(await push('3'), /^reconnect: .*\[28...\]\. Check the user and the password/)

    await instance.connect({ provider: SqlTableSync, settings: { ...remote.settings, schema: 'elsewhere' } })
    assert.match(await push('3'), /^config: .*The schema "elsewhere" has no table "orders"/)
    await instance.connect({ provider: SqlTableSync, settings: remote.settings })

    await remote.query(`alter table orders add column seat text not null default '', add check (total < 1000)`)
    instance.records.put('Order', { ...sampleOrder(4), order_total: '5000.00' })
    assert.match(await push('4'), /^permanent: .*violates check constraint "orders_total_check".*\[23514\]/)
  })
})

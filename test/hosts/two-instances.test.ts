// Several of us on one database: two instances in one process, each with schemas of its own, and a host that has a pg-boss
// of its own beside ours.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PgBoss } from 'pg-boss'
import PgBoss10 from 'pg-boss-10'
import { createOutboundSync, type OutboundSync } from '../../core/index.ts'
import { createFixturePlugin, scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { type Remote, startRemote } from '../support/start-remote.ts'

const subject = (id: string) => ({ scope, subjects: [{ model: 'Order', id }] })

async function countIn(instance: Instance, table: string, condition = 'true'): Promise<number> {
  const [row] = await instance.rows(`select count(*)::int as count from ${table} where ${condition}`)
  return Number(row?.count)
}

async function deals(remote: Remote): Promise<string[]> {
  return [...(await remote.bodies()).keys()].filter((path) => path.startsWith('/deal/'))
}

describe('two instances in one process on one database', () => {
  let first: Instance
  let second: OutboundSync
  let secondRemote: Remote
  before(async () => {
    first = await createInstance()
    secondRemote = await startRemote()
    second = await createOutboundSync({
      databaseUrl: first.databaseUrl,
      schema: 'second_sync',
      bossSchema: 'second_sync_boss',
      plugins: [createFixturePlugin(first.pool)],
      keyFolder: first.keyFolder,
      egressAllow: [`127.0.0.1:${secondRemote.port}`],
      workerPollIntervalMs: 100,
      logLevel: 'silent',
    })
    await second.start()
    await second.operations.ensureConnection({
      provider: 'fixture',
      name: 'Second remote',
      scope,
      settings: { baseUrl: secondRemote.baseUrl },
      actor: 'test',
    })
  })
  after(async () => {
    await second.stop()
    await secondRemote.stop()
    await first.close()
  })

  it('keep their jobs and tickets apart', async () => {
    await first.placeOrder('1')
    assert.equal(await countIn(first, 'outbound_sync.sync_job'), 1)
    assert.equal(await countIn(first, 'second_sync.sync_job'), 0)
    await first.inTransaction(async (transaction) => {
      await second.signals.order_placed.promise({ ...subject('2'), transaction })
    })
    assert.equal(await countIn(first, 'outbound_sync.sync_job'), 1)
    assert.equal(await countIn(first, 'second_sync.sync_job'), 1)
    for (const schema of ['outbound_sync', 'second_sync']) {
      const [connection] = await first.rows(`select id from ${schema}.connection`)
      const tickets = await first.rows(`select name from ${schema}_boss.job where name like 'sync-%'`)
      assert.deepEqual(tickets, [{ name: `sync-${connection?.id}` }])
    }
  })

  it('can be told of one change in one transaction, which leaves nothing in either when it rolls back', async () => {
    const tellBoth = (id: string, end: () => void) =>
      first.inTransaction(async (transaction) => {
        await first.sync.signals.order_placed.promise({ ...subject(id), transaction })
        await second.signals.order_placed.promise({ ...subject(id), transaction })
        end()
      })
    const rolledBack = new Error('rolled back by the host')
    await assert.rejects(
      tellBoth('3', () => {
        throw rolledBack
      }),
      rolledBack,
    )
    await tellBoth('4', () => {})
    for (const schema of ['outbound_sync', 'second_sync']) {
      assert.equal(await countIn(first, `${schema}.sync_job`, `source_id = '3'`), 0)
      assert.equal(await countIn(first, `${schema}.sync_job`, `source_id = '4'`), 1)
    }
  })

  it('both send what is theirs, each to its own remote', async () => {
    await first.sync.worker.start()
    await until(async () => (await deals(first.remote)).length === 2)
    await first.untilIdle()
    assert.deepEqual(await deals(secondRemote), [])
    assert.equal(await countIn(first, 'second_sync.sync_job'), 2)
    await second.worker.start()
    await until(async () => (await countIn(first, 'second_sync.sync_job')) === 0)
    assert.deepEqual((await deals(first.remote)).sort(), ['/deal/B1', '/deal/B4'])
    assert.deepEqual((await deals(secondRemote)).sort(), ['/deal/B2', '/deal/B4'])
  })

  it('go on when the other one stops', async () => {
    await second.worker.stop()
    await first.placeOrder('5')
    await until(async () => (await deals(first.remote)).includes('/deal/B5'))
  })
})

type HostBoss = Pick<PgBoss, 'createQueue' | 'offWork' | 'on' | 'send' | 'start' | 'stop' | 'work'>
const hostBosses: readonly { version: string; open(databaseUrl: string): HostBoss }[] = [
  { version: 'our version', open: (databaseUrl) => new PgBoss(databaseUrl) },
  // Its calls used here are the same; its types are its own.
  { version: 'version 10', open: (databaseUrl) => new PgBoss10(databaseUrl) as unknown as HostBoss },
]
for (const { version, open } of hostBosses) {
  describe(`beside a pg-boss of the host, ${version}, in its default schema`, () => besideBoss(open))
}

function besideBoss(open: (databaseUrl: string) => HostBoss): void {
  let instance: Instance
  let boss: HostBoss
  const bossErrors: unknown[] = []
  before(async () => {
    instance = await createInstance()
    boss = open(instance.databaseUrl)
    boss.on('error', (error) => bossErrors.push(error))
    await boss.start()
    await boss.createQueue('mails')
  })
  after(async () => {
    await boss.stop({ graceful: false })
    await instance.close()
  })

  it('a transaction of the host holds an order, our job and its own job: all or nothing', async () => {
    const place = (id: string, end: () => void) =>
      instance.inTransaction(async (transaction, client) => {
        await instance.sync.signals.order_placed.promise({ ...subject(id), transaction })
        const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) }
        assert.ok(await boss.send('mails', { order: id }, { db }))
        end()
      })
    const rolledBack = new Error('rolled back by the host')
    await assert.rejects(
      place('1', () => {
        throw rolledBack
      }),
      rolledBack,
    )
    await place('2', () => {})
    assert.equal(await countIn(instance, 'outbound_sync.sync_job'), 1)
    assert.equal(await countIn(instance, 'outbound_sync_boss.job', `name like 'sync-%'`), 1)
    assert.equal(await countIn(instance, 'pgboss.job', `name = 'mails'`), 1)
  })

  it('neither sees the queues of the other', async () => {
    await instance.sync.worker.start()
    const ours = await instance.rows('select name from outbound_sync_boss.queue')
    const theirs = await instance.rows('select name from pgboss.queue')
    const names = (rows: Record<string, unknown>[]) => rows.map((row) => String(row.name))
    assert.ok(names(ours).includes(`sync-${instance.connectionId}`))
    assert.ok(!names(ours).includes('mails'))
    assert.ok(names(theirs).includes('mails'))
    assert.deepEqual(
      names(theirs).filter((name) => name.startsWith('sync-') || name === 'audit'),
      [],
    )
  })

  it('both do their work at the same time', async () => {
    const mailed: string[] = []
    await boss.work<{ order: string }>('mails', { pollingIntervalSeconds: 0.5 }, async (jobs) => {
      mailed.push(...jobs.map(({ data }) => data.order))
    })
    await until(() => mailed.length === 1)
    await until(async () => (await deals(instance.remote)).length === 1)
    assert.deepEqual(mailed, ['2'])
    assert.deepEqual(await deals(instance.remote), ['/deal/B2'])
  })

  it('the host’s goes on when ours stops, and ours when the host’s does', async () => {
    const mailed: string[] = []
    await boss.offWork('mails')
    await boss.work<{ order: string }>('mails', { pollingIntervalSeconds: 0.5 }, async (jobs) => {
      mailed.push(...jobs.map(({ data }) => data.order))
    })
    await instance.sync.worker.stop()
    await boss.send('mails', { order: '7' })
    await until(() => mailed.length === 1)
    await boss.stop({ graceful: false })
    await instance.sync.worker.start()
    await instance.placeOrder('7')
    await until(async () => (await deals(instance.remote)).includes('/deal/B7'))
    assert.deepEqual(bossErrors, [])
  })
}

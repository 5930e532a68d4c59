// Tables as teams want them: by a script they run themselves, used by roles that may not change them, and by programs of
// two versions at the same time.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import type { OutboundSync, OutboundSyncOptions } from '../../../core/instance.ts'
import { createOutboundSync } from '../../../core/outbound-sync.ts'
import { fromNodePostgres } from '../../../core/sdk/from-node-postgres.ts'
import { createFixturePlugin, createFixtureTables, scope } from '../../support/fixture-shop.ts'
import { until } from '../../support/instance.ts'
import { type Remote, startRemote } from '../../support/start-remote.ts'
import { createTestDatabase } from '../../support/test-database.ts'

describe('migrations', () => {
  let databaseUrl = ''
  let drop: () => Promise<void>
  let pool: pg.Pool
  let remote: Remote
  const role = `app_${randomBytes(6).toString('hex')}`
  before(async () => {
    ;({ databaseUrl, drop } = await createTestDatabase())
    pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
    remote = await startRemote()
    await createFixtureTables(pool, 3)
    await pool.query(`create role ${role} login password 'app'; grant usage on schema fixture to ${role};
      grant select, insert on all tables in schema fixture to ${role}`)
  })
  after(async () => {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
    await pool.end()
    await remote.stop()
    await drop()
  })

  const asRole = (): string => {
    const url = new URL(databaseUrl)
    url.username = role
    url.password = 'app'
    return url.href
  }
  const withInstance = async (
    options: Partial<OutboundSyncOptions>,
    work: (sync: OutboundSync) => Promise<void>,
  ): Promise<void> => {
    const sync = await createOutboundSync({
      databaseUrl,
      plugins: [createFixturePlugin(pool)],
      secretKeys: Buffer.alloc(32, 3).toString('base64'),
      egressAllow: [`127.0.0.1:${remote.port}`],
      logStream: { write: () => undefined },
      ...options,
    })
    try {
      await work(sync)
    } finally {
      await sync.stop()
    }
  }
  const placeOrder = async (sync: OutboundSync, id: string): Promise<void> => {
    const client = await pool.connect()
    await client.query('begin')
    await sync.signals.order_placed.promise({
      scope,
      subjects: [{ model: 'Order', id }],
      transaction: fromNodePostgres(client),
    })
    await client.query('commit')
    client.release()
  }
  const script = async (): Promise<string> => {
    let sql = ''
    await withInstance({}, async (sync) => {
      sql = await sync.migrationScript()
    })
    return sql
  }

  it('that are missing are named where nobody may apply them', async () => {
    await withInstance({ migrations: 'manual' }, async (sync) => {
      await assert.rejects(sync.start(), /behind by 20261122000000_initial, .*outbound-sync migrate --sql/)
    })
    await withInstance({ databaseUrl: asRole() }, async (sync) => {
      await assert.rejects(sync.start(), /may not change the tables.*permission denied.*outbound-sync migrate/s)
    })
  })

  it('run as a script of plain SQL, after which there is nothing left to do', async () => {
    await pool.query(await script())
    await withInstance({ migrations: 'manual' }, async (sync) => {
      await sync.start()
      assert.deepEqual(await sync.migrate(), [])
    })
    const again = await script()
    assert.doesNotMatch(again, /create table (?!if not exists)|CREATE TYPE|insert into/)
    await pool.query(again)
  })

  it('print of the queue only what it lacks', async () => {
    await pool.query('update outbound_sync_boss.version set version = version - 1')
    try {
      const sql = await script()
      assert.match(sql, /outbound_sync_boss/)
      assert.doesNotMatch(sql, /CREATE SCHEMA IF NOT EXISTS outbound_sync_boss/i)
    } finally {
      await pool.query('update outbound_sync_boss.version set version = version + 1')
    }
  })

  it('leave tables that a role with the rights of core/README.md works on', async () => {
    const readme = await readFile(new URL('../../../core/README.md', import.meta.url), 'utf8')
    const grants = /```sql\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    assert.ok(grants.includes('app_role'))
    await pool.query(grants.replaceAll('app_role', role))
    await withInstance({ databaseUrl: asRole() }, async (sync) => {
      await sync.start()
      const { connectionId } = await sync.operations.ensureConnection({
        provider: 'fixture',
        name: 'Remote',
        scope,
        settings: { baseUrl: remote.baseUrl },
        actor: 'test',
      })
      await sync.worker.start()
      await placeOrder(sync, '1')
      await until(async () => (await remote.counts()).objectCount === 3)
      await sync.operations.pauseConnection({ connectionId, actor: 'test' })
      const { runId } = await sync.operations.startAudit({ connectionId, sourceModel: 'Order', scope, actor: 'test' })
      await until(async () => (await sync.operations.auditReport(runId)).state === 'finished')
    })
    const { rows } = await pool.query(`select has_schema_privilege($1, 'outbound_sync', 'create') as may_create`, [
      role,
    ])
    assert.deepEqual(rows, [{ may_create: false }])
  })

  it('of a newer program let this one work beside it where they say so, and stop it where they do not', async () => {
    await pool.query(`insert into outbound_sync.migration (name, executed_at) values ('29990101000000_future', now())`)
    const start = (plugins: OutboundSyncOptions['plugins']) => withInstance({ plugins }, (sync) => sync.start())
    await start([])
    await pool.query(`update outbound_sync.compatibility set programs = '>=99.0.0'`)
    await assert.rejects(start([]), /newer version.*29990101000000_future.*>=99\.0\.0 can/)
    // An older program that brings a plugin's tables up to date does not take the word back.
    await pool.query(`update outbound_sync.compatibility set programs = '>=0.1.0 || >=99.0.0'`)
    const { definePlugin } = await import('../../../core/sdk/plugin.ts')
    const migrations = [{ name: '20260101000000_own', up: 'create schema own_plugin' }]
    await start([definePlugin({ name: 'own', version: '1.0.0', compatibility: '*', migrations })])
    const { rows } = await pool.query('select programs from outbound_sync.compatibility')
    assert.deepEqual(rows, [{ programs: '>=0.1.0 || >=99.0.0' }])
  })
})

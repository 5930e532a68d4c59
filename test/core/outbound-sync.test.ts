// What a host is told that makes an instance wrongly, or uses it too early.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { isErrorKind } from '../../core/errors.ts'
import type { OutboundSync, OutboundSyncOptions } from '../../core/instance.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { fromNodePostgres } from '../../core/sdk/from-node-postgres.ts'
import { scope } from '../support/fixture-shop.ts'
import { createScriptedPlugin } from '../support/scripted-provider.ts'
import { createTestDatabase } from '../support/test-database.ts'

const secretKeys = [randomBytes(32).toString('base64')]

describe('createOutboundSync', () => {
  it('says that the URL of the database is missing, and where to set it', async () => {
    const before = process.env.DATABASE_URL
    delete process.env.DATABASE_URL
    try {
      // What a host in JavaScript can pass: its own variable is not set.
      const options = { databaseUrl: undefined, plugins: [], secretKeys } as unknown as OutboundSyncOptions
      await assert.rejects(createOutboundSync(options), {
        code: 'config_invalid',
        message:
          'The URL of the database is missing. Give createOutboundSync the option databaseUrl, or set DATABASE_URL; expected a PostgreSQL URL such as postgres://user:password@host:5432/database.',
      })
    } finally {
      if (before !== undefined) process.env.DATABASE_URL = before
    }
  })
})

describe('an instance that was not started, on an empty database', { timeout: 30_000 }, () => {
  let sync: OutboundSync
  let client: pg.Client
  let drop: () => Promise<void>
  const logLines: string[] = []
  before(async () => {
    const empty = await createTestDatabase()
    drop = empty.drop
    client = new pg.Client({ connectionString: empty.databaseUrl })
    await client.connect()
    sync = await createOutboundSync({
      databaseUrl: empty.databaseUrl,
      plugins: [createScriptedPlugin().plugin],
      secretKeys,
      logStream: { write: (line) => void logLines.push(line) },
    })
  })
  after(async () => {
    await sync.stop()
    await client.end()
    await drop()
  })

  const told = (error: unknown): true => {
    assert.ok(isErrorKind(error, 'OutboundSyncError'))
    assert.match(
      String(error),
      /The tables of outbound-sync are missing from the schema outbound_sync .* Call start\(\) .* or run `outbound-sync migrate` once/,
    )
    return true
  }

  it('says so when a signal is fired, in a transaction of the host and outside of one', async () => {
    const event = { scope, subjects: [{ model: 'Order', id: '1' }] }
    await assert.rejects(sync.signals.order_placed.promise({ ...event, transaction: 'none' }), told)
    await client.query('begin')
    await assert.rejects(sync.signals.order_placed.promise({ ...event, transaction: fromNodePostgres(client) }), told)
    await client.query('rollback')
  })

  it('says so of its operations', async () => {
    const { operations } = sync
    const connection = { provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' }
    await assert.rejects(operations.ensureConnection(connection), told)
    const plugin = { plugin: 'scripted', scope, isActive: true, actor: 'test' }
    await assert.rejects(operations.setPluginActive(plugin), told)
    await assert.rejects(operations.isPluginActive({ plugin: 'scripted', scope }), told)
  })

  it('says so on its pages', async () => {
    const server = createServer(sync.handler).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      const response = await fetch(`http://127.0.0.1:${port}/sign-in`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ email: 'a@example.com', password: 'a long password' }),
      })
      assert.equal(response.status, 503)
      assert.match(await response.text(), /There are no tables yet.*calls start\(\) before it answers requests/s)
    } finally {
      server.close()
    }
  })
})

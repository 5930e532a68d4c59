// Environments over a real database: what connections are handed, what a missing variable says, and what a change does.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createConnections } from '../../../core/connections/connect.ts'
import { createEnvironments } from '../../../core/connections/environments.ts'
import type { Database } from '../../../core/database/transaction.ts'
import { isErrorKind } from '../../../core/errors.ts'
import { createCatalog } from '../../../core/registry/catalog.ts'
import { definePlugin, secret, z } from '../../../core/sdk/index.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { sampleProvider } from '../registry/sample-plugins.ts'

const crm = sampleProvider({
  statics: {
    identifier: 'crm',
    version: '1.0.0',
    settings: z.object({
      url: z.url(),
      token: secret(),
      headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
      account: z.string().optional(),
    }),
    accountSettings: ['url'],
  },
})
const plugin = definePlugin({ name: 'sample', version: '1.0.0', compatibility: '*', providers: [crm] })
const catalog = createCatalog({
  plugins: [{ specifier: 'sample', name: 'sample', plugin, status: 'ready', error: null }],
})

const configured = [{ id: 'k1', key: randomBytes(32) }]
const live = { provider: 'crm', providerVersion: '1.0.0', environment: 'live', actor: 'Ann' }
const test = { ...live, environment: 'test' }
const password = 'pw-7c1e0d4f'
const given = {
  provider: 'crm',
  name: 'Our CRM',
  scope: '',
  environment: 'live' as string | null,
  settings: {
    url: 'https://{{env.HOST}}/api',
    token: '{{ env.USER }}:{{env.PASSWORD}}',
    headers: [{ name: 'X-User', value: 'as {{env.USER}}' }],
  } as Record<string, unknown>,
  actor: 'Ann',
}

describe('environments', () => {
  let database: Database
  let drop: () => Promise<void>
  let wakeUpCount = 0
  before(async () => {
    ;({ database, drop } = await createMigratedDatabase())
  })
  after(() => drop())

  const parts = () => {
    const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
    return {
      environments: createEnvironments({
        database,
        catalog,
        dataKeys,
        wakeUp: () => void wakeUpCount++,
      }),
      connections: createConnections({
        database,
        catalog,
        dataKeys,
        ...connectionParts({ database, dataKeys }),
        createQueue: async () => {},
        cancelJobs: async () => {},
        wakeUp() {},
      }),
    }
  }
  let environments: ReturnType<typeof parts>['environments']
  let connections: ReturnType<typeof parts>['connections']
  beforeEach(async () => {
    await database.executeSql(
      'truncate outbound_sync.connection, outbound_sync.environment_variable, outbound_sync.audit_entry cascade',
    )
    ;({ environments, connections } = parts())
    await environments.set({ ...live, name: 'HOST', value: 'live.example.com', isSecret: false })
    await environments.set({ ...live, name: 'USER', value: 'sync', isSecret: false })
    await environments.set({ ...live, name: 'PASSWORD', value: password, isSecret: true })
    wakeUpCount = 0
  })
  const loaded = async (id: string) => {
    const [connection] = await connections.load([id])
    assert.ok(connection)
    return connection
  }
  const row = async (id: string) => {
    const { rows } = await database.executeSql<{ epoch: number; gate: string; account_key: string; updated_at: Date }>(
      'select epoch, gate, account_key, updated_at from outbound_sync.connection where id = $1',
      [id],
    )
    assert.ok(rows[0])
    return rows[0]
  }
  const rejects = (work: Promise<unknown>, ...messages: RegExp[]) =>
    assert.rejects(work, (error) => {
      assert.ok(isErrorKind(error, 'SyncConfigError') && error instanceof Error, String(error))
      for (const message of messages) assert.match(error.message, message)
      assert.ok(!error.message.includes(password))
      return true
    })

  it('fill settings, secrets and headers, and their secrets count as the connection’s', async () => {
    const { connectionId } = await connections.ensure(given)
    const { settings, secrets, error } = await loaded(connectionId)
    assert.equal(error, null)
    assert.deepEqual(settings, {
      url: 'https://live.example.com/api',
      token: `sync:${password}`,
      headers: [{ name: 'X-User', value: 'as sync' }],
    })
    assert.ok(secrets.all().includes(password) && secrets.all().includes(`sync:${password}`))
    const summary = await connections.get(connectionId)
    assert.equal(summary?.environment, 'live')
    assert.equal(summary?.settings.url, 'https://{{env.HOST}}/api')
  })

  it('leave no secret in clear text in any row', async () => {
    await connections.ensure(given)
    for (const table of ['connection', 'environment_variable', 'audit_entry', 'data_key']) {
      const { rows } = await database.executeSql(`select to_jsonb(t)::text as text from outbound_sync.${table} t`, [])
      assert.ok(rows.length > 0)
      for (const { text } of rows) assert.ok(!String(text).includes(password), table)
    }
  })

  it('say what is missing, where, and where to set it, when a connection is made and when it is loaded', async () => {
    await rejects(
      connections.ensure({ ...given, environment: 'test' }),
      /The setting "url" of the connection "Our CRM" needs the variable "HOST"/,
      /the environment "test" of crm 1\.0\.0 does not have\. Set it .*\(\/environments\/crm\/1\.0\.0\/test\)/,
    )
    await rejects(connections.ensure({ ...given, environment: null }), /has no environment/)
    const { connectionId } = await connections.ensure(given)
    assert.equal(await environments.remove({ ...live, name: 'PASSWORD' }), true)
    assert.equal(await environments.remove({ ...live, name: 'PASSWORD' }), false)
    const { error, settings } = await loaded(connectionId)
    assert.ok(isErrorKind(error, 'SyncConfigError'))
    assert.match(error?.message ?? '', /needs the variable "PASSWORD".*environment "live"/)
    assert.deepEqual(settings, {})
  })

  it('fill once, and only what looks like a reference', async () => {
    await environments.set({ ...live, name: 'NESTED', value: '{{env.PASSWORD}}', isSecret: false })
    const account = '{{env.NESTED}} {env.USER} {{ENV.USER}} $& {{result.id}}'
    const { connectionId } = await connections.ensure({ ...given, settings: { ...given.settings, account } })
    const { settings } = await loaded(connectionId)
    assert.equal(settings.account, '{{env.PASSWORD}} {env.USER} {{ENV.USER}} $& {{result.id}}')
    for (const account of ['{{env.}}', '{{env.__proto__}}', '{{env.constructor}}', '{{env.A-B}}']) {
      await rejects(connections.ensure({ ...given, settings: { ...given.settings, account } }), /needs the variable/)
    }
  })

  it('put a secret variable into credentials only: nowhere else when a connection is saved, nor when it is loaded', async () => {
    const headers = [{ name: 'X-Key', value: '{{env.PASSWORD}}' }]
    for (const [setting, changes] of [
      ['url', { url: 'https://attacker.example/?{{env.PASSWORD}}' }],
      ['headers', { headers }],
      ['account', { account: '{{ env.PASSWORD }}' }],
    ] as const) {
      await rejects(
        connections.ensure({ ...given, settings: { ...given.settings, ...changes } }),
        new RegExp(`^The setting "${setting}" .*"PASSWORD", which is secret\\. .*credentials only \\("token"\\)`),
      )
    }
    const { connectionId } = await connections.ensure(given)
    await environments.set({ ...live, name: 'HOST', value: 'live.example.com', isSecret: true })
    const { error, settings } = await loaded(connectionId)
    assert.match(error?.message ?? '', /The setting "url" .*"HOST", which is secret/)
    assert.deepEqual(settings, {})
  })

  it('keep what a connection has when it is saved without naming one', async () => {
    const { connectionId } = await connections.ensure(given)
    const { environment: _, ...rest } = given
    await connections.ensure({ ...rest, settings: { ...given.settings, account: 'a' } })
    assert.equal((await loaded(connectionId)).environment, 'live')
    const before = await row(connectionId)
    await environments.set({ ...test, name: 'HOST', value: 'test.example.com', isSecret: false })
    await environments.set({ ...test, name: 'USER', value: 'sync', isSecret: false })
    await environments.set({ ...test, name: 'PASSWORD', value: password, isSecret: true })
    await connections.ensure({ ...given, environment: 'test' })
    assert.equal((await loaded(connectionId)).settings.url, 'https://test.example.com/api')
    assert.equal((await row(connectionId)).epoch, before.epoch + 1)
  })

  it('bring their connections to a changed value: another account counts as one that was sent nothing', async () => {
    const { connectionId } = await connections.ensure(given)
    const first = await row(connectionId)
    await database.executeSql(`update outbound_sync.connection set gate = 'reconnect', gate_reason = 'refused'`, [])
    await environments.set({ ...live, name: 'PASSWORD', value: 'pw-new-2222', isSecret: true })
    const second = await row(connectionId)
    assert.deepEqual([second.epoch, second.gate], [first.epoch, 'open'])
    assert.notDeepEqual(second.updated_at, first.updated_at)
    assert.equal((await loaded(connectionId)).settings.token, 'sync:pw-new-2222')
    await environments.set({ ...live, name: 'HOST', value: 'other.example.com', isSecret: false })
    const third = await row(connectionId)
    assert.equal(third.epoch, first.epoch + 1)
    assert.notEqual(third.account_key, first.account_key)
    await environments.remove({ ...live, name: 'HOST' })
    await environments.set({ ...live, name: 'HOST', value: 'other.example.com', isSecret: false })
    assert.equal((await row(connectionId)).epoch, third.epoch)
    assert.equal(wakeUpCount, 4)
  })

  it('keep a secret whose new value is empty, and never put one into the audit log', async () => {
    await environments.set({ ...live, name: 'PASSWORD', value: '', isSecret: true })
    const { connectionId } = await connections.ensure(given)
    assert.equal((await loaded(connectionId)).settings.token, `sync:${password}`)
    await environments.set({ ...live, name: 'USER', value: 'now-secret', isSecret: true })
    const { rows } = await database.executeSql<{ action: string; target: string; before: unknown; after: unknown }>(
      `select action, target, before, after from outbound_sync.audit_entry
       where action like 'environment%' order by id desc limit 1`,
      [],
    )
    assert.deepEqual(rows, [
      {
        action: 'environment.variable_set',
        target: 'environment:crm/1.0.0/live',
        before: { name: 'USER', isSecret: false, value: 'not shown' },
        after: { name: 'USER', isSecret: true, value: 'not shown' },
      },
    ])
  })

  it('are listed with what they hold and who uses them', async () => {
    await connections.ensure(given)
    await environments.set({ ...test, name: 'HOST', value: 'test.example.com', isSecret: false })
    const facts = { provider: 'crm', providerVersion: '1.0.0' }
    assert.deepEqual(await environments.list(), [
      { ...facts, environment: 'live', variableCount: 3, connectionNames: ['Our CRM'] },
      { ...facts, environment: 'test', variableCount: 1, connectionNames: [] },
    ])
    assert.deepEqual(await environments.variables(live), [
      { name: 'HOST', isSecret: false, value: 'live.example.com' },
      { name: 'PASSWORD', isSecret: true, value: null },
      { name: 'USER', isSecret: false, value: 'sync' },
    ])
  })

  it('refuse names and values that cannot be used', async () => {
    const set = (changes: object) => environments.set({ ...live, name: 'A', value: 'a', isSecret: false, ...changes })
    await rejects(set({ name: '1A' }), /name: must be letters/)
    await rejects(set({ name: 'A.B' }), /name: must be letters/)
    await rejects(set({ environment: '../live' }), /environment: must be letters/)
    await rejects(set({ value: 'a\0b' }), /value: must not hold a NUL/)
    await rejects(connections.ensure({ ...given, environment: 'a b' }), /environment: must be letters/)
  })

  it('hold back only the connections that need a variable whose key is lost', async () => {
    const { connectionId } = await connections.ensure(given)
    const other = await connections.ensure({
      ...given,
      name: 'Another',
      settings: { url: 'https://{{env.HOST}}', token: 'tok' },
    })
    await database.executeSql(
      `update outbound_sync.environment_variable set sealed_value = overlay(sealed_value placing 'AAAA' from 40)
       where name = 'PASSWORD'`,
      [],
    )
    const { error } = await loaded(connectionId)
    assert.match(
      error?.message ?? '',
      /^The variable PASSWORD of the environment "live" \(crm 1\.0\.0\) cannot be opened/,
    )
    assert.equal((await loaded(other.connectionId)).error, null)
  })
})

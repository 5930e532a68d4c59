import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { type ConfigOverrides, readConfig, readPluginVariable } from '../../core/config.ts'
import { isErrorKind, OutboundSyncError } from '../../core/errors.ts'

const cwd = '/srv/host'
const read = (env: Record<string, string> = {}, overrides: ConfigOverrides = {}) => readConfig({ env, cwd, overrides })

function problemsOf(env: Record<string, string>, overrides: ConfigOverrides = {}): string[] {
  try {
    read(env, overrides)
  } catch (error) {
    assert.ok(error instanceof OutboundSyncError && isErrorKind(error, 'OutboundSyncError'))
    assert.equal(error.code, 'config_invalid')
    return error.message.split('\n')
  }
  return assert.fail('the configuration was accepted')
}

const firstKey = Buffer.alloc(32, 1).toString('base64')
const secondKey = Buffer.alloc(32, 2).toString('base64')

describe('readConfig', () => {
  it('has a default for everything', () => {
    assert.deepEqual(read(), {
      databaseUrl: null,
      dataFolder: '/srv/host/.outbound-sync',
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      secretKeys: [],
      schema: 'outbound_sync',
      bossSchema: 'outbound_sync_boss',
      migrations: 'automatic',
      plugins: [],
      egressAllow: [],
      basePath: '',
      trustProxy: false,
      preparedStatements: true,
      publicUrl: null,
      adminPassword: null,
      auditSchedule: '15 3 * * *',
      worker: { concurrency: 32, batchSize: 200, pollIntervalMs: 1000, leaseSeconds: 60, drainSeconds: 25 },
    })
  })

  it('reads every variable', () => {
    const env = {
      DATABASE_URL: 'postgres://app:pw@db.example:5432/shop',
      OUTBOUND_SYNC_DATA_FOLDER: 'data',
      HOST: '::1',
      PORT: '0',
      LOG_LEVEL: 'debug',
      OUTBOUND_SYNC_KEY: `${firstKey}, ${secondKey}`,
      OUTBOUND_SYNC_SCHEMA: 'sync',
      OUTBOUND_SYNC_BOSS_SCHEMA: 'sync_boss',
      OUTBOUND_SYNC_MIGRATIONS: 'manual',
      OUTBOUND_SYNC_PLUGINS: './plugins/ticket-shop, webhook,',
      OUTBOUND_SYNC_EGRESS_ALLOW: 'crm.example.com:8443, 10.0.0.0/8, http://10.1.2.3:80',
      OUTBOUND_SYNC_BASE_PATH: '/admin/sync/',
      OUTBOUND_SYNC_TRUST_PROXY: 'yes',
      OUTBOUND_SYNC_PREPARED_STATEMENTS: 'false',
      OUTBOUND_SYNC_PUBLIC_URL: 'https://shop.example/',
      OUTBOUND_SYNC_ADMIN_PASSWORD: 'correct horse',
      OUTBOUND_SYNC_AUDIT_SCHEDULE: '0 4 * * 1',
      OUTBOUND_SYNC_WORKER_CONCURRENCY: '8',
      OUTBOUND_SYNC_WORKER_BATCH_SIZE: '150',
      OUTBOUND_SYNC_WORKER_POLL_INTERVAL_MS: '250',
      OUTBOUND_SYNC_WORKER_LEASE_SECONDS: '30',
      OUTBOUND_SYNC_WORKER_DRAIN_SECONDS: '0',
    }
    assert.deepEqual(read(env), {
      databaseUrl: 'postgres://app:pw@db.example:5432/shop',
      dataFolder: '/srv/host/data',
      host: '::1',
      port: 0,
      logLevel: 'debug',
      secretKeys: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
      schema: 'sync',
      bossSchema: 'sync_boss',
      migrations: 'manual',
      plugins: ['./plugins/ticket-shop', 'webhook'],
      egressAllow: ['crm.example.com:8443', '10.0.0.0/8', 'http://10.1.2.3:80'],
      basePath: '/admin/sync',
      trustProxy: true,
      preparedStatements: false,
      publicUrl: 'https://shop.example',
      adminPassword: 'correct horse',
      auditSchedule: '0 4 * * 1',
      worker: { concurrency: 8, batchSize: 150, pollIntervalMs: 250, leaseSeconds: 30, drainSeconds: 0 },
    })
  })

  it('takes an override before the environment and the environment before the default', () => {
    const env = { PORT: '4000', LOG_LEVEL: 'warn' }
    const config = read(env, { port: '5000', plugins: ['a', 'b'], trustProxy: true, logLevel: undefined, host: null })
    assert.equal(config.port, 5000)
    assert.equal(config.logLevel, 'warn')
    assert.equal(config.host, '127.0.0.1')
    assert.deepEqual(config.plugins, ['a', 'b'])
    assert.equal(config.trustProxy, true)
  })

  it('takes an empty variable for one that is not set, and spaces around a value for nothing', () => {
    assert.equal(read({ PORT: '', OUTBOUND_SYNC_PUBLIC_URL: ' ', OUTBOUND_SYNC_SCHEMA: '' }).port, 3000)
    assert.equal(read({ PORT: ' 8080\n' }).port, 8080)
  })

  it('takes the audits off the schedule, and refuses what is no schedule', () => {
    assert.equal(read({ OUTBOUND_SYNC_AUDIT_SCHEDULE: 'off' }).auditSchedule, null)
    assert.equal(read({}, { auditSchedule: '' }).auditSchedule, null)
    const [problem] = problemsOf({ OUTBOUND_SYNC_AUDIT_SCHEDULE: 'nightly' })
    assert.match(problem ?? '', /^OUTBOUND_SYNC_AUDIT_SCHEDULE is "nightly"; expected .* five cron fields/)
  })

  it('keeps an absolute data folder', () => {
    assert.equal(read({ OUTBOUND_SYNC_DATA_FOLDER: '/var/lib/sync' }).dataFolder, '/var/lib/sync')
  })

  it('does not look at variables of others', () => {
    assert.doesNotThrow(() => read({ NODE_ENV: 'production', PGHOST: 'db', HOSTNAME: 'x', OUTBOUND: '1' }))
  })

  it('reads the environment and folder of the process when none are given', () => {
    assert.equal(readConfig({ env: {} }).dataFolder, resolve('.outbound-sync'))
    process.env.OUTBOUND_SYNC_SCHEMA = 'from_process'
    try {
      assert.equal(readConfig({ cwd }).schema, 'from_process')
    } finally {
      delete process.env.OUTBOUND_SYNC_SCHEMA
    }
  })

  const wrong: [string, string, string][] = [
    ['PORT', '70000', 'PORT is "70000"; expected a whole number from 0 to 65535.'],
    ['PORT', '80.5', 'PORT is "80.5"; expected a whole number from 0 to 65535.'],
    ['PORT', '-1', 'PORT is "-1"; expected a whole number from 0 to 65535.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud"; expected fatal, error, warn, info, debug, trace or silent.'],
    ['OUTBOUND_SYNC_TRUST_PROXY', 'maybe', 'OUTBOUND_SYNC_TRUST_PROXY is "maybe"; expected true or false.'],
    ['HOST', 'two words', 'HOST is "two words"; expected a host name or an IP address to listen on.'],
    ['OUTBOUND_SYNC_BASE_PATH', 'admin', 'OUTBOUND_SYNC_BASE_PATH is "admin"; expected a path such as /outbound-sync.'],
    [
      'OUTBOUND_SYNC_PUBLIC_URL',
      'shop.example',
      'OUTBOUND_SYNC_PUBLIC_URL is "shop.example"; expected the http or https URL under which people reach the pages.',
    ],
    [
      'OUTBOUND_SYNC_WORKER_LEASE_SECONDS',
      '1',
      'OUTBOUND_SYNC_WORKER_LEASE_SECONDS is "1"; expected a whole number from 2 to 3600.',
    ],
  ]
  for (const [variable, value, line] of wrong) {
    it(`refuses ${variable}=${value} in one line`, () => assert.deepEqual(problemsOf({ [variable]: value }), [line]))
  }

  for (const name of ['Sync', '1sync', 'sync"; DROP', 'pg_sync', 'a'.repeat(51)]) {
    it(`refuses the schema name ${name}`, () => {
      assert.match(
        problemsOf({ OUTBOUND_SYNC_SCHEMA: name })[0] ?? '',
        /^OUTBOUND_SYNC_SCHEMA is .*; expected a lower-case/,
      )
    })
  }

  it('refuses one schema for both', () => {
    const [line] = problemsOf({ OUTBOUND_SYNC_SCHEMA: 'one', OUTBOUND_SYNC_BOSS_SCHEMA: 'one' })
    assert.match(line ?? '', /OUTBOUND_SYNC_SCHEMA and OUTBOUND_SYNC_BOSS_SCHEMA are both "one"/)
  })

  it('never shows a secret', () => {
    const secrets = {
      DATABASE_URL: 'mysql://app:hunter2@db/shop',
      OUTBOUND_SYNC_KEY: `${firstKey},hunter2`,
      OUTBOUND_SYNC_ADMIN_PASSWORD: 'hunter2',
    }
    const lines = problemsOf(secrets)
    assert.equal(lines.length, 3)
    assert.match(lines[0] ?? '', /^DATABASE_URL is not usable; expected a PostgreSQL URL such as postgres:\/\//)
    assert.match(lines[1] ?? '', /^OUTBOUND_SYNC_KEY is not usable; expected 32 bytes in base64/)
    assert.match(lines[2] ?? '', /^OUTBOUND_SYNC_ADMIN_PASSWORD is not usable; expected at least 8 characters/)
    assert.doesNotMatch(lines.join(), /hunter2/)
  })

  it('takes no key of another length or alphabet', () => {
    for (const key of [Buffer.alloc(31).toString('base64'), firstKey.slice(0, -1), `${firstKey.slice(0, -2)}!=`]) {
      assert.match(problemsOf({ OUTBOUND_SYNC_KEY: key })[0] ?? '', /32 bytes/)
    }
  })

  it('asks whether a near variable was meant, and lists all for one that resembles none', () => {
    assert.deepEqual(problemsOf({ OUTBOUND_SYNC_PLUGIN: 'webhook' }), [
      'There is no variable OUTBOUND_SYNC_PLUGIN. Did you mean OUTBOUND_SYNC_PLUGINS?',
    ])
    const [line] = problemsOf({ OUTBOUND_SYNC_COFFEE_STRENGTH: '9' })
    assert.match(line ?? '', /^There is no variable OUTBOUND_SYNC_COFFEE_STRENGTH\. There are: .*OUTBOUND_SYNC_KEY/)
  })

  it('names a wrong override by its option', () => {
    assert.deepEqual(problemsOf({}, { port: 99_999 }), [
      'The option port is 99999; expected a whole number from 0 to 65535.',
    ])
    // What a host in JavaScript can pass.
    const misspelt = { plugin: ['webhook'] } as ConfigOverrides
    assert.deepEqual(problemsOf({}, misspelt), ['There is no option "plugin". Did you mean "plugins"?'])
  })

  it('tells every mistake at once, a line each', () => {
    assert.equal(problemsOf({ PORT: 'x', LOG_LEVEL: 'y', OUTBOUND_SYNC_KEYS: 'z' }).length, 3)
  })
})

describe('readPluginVariable', () => {
  const nameOf = (plugin: string, option: string) => readPluginVariable(plugin, option, {}).variable

  it('names the variable after the plugin and the option', () => {
    assert.equal(nameOf('pretix', 'baseUrl'), 'PRETIX_BASE_URL')
    assert.equal(nameOf('my-list', 'token'), 'MY_LIST_TOKEN')
    assert.equal(nameOf('my-list', 'oauth2ClientId'), 'MY_LIST_OAUTH2_CLIENT_ID')
  })

  it('leaves out the name of the program, whose variables are checked by themselves', () => {
    assert.equal(nameOf('outbound-sync-pretix', 'token'), 'PRETIX_TOKEN')
  })

  it('takes a blank variable for one that is not set', () => {
    assert.deepEqual(readPluginVariable('pretix', 'token', { PRETIX_TOKEN: ' abc ' }).value, 'abc')
    assert.equal(readPluginVariable('pretix', 'token', { PRETIX_TOKEN: '  ' }).value, undefined)
  })

  it('reads the environment of the process', () => {
    process.env.SAMPLE_PLUGIN_ADDRESS = 'here'
    try {
      assert.equal(readPluginVariable('sample-plugin', 'address').value, 'here')
    } finally {
      delete process.env.SAMPLE_PLUGIN_ADDRESS
    }
  })
})

// What somebody who may configure one scope only is refused, so that secrets he does not know go nowhere of his choosing; and
// what nobody is asked for needlessly.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createConnections } from '../../../core/connections/connect.ts'
import { createEnvironments } from '../../../core/connections/environments.ts'
import type { Database } from '../../../core/database/transaction.ts'
import { isErrorKind } from '../../../core/errors.ts'
import { createCatalog } from '../../../core/registry/catalog.ts'
import { basicAuth, definePlugin, oauth2Auth, secret, z } from '../../../core/sdk/index.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { sampleProvider } from '../registry/sample-plugins.ts'

const settings = z.object({
  url: z.url().meta({ title: 'Address' }),
  folder: z.string().optional(),
  region: z.enum(['eu', 'us']).default('eu'),
  isQuiet: z.boolean().default(false),
  signingKey: secret().optional(),
})
const providers = [
  sampleProvider({ statics: { identifier: 'crm', version: '1.0.0', settings, auth: basicAuth() } }),
  sampleProvider({
    statics: { identifier: 'crm', version: '2.0.0', settings, auth: basicAuth(), accountSettings: ['region'] },
  }),
  sampleProvider({
    statics: {
      identifier: 'agreed',
      settings: z.object({ url: z.url() }),
      auth: oauth2Auth({ grant: 'authorization_code', issuer: 'https://login.example.com' }),
    },
  }),
]
const plugin = definePlugin({ name: 'sample', version: '1.0.0', compatibility: '*', providers })
const catalog = createCatalog({
  plugins: [{ specifier: 'sample', name: 'sample', plugin, status: 'ready', error: null }],
})
const configured = [{ id: 'k1', key: randomBytes(32) }]
const [password, signingKey] = ['pw-51a7c3e9', 'sk-90bd22f1']
const first = { url: 'https://crm.example.com', username: 'sync', password, signingKey }
const kept = { url: first.url, username: 'sync' }

describe('stored secrets and those of an environment', () => {
  let database: Database
  let drop: () => Promise<void>
  let connections: ReturnType<typeof createConnections>
  let environments: ReturnType<typeof createEnvironments>
  before(async () => {
    ;({ database, drop } = await createMigratedDatabase())
    const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
    connections = createConnections({
      database,
      catalog,
      dataKeys,
      ...connectionParts({ database, dataKeys }),
      createQueue: async () => {},
      cancelJobs: async () => {},
      wakeUp() {},
    })
    environments = createEnvironments({ database, catalog, dataKeys, wakeUp() {} })
  })
  after(() => drop())
  beforeEach(() => database.executeSql('truncate outbound_sync.connection, outbound_sync.environment_variable cascade'))

  const given = { provider: 'crm', version: '1.0.0', name: 'Our CRM', scope: 'organizer:acme', actor: 'Ann' }
  const make = async (more: object = {}) =>
    (await connections.ensure({ ...given, settings: first, ...more })).connectionId
  const change = (connectionId: string, more: object, mayConfigureAll = false) =>
    connections.change({ connectionId, name: 'Our CRM', actor: 'Eve', mayConfigureAll, settings: kept, ...more })
  /** The settings that are named. */
  async function refusedAt(work: Promise<unknown>, message: RegExp): Promise<unknown> {
    let properties: unknown
    await assert.rejects(work, (error: Error) => {
      assert.ok(isErrorKind(error, 'SyncConfigError'), String(error))
      assert.match(error.message, message)
      assert.ok(!error.message.includes(password))
      properties = Object(error).problems.map(({ property }: { property: string }) => property)
      return true
    })
    return properties
  }
  async function loaded(id: string) {
    const [connection] = await connections.load([id])
    assert.ok(connection)
    assert.equal(connection.error, null)
    return { ...connection.settings, ...connection.authValues }
  }

  for (const [name, changes] of [
    ['another address', { url: 'https://eve.example.com' }],
    ['a port', { url: 'https://crm.example.com:8443' }],
    ['a text that may be a part of the address', { folder: '@eve.example.com/' }],
    ['another account', { username: 'eve' }],
    ['a variable in the address', { url: 'https://crm.example.com/{{env.PATH_PART}}' }],
  ] as const) {
    it(`are asked for again with ${name}`, async () => {
      const id = await make({ environment: 'live' })
      const names = await refusedAt(
        change(id, { settings: { ...kept, ...changes } }),
        /You changed “.+”, so enter “.+” again/,
      )
      assert.deepEqual(names, ['signingKey', 'password'])
      assert.equal((await loaded(id)).url, first.url)
    })
  }

  it('are used no more once they were entered again or taken away', async () => {
    const id = await make()
    const mine = { ...kept, url: 'https://eve.example.com', password: 'mine-1234' }
    assert.deepEqual(await refusedAt(change(id, { settings: mine }), /signingKey: You changed/), ['signingKey'])
    await change(id, { settings: { ...mine, signingKey: null } })
    const { url, password: stored, signingKey: removed } = await loaded(id)
    assert.deepEqual([url, stored, removed], ['https://eve.example.com', 'mine-1234', undefined])
  })

  it('are kept with what leads nowhere else, and for those who may configure everything', async () => {
    const id = await make()
    await change(id, { name: 'Renamed', settings: { ...kept, region: 'us', isQuiet: true, folder: '' } })
    assert.equal((await loaded(id)).password, password)
    await change(id, { settings: { ...kept, url: 'https://new.example.com', region: 'us' } }, true)
    const after = await loaded(id)
    assert.deepEqual([after.url, after.password], ['https://new.example.com', password])
  })

  it('are asked for again with a choice that names the account', async () => {
    const id = await make({ version: '2.0.0' })
    assert.deepEqual(await refusedAt(change(id, { settings: { ...kept, region: 'us' } }), /You changed “region”/), [
      'signingKey',
      'password',
    ])
  })

  it('of an environment are brought in by those who may configure everything, and stay while nothing is led elsewhere', async () => {
    const live = { provider: 'crm', providerVersion: '1.0.0', environment: 'live', actor: 'Ann' }
    await environments.set({ ...live, name: 'PASSWORD', value: password, isSecret: true })
    await environments.set({ ...live, name: 'OTHER', value: 'other-77aa', isSecret: true })
    const id = await make({ environment: 'live', settings: { ...first, password: '{{env.PASSWORD}}' } })
    for (const typed of ['{{env.OTHER}}', 'x {{ env.PASSWORD}}', '{{env.NOT_THERE_YET}}']) {
      const work = change(id, { settings: { ...kept, password: typed } })
      assert.deepEqual(await refusedAt(work, /variable may be put in its place only by/), ['password'])
    }
    // Also with a server of his own: that would be the same secret at another address.
    const own = { ...kept, url: 'https://eve.example.com', password: '{{env.PASSWORD}}', signingKey: 'mine-1234' }
    assert.deepEqual(await refusedAt(change(id, { settings: own }), /only by those/), ['password'])
    await refusedAt(
      change(id, { settings: { ...kept, url: 'https://eve.example.com/{{env.OTHER}}' } }),
      /so enter “Password” again/,
    )
    await change(id, { name: 'Renamed' })
    assert.equal((await loaded(id)).password, password)
    await change(id, { settings: { ...kept, password: '{{env.OTHER}}' } }, true)
    assert.equal((await loaded(id)).password, 'other-77aa')
  })

  it('of another environment are not chosen by him', async () => {
    const id = await make()
    for (const environment of ['live', null] as const) {
      await database.executeSql(`update outbound_sync.connection set environment = $1`, [environment ? null : 'live'])
      await refusedAt(change(id, { environment }), /chosen by those who may configure everything/)
    }
  })

  it('include what a person has agreed to: it is dropped where he leads the connection elsewhere', async () => {
    const agreed = {
      provider: 'agreed',
      version: '1.0.0',
      settings: { url: first.url, clientId: 'c', clientSecret: 's' },
    }
    for (const [mayConfigureAll, isKept] of [
      [false, false],
      [true, true],
    ] as const) {
      const id = await make({ ...agreed, name: `Agreed ${mayConfigureAll}` })
      await database.executeSql(
        `update outbound_sync.connection set sealed_grant = 'sealed', grant_expires_at = now() where id = $1`,
        [id],
      )
      const elsewhere = { url: 'https://eve.example.com', clientId: 'c', clientSecret: 's' }
      await change(id, { name: `Agreed ${mayConfigureAll}`, settings: elsewhere }, mayConfigureAll)
      const { rows } = await database.executeSql<{ is_kept: boolean }>(
        'select sealed_grant is not null as is_kept from outbound_sync.connection where id = $1',
        [id],
      )
      assert.deepEqual(rows, [{ is_kept: isKept }])
    }
  })
})

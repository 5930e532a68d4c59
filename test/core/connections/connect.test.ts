import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Connections, createConnections } from '../../../core/connections/connect.ts'
import type { Database } from '../../../core/database/transaction.ts'
import { type ErrorKind, isErrorKind } from '../../../core/errors.ts'
import { type Catalog, createCatalog } from '../../../core/registry/catalog.ts'
import type { LoadedPlugin } from '../../../core/registry/loaded-plugin.ts'
import {
  basicAuth,
  definePlugin,
  type ObjectMappingInput,
  objectMappingSchema,
  type ProviderClass,
  type SourceField,
  type SourceModel,
  secret,
  z,
} from '../../../core/sdk/index.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { rotateKeys } from '../../../core/secrets/rotate-keys.ts'
import type { SecretKey } from '../../../core/secrets/secret-box.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { sampleProvider, sampleSourceModel, unusedContext } from '../registry/sample-plugins.ts'

const mapping = (changes: Partial<ObjectMappingInput> = {}) =>
  objectMappingSchema.parse({
    key: 'order',
    sourceModel: 'Order',
    externalObjectType: 'deal',
    sourceIdField: 'code',
    externalIdField: 'order_code',
    propertyMappings: [{ externalField: 'total', source: { field: 'total' } }],
    ...changes,
  })

const crmSettings = z.object({
  url: z.url(),
  region: z.enum(['eu', 'us']).default('eu'),
  token: secret(),
  signingKey: secret().optional(),
})
const crm = (version: string, statics: Record<string, unknown> = {}): ProviderClass =>
  sampleProvider({
    statics: {
      identifier: 'crm',
      version,
      settings: crmSettings,
      accountSettings: ['region'],
      defaultMappings: [mapping()],
      ...statics,
    },
  })
const signedIn = sampleProvider({
  statics: {
    identifier: 'signed-in',
    auth: basicAuth({ usernameLabel: 'Mail address' }),
    settings: z
      .object({ url: z.url().transform((url) => new URL(url)) })
      .refine(({ url }) => url.hostname !== 'localhost'),
    accountSettings: ['username'],
  },
})
const plain = sampleProvider({ statics: { identifier: 'plain' } })

function catalogOf(...providers: ProviderClass[]): Catalog {
  const plugin = definePlugin({ name: 'sample', version: '1.0.0', compatibility: '*', providers })
  return createCatalog({ plugins: [{ specifier: 'sample', name: 'sample', plugin, status: 'ready', error: null }] })
}

const token = 'tok-2b7e151628aed2a6'
const given = {
  provider: 'crm',
  name: 'Our CRM',
  scope: 'organizer:acme',
  settings: { url: 'https://crm.example.com', token } as Record<string, unknown>,
  actor: 'Ann',
}

describe('connections', () => {
  const keys = [{ id: 'k1', key: randomBytes(32) }]
  let database: Database
  let drop: () => Promise<void>
  let queues: string[]
  let canceled: string[]
  let wakeUpCount = 0
  let connections: Connections

  const keysOf = (configured: SecretKey[]) => {
    const masterKeys = createMasterKeys(configured)
    return { database, masterKeys, dataKeys: createDataKeys({ database, masterKeys, configured }) }
  }
  const connectionsFor = (catalog: Catalog, { dataKeys } = keysOf(keys)): Connections =>
    createConnections({
      database,
      catalog,
      dataKeys,
      ...connectionParts({ database, dataKeys }),
      async createQueue(id) {
        const { rows } = await database.executeSql('select from outbound_sync.connection where id = $1', [id])
        queues.push(rows.length === 0 ? id : 'too late')
      },
      cancelWaiting: async () => assert.fail('nothing was to be canceled'),
      cancelJobs: async (session, { connectionId }) => {
        canceled.push(connectionId)
        await session.executeSql('delete from outbound_sync.sync_job where connection_id = $1', [connectionId])
      },
      wakeUp: () => void wakeUpCount++,
    })

  before(async () => {
    ;({ database, drop } = await createMigratedDatabase())
  })
  after(() => drop())
  beforeEach(async () => {
    await database.executeSql(
      'truncate outbound_sync.connection, outbound_sync.audit_entry, outbound_sync.data_key cascade',
    )
    queues = []
    canceled = []
    connections = connectionsFor(catalogOf(crm('1.0.0'), crm('1.10.0'), crm('1.9.0'), signedIn, plain))
  })

  const stored = async (id: string) => {
    const { rows } = await database.executeSql<Record<string, unknown>>(
      'select * from outbound_sync.connection where id = $1',
      [id],
    )
    const [row] = rows
    assert.ok(row)
    return row
  }
  const loaded = async (id: string, from = connections) => {
    const [connection] = await from.load([id])
    assert.ok(connection)
    return connection
  }
  const audit = async () => {
    const { rows } = await database.executeSql<{ action: string; target: string; before: object; after: object }>(
      'select actor, action, scope, target, before, after from outbound_sync.audit_entry order by id',
    )
    return rows
  }
  const rejects = (work: Promise<unknown>, kind: ErrorKind, ...messages: RegExp[]) =>
    assert.rejects(work, (error) => {
      assert.ok(isErrorKind(error, kind) && error instanceof Error, String(error))
      for (const message of messages) assert.match(error.message, message)
      assert.doesNotMatch(error.message, new RegExp(token))
      return true
    })

  describe('a mapping that is given in code', () => {
    const field = (key: string): SourceField => ({
      key,
      label: key,
      category: { label: 'Order', sortIndex: 1 },
      type: 'text',
      requiredInput: 'order',
      getter: () => null,
    })
    const model = (hasFixedFields: boolean): SourceModel =>
      sampleSourceModel({
        inputs: ['order'],
        nested: { OrderPosition: { label: 'Position', inputs: ['order'] } },
        hasFixedFields,
        fields: async () => ['code', 'total'].map(field),
      })
    const deal = {
      name: 'deal',
      label: 'Deal',
      idFields: ['order_code'],
      fields: [
        { key: 'order_code', label: 'Code', type: 'text' },
        { key: 'total', label: 'Total', type: 'any', updateModes: ['overwrite'] },
        { key: 'needed', label: 'Needed', type: 'text', isRequired: true },
      ],
    }
    const host = (hasFixedFields: boolean, extra: LoadedPlugin[] = [], declared = {}): Connections => {
      const plugin = definePlugin({
        name: 'host',
        version: '1.0.0',
        compatibility: '*',
        providers: [crm('1.0.0', { externalObjectTypes: [deal], ...declared })],
        setup: () => ({ sourceModels: [model(hasFixedFields)] }),
      })
      const catalog = createCatalog({
        plugins: [{ specifier: 'host', name: 'host', plugin, status: 'ready', error: null }, ...extra],
      })
      catalog.setUp(unusedContext)
      return connectionsFor(catalog)
    }
    const misspelt = [
      mapping({ sourceIdField: 'cdoe', propertyMappings: [{ externalField: 'totl', source: { field: 'totall' } }] }),
      mapping({ key: 'model', sourceModel: 'Ordr' }),
      mapping({ key: 'type', externalObjectType: 'deel' }),
      mapping({
        key: 'mode',
        propertyMappings: [{ externalField: 'total', source: { template: 'EUR {totel}' }, updateMode: 'append' }],
      }),
    ]

    it('is refused with every name that does not exist, and the one that was meant', async () => {
      await rejects(
        host(true).ensure({ ...given, mappings: misspelt }),
        'SyncConfigError',
        /The mappings of the connection "Our CRM" cannot be used\. Correct them:\n- mapping "order", /,
        /sourceIdField: The source field "cdoe" does not exist for Order\. Did you mean "code"\?/,
        /propertyMappings\.0\.externalField: .*no field "totl"\. Did you mean "total"\?/,
        /propertyMappings\.0\.source\.field: The source field "totall" does not exist/,
        /- mapping "model", sourceModel: The source model "Ordr" does not exist\. Did you mean "Order"\?/,
        /- mapping "type", externalObjectType: .*"deel" does not exist\. Did you mean "deal"\?/,
        /- mapping "mode", .*source\.template: The source field "totel" does not exist/,
        /updateMode: "total" cannot be written by "append", only by overwrite\./,
      )
      assert.deepEqual(await connections.list(), [])
      const { connectionId } = await host(true).ensure(given)
      await rejects(host(true).ensure({ ...given, mappings: misspelt }), 'SyncConfigError')
      assert.equal((await connections.get(connectionId))?.mappingVersion, 1)
    })

    it('is refused too where the provider proposes it, before the connection is there or switched on', async () => {
      const proposed = misspelt.map((one) => objectMappingSchema.parse(one))
      const proposing = host(true, [], { defaultMappings: proposed })
      const refusals = [
        'SyncConfigError',
        /The mappings that \S+ proposes cannot be used for the connection "Proposed"\. Correct defaultMappings of the provider crm, or begin/,
        /- mapping "order", sourceIdField: .* Did you mean "code"\?/,
        /- mapping "type", externalObjectType: .*"deel" does not exist/,
      ] as const
      const request = { ...given, name: 'Proposed' }
      await rejects(proposing.ensure(request), ...refusals)
      const { connectionId } = await proposing.draft({ provider: 'crm', scope: given.scope, actor: 'Ann' })
      await proposing.change({
        connectionId,
        name: 'Proposed',
        settings: given.settings,
        actor: 'Ann',
        mayConfigureAll: true,
      })
      const [, ...messages] = refusals
      await rejects(
        proposing.finish({ connectionId, mappings: proposed, actor: 'Ann' }),
        'SyncConfigError',
        ...messages,
      )
      assert.equal((await proposing.get(connectionId))?.state, 'draft')
      await rejects(proposing.ensure(request), ...refusals)
      // Only for a host with other models: nothing comes of it here, and nothing is wrong with it.
      const other = [mapping(), mapping({ key: 'product', sourceModel: 'Product' })].map((one) =>
        objectMappingSchema.parse(one),
      )
      await host(true, [], { defaultMappings: other }).ensure({ ...request, name: 'Other' })
    })

    it('is taken where only the data can tell: fields of a scope, a model of a plugin that is out of use', async () => {
      await host(false).ensure({ ...given, mappings: [mapping({ sourceIdField: 'question_17' })] })
      await rejects(host(false).ensure({ ...given, mappings: misspelt }), 'SyncConfigError', /"Ordr" does not exist/)
      const broken = { specifier: './shop', name: 'shop', plugin: null, status: 'broken' as const, error: 'no' }
      await host(true, [broken]).ensure({ ...given, name: 'other', mappings: [mapping({ sourceModel: 'Ordr' })] })
      await host(true).ensure({
        ...given,
        name: 'off',
        mappings: [{ ...mapping({ sourceModel: 'Ordr' }), isEnabled: false }],
      })
    })
  })

  describe('a new one', () => {
    it('takes the newest version and the proposed mappings, and is ready for the worker', async () => {
      const { connectionId } = await connections.ensure(given)
      const connection = await loaded(connectionId)
      assert.equal(connection.providerVersion, '1.10.0')
      assert.equal(connection.state, 'active')
      assert.equal(connection.gate, 'open')
      assert.equal(connection.epoch, 1)
      assert.equal(connection.error, null)
      assert.deepEqual(connection.settings, { url: 'https://crm.example.com', region: 'eu', token })
      assert.deepEqual(connection.secrets.all(), [token])
      assert.deepEqual(connection.mappings, [mapping()])
      assert.equal(connection.mappingVersion, 1)
    })

    it('takes the fields of its auth among the settings, and parts them for the worker', async () => {
      const settings = { url: 'https://crm.example.com', username: 'ada', password: token }
      const asked = { ...given, provider: 'signed-in', settings }
      const { connectionId } = await connections.ensure(asked)
      const connection = await loaded(connectionId)
      assert.deepEqual(connection.settings, { url: new URL('https://crm.example.com') })
      assert.deepEqual(connection.authValues, { username: 'ada', password: token })
      assert.deepEqual(connection.secrets.all(), [token])
      assert.deepEqual((await stored(connectionId)).settings, { url: 'https://crm.example.com', username: 'ada' })

      await connections.ensure({ ...asked, settings: { ...settings, username: 'grace', password: '' } })
      const other = await loaded(connectionId)
      assert.deepEqual(other.authValues, { username: 'grace', password: token })
      assert.equal(other.epoch, 2)
      assert.notEqual(other.accountKey, connection.accountKey)

      const wrong = { url: 'https://localhost', username: 'a:b', password: 'two\nlines', usernam: 'x' }
      await rejects(
        connections.ensure({ ...asked, settings: wrong }),
        'SyncConfigError',
        /usernam: there is no such setting.* "username"/,
        /username: must not hold a colon/,
        /password: must be one line/,
      )
    })

    it('has its queue before its row can be seen', async () => {
      const { connectionId } = await connections.ensure(given)
      assert.deepEqual(queues, [connectionId])
      await connections.ensure(given)
      assert.equal(queues.length, 1)
    })

    it('leaves no secret in clear text anywhere', async () => {
      const { connectionId } = await connections.ensure(given)
      const row = await stored(connectionId)
      assert.deepEqual(row.settings, { url: 'https://crm.example.com' })
      const { rows } = await database.executeSql<{ text: string }>(
        `select string_agg(t::text, ' ') as text from (
           select c::text as t from outbound_sync.connection c
           union all select a::text from outbound_sync.audit_entry a
           union all select m::text from outbound_sync.mapping_version m) every_row`,
      )
      assert.ok(rows[0]?.text.includes('crm.example.com'))
      assert.ok(!rows[0]?.text.includes(token))
      const summary = await connections.get(connectionId)
      assert.deepEqual(summary?.secretNames, ['token'])
      assert.ok(!JSON.stringify([summary, await connections.list()]).includes(token))
      const [entry] = await audit()
      assert.deepEqual(entry, {
        actor: 'Ann',
        action: 'connection.created',
        scope: 'organizer:acme',
        target: `connection:${connectionId}`,
        before: null,
        after: {
          provider: 'crm',
          providerVersion: '1.10.0',
          environment: null,
          name: 'Our CRM',
          settings: { url: 'https://crm.example.com' },
          credentials: { token: 'changed' },
          mappingVersion: 1,
        },
      })
    })

    it('is made once when many ask at the same time', async () => {
      const results = await Promise.all(Array.from({ length: 8 }, () => connections.ensure(given)))
      assert.equal(new Set(results.map(({ connectionId }) => connectionId)).size, 1)
      assert.equal((await connections.list()).length, 1)
      assert.deepEqual(
        (await audit()).map(({ action }) => action),
        ['connection.created'],
      )
    })

    it('shares its account with every connection of the same account settings, and with no other', async () => {
      const idOf = async (changes: object) => (await connections.ensure({ ...given, ...changes })).connectionId
      const keyOf = async (id: string) => (await loaded(id)).accountKey
      const eu = await idOf({ name: 'eu' })
      const alsoEu = await idOf({ name: 'also eu', settings: { ...given.settings, region: 'eu', token: 'other' } })
      const us = await idOf({ name: 'us', settings: { ...given.settings, region: 'us' } })
      const one = await idOf({ name: 'one', provider: 'plain', settings: {} })
      assert.equal(await keyOf(eu), await keyOf(alsoEu))
      assert.notEqual(await keyOf(eu), await keyOf(us))
      assert.equal(await keyOf(one), one)
    })
  })

  describe('brought to its settings again', () => {
    it('changes nothing when nothing differs', async () => {
      const { connectionId } = await connections.ensure(given)
      const row = await stored(connectionId)
      const again = await connections.ensure({ ...given, mappings: [mapping()] })
      assert.equal(again.connectionId, connectionId)
      assert.deepEqual(await stored(connectionId), row)
      assert.equal((await audit()).length, 1)
      assert.equal((await loaded(connectionId)).mappingVersion, 1)
    })

    it('takes a new address without sending everything again', async () => {
      const { connectionId } = await connections.ensure(given)
      await connections.ensure({ ...given, settings: { url: 'https://crm.example.com:8443', token } })
      const connection = await loaded(connectionId)
      assert.equal(connection.settings.url, 'https://crm.example.com:8443')
      assert.equal(connection.epoch, 1)
      const [, entry] = await audit()
      assert.deepEqual(entry?.after, {
        providerVersion: '1.10.0',
        environment: null,
        settings: { url: 'https://crm.example.com:8443' },
        credentials: {},
        mappingVersion: 1,
        gate: 'open',
      })
    })

    it('counts as another account when a setting that names the account changes', async () => {
      const { connectionId } = await connections.ensure(given)
      const before = await loaded(connectionId)
      await connections.ensure({ ...given, settings: { ...given.settings, region: 'eu' } })
      assert.equal((await loaded(connectionId)).epoch, 1, 'the default, written out, is the same account')
      await connections.ensure({ ...given, settings: { ...given.settings, region: 'us' } })
      const after = await loaded(connectionId)
      assert.equal(after.epoch, 2)
      assert.notEqual(after.accountKey, before.accountKey)
    })

    it('keeps a secret that is left out or empty, and seals one that is new', async () => {
      const { connectionId } = await connections.ensure(given)
      const { credentials } = await stored(connectionId)
      for (const settings of [{ url: 'https://crm.example.com' }, { url: 'https://crm.example.com', token: '' }]) {
        await connections.ensure({ ...given, settings })
        assert.deepEqual((await stored(connectionId)).credentials, credentials)
      }
      await connections.ensure({ ...given, settings: { ...given.settings, token: 'new', signingKey: 'sign' } })
      assert.deepEqual((await loaded(connectionId)).settings, {
        url: 'https://crm.example.com',
        region: 'eu',
        token: 'new',
        signingKey: 'sign',
      })
      await connections.ensure({ ...given, settings: { ...given.settings, token: undefined, signingKey: null } })
      assert.deepEqual((await loaded(connectionId)).settings, {
        url: 'https://crm.example.com',
        region: 'eu',
        token: 'new',
      })
      const changes = (await audit()).slice(1).map(({ after }) => Reflect.get(after, 'credentials'))
      assert.deepEqual(changes, [{ token: 'changed', signingKey: 'changed' }, { signingKey: 'changed' }])
    })

    it('stays on its version while a newer one is loaded, until it is told', async () => {
      const { connectionId } = await connections.ensure({ ...given, version: '1.9.0' })
      await connections.ensure(given)
      assert.equal((await loaded(connectionId)).providerVersion, '1.9.0')
      await connections.ensure({ ...given, version: '1.10.0' })
      assert.equal((await loaded(connectionId)).providerVersion, '1.10.0')
      assert.equal((await loaded(connectionId)).epoch, 1)
    })

    it('does not send everything again because a version names other account settings', async () => {
      const { connectionId } = await connections.ensure({ ...given, version: '1.9.0' })
      const later = connectionsFor(catalogOf(crm('1.9.0'), crm('2.0.0', { accountSettings: ['url'] })))
      await later.ensure({ ...given, version: '2.0.0' })
      assert.equal((await loaded(connectionId, later)).epoch, 1)
      await later.ensure({
        ...given,
        version: '2.0.0',
        settings: { ...given.settings, url: 'https://other.example.com' },
      })
      assert.equal((await loaded(connectionId, later)).epoch, 2)
    })

    it('does not send everything again because a version asks for more, where no setting names the account', async () => {
      const version = (number: string, settings: z.ZodType): ProviderClass =>
        sampleProvider({ statics: { identifier: 'feed', version: number, settings } })
      const feed = { provider: 'feed', name: 'Feed', scope: '', actor: 'Ann' }
      const later = connectionsFor(
        catalogOf(version('1.0.0', z.object({})), version('2.0.0', z.object({ folder: z.string() }))),
      )
      const { connectionId } = await later.ensure({ ...feed, version: '1.0.0', settings: {} })
      await later.ensure({ ...feed, version: '2.0.0', settings: { folder: 'out' } })
      const { epoch, accountKey, settings } = await loaded(connectionId, later)
      assert.deepEqual(
        { epoch, accountKey, settings },
        { epoch: 1, accountKey: connectionId, settings: { folder: 'out' } },
      )
    })

    it('publishes a new mapping version only for a document that differs', async () => {
      const { connectionId } = await connections.ensure(given)
      const off = mapping({ key: 'off', isEnabled: false })
      const changed = [mapping({ mode: 'create' }), off, mapping({ key: 'last' })]
      await connections.ensure({ ...given, mappings: changed })
      await connections.ensure({ ...given, mappings: structuredClone(changed) })
      await connections.ensure(given)
      const connection = await loaded(connectionId)
      assert.equal(connection.mappingVersion, 2)
      assert.deepEqual(
        connection.mappings.map(({ key }) => key),
        ['order', 'last'],
      )
      assert.deepEqual((await connections.get(connectionId))?.mappings, changed)
      await connections.ensure({ ...given, mappings: [] })
      assert.deepEqual((await loaded(connectionId)).mappings, [])
      assert.equal((await loaded(connectionId)).mappingVersion, 3)
    })

    it('opens the gate that waited for somebody to reconnect', async () => {
      const { connectionId } = await connections.ensure(given)
      await database.executeSql(
        `update outbound_sync.connection set gate = 'reconnect', gate_reason = 'The token was refused.'`,
      )
      await connections.ensure(given)
      const { gate, gate_reason: reason } = await stored(connectionId)
      assert.deepEqual({ gate, reason }, { gate: 'open', reason: null })
    })

    it('takes new secrets when the key of the old ones is lost, and says so when it needs the old ones', async () => {
      const { connectionId } = await connections.ensure(given)
      const lost = keysOf([{ id: 'k2', key: randomBytes(32) }])
      const later = connectionsFor(catalogOf(crm('1.10.0')), lost)
      await rejects(later.ensure(given), 'SecretError', /master key "k1".*only "k2" are configured/)
      await rejects(rotateKeys(lost, { actor: 'Ann' }), 'SecretError', /Nothing was rotated.*keys rotate --lost/)
      const { unreadable } = await rotateKeys(lost, { actor: 'Ann', isKeyLost: true })
      assert.match(unreadable.join(), /^The secret "token" of connection .* master key "k1"/)
      await rejects(later.ensure({ ...given, settings: { url: 'https://crm.example.com' } }), 'SecretError', /"token"/)
      await later.ensure(given)
      assert.equal((await loaded(connectionId, later)).settings.token, token)
    })
  })

  describe('what cannot be used', () => {
    const refusals: { says: string; changes: Record<string, unknown>; messages: RegExp[] }[] = [
      {
        says: 'an unknown provider',
        changes: { provider: 'crn' },
        messages: [/no provider "crn"/, /Did you mean "crm"/],
      },
      {
        says: 'an unknown version',
        changes: { version: '1.1.0' },
        messages: [/"crm" is not loaded in version 1\.1\.0/, /Loaded are: 1\.10\.0, 1\.9\.0, 1\.0\.0/],
      },
      {
        says: 'every setting at fault',
        changes: { settings: { url: 'crm', region: 'mars' } },
        messages: [
          /url must be a URL/,
          /region must be one of "eu", "us"/,
          /token is missing/,
          /"Our CRM" \(crm 1\.10\.0\)/,
        ],
      },
      {
        says: 'a misspelt setting',
        changes: { settings: { ...given.settings, regoin: 'eu' } },
        messages: [/regoin: there is no such setting\. Did you mean "region"\?/],
      },
      {
        says: 'a setting for a provider that has none',
        changes: { provider: 'plain', settings: { url: 'x' } },
        messages: [/url: there is no such setting/],
      },
      {
        says: 'a setting that PostgreSQL cannot keep',
        changes: { settings: { ...given.settings, url: 'https://crm.example.com/\0' } },
        messages: [/url/],
      },
      {
        says: 'a mapping',
        changes: { mappings: [{ ...mapping(), mode: 'delete' }] },
        messages: [/mappings of the connection "Our CRM"/, /0\.mode/],
      },
      {
        says: 'two mappings of one key',
        changes: { mappings: [mapping(), mapping({ sourceModel: 'Customer' })] },
        messages: [/two mappings have the key "order"/],
      },
      { says: 'an empty name', changes: { name: '  ' }, messages: [/name: must not be empty/] },
      ...['organizer:acme/', '/acme', 'acme//x', 'acme ', 'acme/ x', ' '].map((scope) => ({
        says: `the scope ${JSON.stringify(scope)}`,
        changes: { scope },
        messages: [/scope: must be a path such as tenant:acme .* has an empty part, or a space at the edge/],
      })),
    ]
    for (const { says, changes, messages } of refusals) {
      it(`is named: ${says}`, async () => {
        await rejects(connections.ensure({ ...given, ...changes }), 'SyncConfigError', ...messages)
        assert.deepEqual(await connections.list(), [])
        assert.deepEqual(queues, [])
      })
    }

    it('leaves the connection as it was', async () => {
      const { connectionId } = await connections.ensure(given)
      const row = await stored(connectionId)
      await rejects(
        connections.ensure({ ...given, settings: { ...given.settings, url: 'crm' }, mappings: [] }),
        'SyncConfigError',
        /url must be a URL/,
      )
      assert.deepEqual(await stored(connectionId), row)
      assert.equal((await loaded(connectionId)).mappingVersion, 1)
    })
  })

  describe('loaded for the worker', () => {
    it('carries its own error and holds back no other', async () => {
      const { connectionId: good } = await connections.ensure(given)
      const { connectionId: noVersion } = await connections.ensure({ ...given, name: 'old', version: '1.0.0' })
      const { connectionId: badSettings } = await connections.ensure({ ...given, name: 'bad settings' })
      const { connectionId: badMapping } = await connections.ensure({ ...given, name: 'bad mapping' })
      const { connectionId: tampered } = await connections.ensure({ ...given, name: 'tampered' })
      await database.executeSql(`update outbound_sync.connection set settings = '{"url": "crm"}' where id = $1`, [
        badSettings,
      ])
      await database.executeSql(
        `update outbound_sync.mapping_version set document = '[{"key": "x"}]' where connection_id = $1`,
        [badMapping],
      )
      await database.executeSql(
        `update outbound_sync.connection set credentials = (select credentials from outbound_sync.connection where id = $2)
         where id = $1`,
        [tampered, good],
      )
      const later = connectionsFor(catalogOf(crm('1.10.0')))
      const found = await later.load([good, noVersion, badSettings, badMapping, tampered, crypto.randomUUID()])
      const errorOf = (id: string) => found.find((connection) => connection.id === id)?.error
      assert.equal(found.length, 5)
      assert.equal(errorOf(good), null)
      assert.match(String(errorOf(noVersion)?.message), /not loaded in version 1\.0\.0/)
      assert.match(String(errorOf(badSettings)?.message), /url must be a URL/)
      assert.match(String(errorOf(badMapping)?.message), /mappings of the connection "bad mapping"/)
      assert.ok(isErrorKind(errorOf(tampered), 'SecretError'))
      for (const connection of found.filter(({ error }) => error !== null)) {
        assert.deepEqual([connection.settings, connection.mappings], [{}, []])
      }
    })

    it('loads none for no ids, and finds nothing for an id that is no id', async () => {
      assert.deepEqual(await connections.load([]), [])
      assert.equal(await connections.get('1; drop table'), null)
    })
  })

  describe('switched off, on and deleted', () => {
    it('moves only where its state allows, and says who did it', async () => {
      const { connectionId } = await connections.ensure(given)
      const by = { connectionId, actor: 'Bob' }
      await rejects(
        connections.enable(by),
        'TransitionError',
        /Cannot enable the connection "Our CRM": it is active already/,
      )
      await connections.disable(by)
      await rejects(connections.disable(by), 'TransitionError', /disabled already/)
      await connections.ensure({ ...given, settings: { ...given.settings, url: 'https://other.example.com' } })
      assert.equal((await loaded(connectionId)).state, 'disabled')
      await connections.enable(by)
      await connections.remove(by)
      await rejects(connections.remove(by), 'TransitionError', /deleted already/)
      await rejects(connections.disable({ ...by, connectionId: 'nobody' }), 'TransitionError', /does not exist/)
      const actions = (await audit()).map(({ action }) => action)
      assert.deepEqual(actions, [
        'connection.created',
        'connection.disabled',
        'connection.changed',
        'connection.enabled',
        'connection.deleted',
      ])
    })

    it('forgets its credentials when deleted, cancels its jobs and frees its name', async () => {
      const { connectionId } = await connections.ensure(given)
      await connections.remove({ connectionId, actor: 'Bob' })
      assert.deepEqual(canceled, [connectionId])
      const row = await stored(connectionId)
      assert.equal(row.state, 'deleted')
      assert.deepEqual(row.credentials, {})
      assert.ok(row.deleted_at instanceof Date)
      assert.deepEqual(await connections.list(), [])
      assert.equal((await connections.get(connectionId))?.state, 'deleted')
      const again = await connections.ensure(given)
      assert.notEqual(again.connectionId, connectionId)
    })

    it('does not make a host wait that enqueues meanwhile', async () => {
      const { connectionId } = await connections.ensure(given)
      const slow = createConnections({
        database,
        catalog: catalogOf(crm('1.10.0')),
        dataKeys: keysOf(keys).dataKeys,
        ...connectionParts({ database, dataKeys: keysOf(keys).dataKeys }),
        createQueue: async () => {},
        wakeUp: () => {},
        cancelWaiting: async () => assert.fail('nothing was to be canceled'),
        // The row is locked and changed by now. In a transaction, so that a wait ends at the lock timeout.
        cancelJobs: () =>
          database.transaction(async (host) => {
            await host.executeSql(
              `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id)
               values ($1, '', 'Order', '1')`,
              [connectionId],
            )
          }),
      })
      await slow.remove({ connectionId, actor: 'Bob' })
      assert.equal((await stored(connectionId)).state, 'deleted')
    })
  })
})

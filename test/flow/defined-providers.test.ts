// Providers that are data: made while the workers run, found by them without a restart, several versions side by side.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { listDefinitions } from '../../core/connections/list-definitions.ts'
import { deleteDraft, moveDefinition, publishDefinition, saveDraft } from '../../core/connections/write-definition.ts'
import type { OutboundSync } from '../../core/instance.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { createCatalog } from '../../core/registry/catalog.ts'
import { definePlugin, isErrorKind } from '../../core/sdk/index.ts'
import type { FakeRemote } from '../../core/testing/index.ts'
import rest from '../../plugins/rest/index.ts'
import { type Larkdesk, startLarkdesk } from '../fixtures/invented-api/larkdesk.ts'
import { larkdeskDefinition } from '../fixtures/invented-api/larkdesk-definition.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'

const key = 'the-key-of-the-desk'
const actor = 'Ada'
const mappings = [
  {
    key: 'ticket',
    sourceModel: 'Order',
    externalObjectType: 'ticket',
    sourceIdField: 'code',
    externalIdField: 'reference',
    propertyMappings: [
      { externalField: 'mail', source: { field: 'email' } },
      { externalField: 'amount', source: { field: 'total' } },
    ],
  },
]

describe('a provider made of a definition', () => {
  let instance: Instance
  /** Another process with a worker, started before anything was defined. */
  let other: OutboundSync
  let desk: Larkdesk
  let remote: FakeRemote
  const catalog = createCatalog({
    plugins: [{ specifier: 'rest', name: 'rest', plugin: rest, status: 'ready', error: null }],
  })
  const context = () => ({ database: instance.database, catalog })

  before(async () => {
    ;({ desk, remote } = await startLarkdesk({ key }))
    const shared = { egressAllow: ['127.0.0.1/32'], workerPollIntervalMs: 100 }
    instance = await createInstance({ orderCount: 20, plugins: [rest], ...shared })
    const silent = { write: () => undefined }
    // The fixture shop's tables are read by whoever works.
    const { createFixturePlugin } = await import('../support/fixture-shop.ts')
    other = await createOutboundSync({
      databaseUrl: instance.databaseUrl,
      keyFolder: instance.keyFolder,
      plugins: [createFixturePlugin(instance.pool), rest],
      logStream: silent,
      ...shared,
    })
    await other.start()
    await other.worker.start()
    await instance.rows(`update outbound_sync.connection set state = 'disabled'`)
    await instance.sync.operations.setPluginActive({ plugin: 'rest', scope, isActive: true, actor })
  })
  after(async () => {
    await other.stop()
    await instance.close()
    await remote.close()
  })

  const publish = async (version: string, change: object = {}): Promise<void> => {
    const definition = { ...larkdeskDefinition, version, ...change }
    await saveDraft(context(), { kind: 'rest', definition, replaces: null, actor })
    await publishDefinition(context(), { identifier: 'larkdesk', version, actor })
  }
  const connect = (name: string, version?: string): Promise<{ connectionId: string }> =>
    instance.sync.operations.ensureConnection({
      provider: 'larkdesk',
      ...(version ? { version } : {}),
      name,
      scope,
      settings: { address: remote.origin, deskKey: key },
      mappings,
      actor,
    })
  const versionOf = async (connectionId: string): Promise<unknown> =>
    (await instance.rows('select provider_version from outbound_sync.connection where id = $1', [connectionId]))[0]
      ?.provider_version
  const outcomeOf = async (connectionId: string, sourceId: string): Promise<{ outcome: string; message: string }> => {
    const find = () =>
      instance.rows('select outcome, message from outbound_sync.attempt where connection_id = $1 and source_id = $2', [
        connectionId,
        sourceId,
      ])
    await until(async () => (await find()).length > 0)
    const [attempt] = await find()
    return { outcome: String(attempt?.outcome), message: String(attempt?.message) }
  }
  const disable = (connectionId: string) =>
    instance.rows(`update outbound_sync.connection set state = 'disabled' where id = $1`, [connectionId])

  it('is no provider while it is a draft, and is one for every process once it is published', async () => {
    await saveDraft(context(), { kind: 'rest', definition: larkdeskDefinition, replaces: null, actor })
    await assert.rejects(connect('Desk'), /no provider "larkdesk"/)
    await publishDefinition(context(), { identifier: 'larkdesk', version: '1.0.0', actor })
    const { connectionId } = await connect('Desk')
    await instance.placeOrder('1')
    assert.equal((await outcomeOf(connectionId, '1')).outcome, 'succeeded')
    const [ticket] = [...desk.tickets().values()]
    assert.deepEqual(ticket, {
      state: 'open',
      reference: 'B1',
      amount: 1.5,
      requester: { mail: 'buyer1@customers.example' },
    })
    await instance.placeOrder('1')
    await instance.untilIdle()
    assert.equal(desk.tickets().size, 1)
    await disable(connectionId)
  })

  it('stays as it was while newer versions come and go', async () => {
    await publish('2.0.0', { displayName: 'Larkdesk (new)' })
    const old = await connect('Old desk', '1.0.0')
    const fresh = await connect('New desk')
    assert.deepEqual([await versionOf(old.connectionId), await versionOf(fresh.connectionId)], ['1.0.0', '2.0.0'])
    await moveDefinition(instance.database, { identifier: 'larkdesk', version: '2.0.0', move: 'deprecate', actor })
    assert.equal(await versionOf((await connect('Third desk')).connectionId), '1.0.0')
    await instance.placeOrder('2')
    // Both have sent it; whoever was second found it there.
    assert.match((await outcomeOf(fresh.connectionId, '2')).outcome, /succeeded|nothing_to_do/)
    const listed = await listDefinitions(instance.database)
    assert.deepEqual(
      listed.map(({ version, state, connectionCount, displayName }) => [version, state, connectionCount, displayName]),
      [
        ['2.0.0', 'deprecated', 1, 'Larkdesk (new)'],
        ['1.0.0', 'active', 3, 'Larkdesk'],
      ],
    )
    await assert.rejects(
      saveDraft(context(), {
        kind: 'rest',
        definition: { ...larkdeskDefinition, version: '2.0.0' },
        replaces: null,
        actor,
      }),
      /exists already \(deprecated\)/,
    )
    await assert.rejects(
      publishDefinition(context(), { identifier: 'larkdesk', version: '1.0.0', actor }),
      /only a draft/,
    )
  })

  it('ends its work with the reason when it was retired', async () => {
    const { connectionId } = await connect('New desk')
    await moveDefinition(instance.database, { identifier: 'larkdesk', version: '2.0.0', move: 'retire', actor })
    // So old may be what a worker knows.
    await until(async () => {
      await instance.placeOrder('3')
      const rows = await instance.rows(
        `select message from outbound_sync.attempt where connection_id = $1 and outcome = 'config'`,
        [connectionId],
      )
      return /Version 2.0.0 of the provider "larkdesk" was retired. Move the connection/.test(String(rows[0]?.message))
    })
    await assert.rejects(
      moveDefinition(instance.database, { identifier: 'larkdesk', version: '2.0.0', move: 'reactivate', actor }),
      (error) => isErrorKind(error, 'TransitionError'),
    )
    await disable(connectionId)
  })

  it('that cannot be built ends its own work with the reason, and stops nothing else', async () => {
    const broken = { ...larkdeskDefinition, identifier: 'broken', version: '1.0.0', baseUrl: 'nowhere' }
    await instance.rows(
      `insert into outbound_sync.provider_definition (identifier, version, kind, definition, state) values ('broken', '1.0.0', 'rest', $1, 'active')`,
      [JSON.stringify(broken)],
    )
    const { connectionId } = await connect('Broken', '1.0.0')
    await instance.rows(`update outbound_sync.connection set provider = 'broken' where id = $1`, [connectionId])
    const good = await connect('Old desk')
    await until(async () => {
      await instance.placeOrder('4')
      return (
        (await instance.rows('select 1 from outbound_sync.sync_job where connection_id = $1', [connectionId])).length >
        0
      )
    })
    assert.match((await outcomeOf(good.connectionId, '4')).outcome, /succeeded|nothing_to_do/)
    const { outcome, message } = await outcomeOf(connectionId, '4')
    assert.equal(outcome, 'config')
    assert.match(message, /Version 1.0.0 of the provider "broken" cannot be used: baseUrl: must begin with https/)
  })

  it('cannot take the name of a provider that is code, nor of another kind', async () => {
    const taken = createCatalog({
      plugins: [rest, definePlugin({ name: 'coded', version: '1.0.0', compatibility: '*' })].map((plugin) => ({
        specifier: plugin.name,
        name: plugin.name,
        plugin,
        status: 'ready',
        error: null,
      })),
    })
    const coded = { ...taken, codedPlugin: () => rest }
    await assert.rejects(
      saveDraft(
        { database: instance.database, catalog: coded },
        { kind: 'rest', definition: { ...larkdeskDefinition, identifier: 'webhook' }, replaces: null, actor },
      ),
      /identifier is taken: the plugin "rest" brings/,
    )
    await assert.rejects(
      saveDraft(context(), {
        kind: 'connector',
        definition: { ...larkdeskDefinition, version: '9.0.0' },
        replaces: null,
        actor,
      }),
      /is a provider of the kind rest/,
    )
    await assert.rejects(
      saveDraft(context(), { kind: 'rest', definition: { identifier: 'A b', version: '1' }, replaces: null, actor }),
      /identifier must begin/,
    )
  })

  it('is drafted by one at a time, and a draft can be thrown away', async () => {
    const draft = { identifier: 'later', version: '1.0.0', displayName: 'Later' }
    await saveDraft(context(), { kind: 'rest', definition: draft, replaces: null, actor })
    const [{ revision } = { revision: '' }] = (await instance.rows(
      `select updated_at::text as revision from outbound_sync.provider_definition where identifier = 'later'`,
    )) as { revision: string }[]
    await saveDraft(context(), {
      kind: 'rest',
      definition: { ...draft, version: '1.1.0' },
      replaces: { ...draft, revision },
      actor,
    })
    await assert.rejects(
      saveDraft(context(), {
        kind: 'rest',
        definition: draft,
        replaces: { ...draft, version: '1.1.0', revision },
        actor,
      }),
      /changed or published by somebody else/,
    )
    await assert.rejects(publishDefinition(context(), { identifier: 'later', version: '1.1.0', actor }), /baseUrl: /)
    await deleteDraft(instance.database, { identifier: 'later', version: '1.1.0', actor })
    await assert.rejects(
      deleteDraft(instance.database, { identifier: 'later', version: '1.1.0', actor }),
      /no version 1.1.0/,
    )
    const actions = await instance.rows(
      `select action from outbound_sync.audit_entry where target like 'provider:later/%' order by id`,
    )
    assert.deepEqual(
      actions.map(({ action }) => action),
      ['provider.drafted', 'provider.draft_changed', 'provider.draft_deleted'],
    )
  })
})

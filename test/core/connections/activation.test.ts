import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Activation, createActivation } from '../../../core/connections/activation.ts'
import {
  type ActivationRow,
  isWithinScope,
  resolveActivation,
  scopeAncestors,
} from '../../../core/connections/resolve-activation.ts'
import type { Database } from '../../../core/database/transaction.ts'
import { isErrorKind } from '../../../core/errors.ts'
import type { PluginLevel } from '../../../core/sdk/plugin.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'

const organizer = 'organizer:a'
const event = 'organizer:a/event:b'

describe('the path of a scope', () => {
  it('begins with the whole instance and ends with the scope', () => {
    assert.deepEqual(scopeAncestors(event), ['', organizer, event])
    assert.deepEqual(scopeAncestors(organizer), ['', organizer])
    assert.deepEqual(scopeAncestors(''), [''])
    assert.deepEqual(scopeAncestors('a/b/c'), ['', 'a', 'a/b', 'a/b/c'])
  })

  it('holds exactly the scopes it lies within', () => {
    const scope = fc.array(fc.constantFrom('organizer:a', 'organizer:ab', 'event:b'), { maxLength: 4 })
    fc.assert(
      fc.property(scope, scope, (left, right) => {
        const [one, other] = [left.join('/'), right.join('/')]
        assert.equal(isWithinScope(one, other), scopeAncestors(one).includes(other))
      }),
    )
  })
})

describe('what the rows of a plugin mean', () => {
  const on = (scope: string): ActivationRow => ({ scope, isActive: true })
  const off = (scope: string): ActivationRow => ({ scope, isActive: false })
  const cases: { level: PluginLevel; says: string; rows: ActivationRow[]; scope: string; isActive: boolean }[] = [
    { level: 'instance', says: 'always on', rows: [], scope: event, isActive: true },
    { level: 'instance', says: 'on whatever a row says', rows: [off('')], scope: '', isActive: true },

    { level: 'organizer', says: 'off without a row', rows: [], scope: event, isActive: false },
    { level: 'organizer', says: 'on at its organizer', rows: [on(organizer)], scope: organizer, isActive: true },
    { level: 'organizer', says: 'inherited by an event', rows: [on(organizer)], scope: event, isActive: true },
    { level: 'organizer', says: 'inherited from the instance', rows: [on('')], scope: event, isActive: true },
    { level: 'organizer', says: 'off at one organizer', rows: [on(''), off(organizer)], scope: event, isActive: false },
    { level: 'organizer', says: 'off at another organizer', rows: [on('organizer:b')], scope: event, isActive: false },
    {
      level: 'organizer',
      says: 'blind to event rows',
      rows: [on(organizer), off(event)],
      scope: event,
      isActive: true,
    },
    { level: 'organizer', says: 'not on by an event row', rows: [on(event)], scope: event, isActive: false },

    { level: 'event', says: 'off without a row', rows: [], scope: event, isActive: false },
    { level: 'event', says: 'on at the event', rows: [on(event)], scope: event, isActive: true },
    { level: 'event', says: 'not on above the event', rows: [on(event)], scope: organizer, isActive: false },
    { level: 'event', says: 'inherited', rows: [on(organizer)], scope: event, isActive: true },
    {
      level: 'event',
      says: 'off by the nearest row',
      rows: [on(organizer), off(event)],
      scope: event,
      isActive: false,
    },
    { level: 'event', says: 'on by the nearest row', rows: [off(organizer), on(event)], scope: event, isActive: true },
    { level: 'event', says: 'inherited below', rows: [on(event)], scope: `${event}/day:1`, isActive: true },
    {
      level: 'event',
      says: 'no prefix of a name',
      rows: [on('organizer:a/event:b')],
      scope: 'organizer:a/event:bc',
      isActive: false,
    },

    { level: 'organizer_and_event', says: 'off without a row', rows: [], scope: event, isActive: false },
    {
      level: 'organizer_and_event',
      says: 'off with the organizer alone',
      rows: [on(organizer)],
      scope: event,
      isActive: false,
    },
    {
      level: 'organizer_and_event',
      says: 'off with the event alone',
      rows: [on(event)],
      scope: event,
      isActive: false,
    },
    {
      level: 'organizer_and_event',
      says: 'on with both',
      rows: [on(organizer), on(event)],
      scope: event,
      isActive: true,
    },
    {
      level: 'organizer_and_event',
      says: 'on with the instance and the event',
      rows: [on(''), on(event)],
      scope: event,
      isActive: true,
    },
    {
      level: 'organizer_and_event',
      says: 'off when the organizer says no',
      rows: [on(''), off(organizer), on(event)],
      scope: event,
      isActive: false,
    },
    {
      level: 'organizer_and_event',
      says: 'inherited below the event',
      rows: [on(organizer), on(event)],
      scope: `${event}/day:1`,
      isActive: true,
    },
    {
      level: 'organizer_and_event',
      says: 'decided by the organizer where there is no event',
      rows: [on(organizer)],
      scope: organizer,
      isActive: true,
    },
  ]
  for (const { level, says, rows, scope, isActive } of cases) {
    it(`${level}: ${says}`, () => {
      assert.equal(resolveActivation({ level, scope, rows }), isActive)
      assert.equal(resolveActivation({ level, scope, rows: rows.toReversed() }), isActive)
    })
  }
})

describe('switching plugins on and off', () => {
  const plugins: { name: string; level: PluginLevel }[] = [
    { name: 'shop', level: 'instance' },
    { name: 'mailing', level: 'organizer' },
    { name: 'crm', level: 'event' },
    { name: 'badges', level: 'organizer_and_event' },
  ]
  let database: Database
  let drop: () => Promise<void>
  let activation: Activation

  before(async () => {
    ;({ database, drop } = await createMigratedDatabase())
    activation = createActivation({ database, plugins: () => plugins })
  })
  after(() => drop())
  beforeEach(async () => {
    await database.executeSql(
      'truncate outbound_sync.plugin_activation, outbound_sync.audit_entry, outbound_sync.connection cascade',
    )
  })

  const audit = async () => {
    const { rows } = await database.executeSql(
      'select actor, action, scope, target, before, after from outbound_sync.audit_entry order by id',
    )
    return rows
  }
  const switchTo = (isActive: boolean, plugin: string, scope: string) =>
    activation.setActive({ plugin, scope, isActive, actor: 'Ann' })

  it('is seen at once, by isActive and by load, and inherited', async () => {
    assert.equal(await activation.isActive({ plugin: 'crm', scope: event }), false)
    await switchTo(true, 'crm', organizer)
    assert.equal(await activation.isActive({ plugin: 'crm', scope: event }), true)
    const isActive = await activation.load(database, event)
    assert.deepEqual(
      plugins.filter(({ name }) => isActive(name)).map(({ name }) => name),
      ['shop', 'crm'],
    )
    await switchTo(false, 'crm', event)
    assert.equal(await activation.isActive({ plugin: 'crm', scope: event }), false)
    assert.equal(await activation.isActive({ plugin: 'crm', scope: organizer }), true)
    assert.deepEqual(
      (await activation.rows('crm')).map(({ scope, isActive, changedBy }) => ({ scope, isActive, changedBy })),
      [
        { scope: organizer, isActive: true, changedBy: 'Ann' },
        { scope: event, isActive: false, changedBy: 'Ann' },
      ],
    )
  })

  it('loads with one statement, in the session it is handed', async () => {
    const statements: string[] = []
    const isActive = await activation.load(
      {
        executeSql: (text, values) => {
          statements.push(text)
          return database.executeSql(text, values)
        },
      },
      event,
    )
    assert.equal(isActive('shop'), true)
    assert.equal(isActive('crm'), false)
    assert.equal(statements.length, 1)
  })

  it('is off for a plugin that is not loaded, whatever its rows say', async () => {
    await database.executeSql(
      `insert into outbound_sync.plugin_activation (plugin, scope, is_active, changed_by) values ('gone', '', true, 'Ann')`,
    )
    assert.equal(await activation.isActive({ plugin: 'gone', scope: event }), false)
  })

  it('writes who changed what into the audit, and nothing when nothing changes', async () => {
    await switchTo(true, 'crm', event)
    await switchTo(true, 'crm', event)
    await switchTo(false, 'crm', event)
    assert.deepEqual(await audit(), [
      {
        actor: 'Ann',
        action: 'plugin.switched_on',
        scope: event,
        target: 'plugin:crm',
        before: { isActive: null },
        after: { isActive: true },
      },
      {
        actor: 'Ann',
        action: 'plugin.switched_off',
        scope: event,
        target: 'plugin:crm',
        before: { isActive: true },
        after: { isActive: false },
      },
    ])
  })

  it('records one change when many switch the same at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => switchTo(true, 'crm', event)))
    assert.equal((await audit()).length, 1)
  })

  it('refuses what would have no effect, in a sentence', async () => {
    const refusals = [
      { plugin: 'crn', scope: event, message: /"crn": it is not loaded\. Did you mean "crm"\?/ },
      {
        plugin: 'mailing',
        scope: event,
        message: /"mailing" in "organizer:a\/event:b": it is switched for a whole, .* Switch it for "organizer:a"\./,
      },
      { plugin: 'shop', scope: '', message: /"instance" is always on/ },
      { plugin: 'crm', scope: '/organizer:a', message: /a scope has no empty part/ },
      { plugin: 'crm', scope: 'organizer:a/', message: /a scope has no empty part/ },
    ]
    for (const { plugin, scope, message } of refusals) {
      await assert.rejects(switchTo(true, plugin, scope), (error) => {
        assert.ok(isErrorKind(error, 'OutboundSyncError') && error instanceof Error)
        assert.match(error.message, message)
        return true
      })
    }
    assert.deepEqual(await audit(), [])
    assert.deepEqual(await activation.rows('crm'), [])
  })

  it('leaves the queued work of a plugin that is switched off alone', async () => {
    await switchTo(true, 'crm', event)
    const { rows } = await database.executeSql<{ id: string }>(
      `insert into outbound_sync.connection (id, provider, provider_version, scope, name, account_key)
       values (gen_random_uuid(), 'crm', '1.0.0', '', 'A', 'a') returning id`,
    )
    await database.executeSql(
      `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id)
       select $1, $2, 'Order', n::text from generate_series(1, 500) n`,
      [rows[0]?.id, event],
    )
    await switchTo(false, 'crm', event)
    const { rows: counts } = await database.executeSql(
      `select state, count(*)::int as count from outbound_sync.sync_job group by state`,
    )
    assert.deepEqual(counts, [{ state: 'waiting', count: 500 }])
  })
})

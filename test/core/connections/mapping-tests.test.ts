// How mapping tests are stored: under a name of their own, with nothing accepted at first, and who did what is written down.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createMappingTests, type MappingTests, maxTests } from '../../../core/connections/mapping-tests.ts'
import { isErrorKind, messageOf } from '../../../core/errors.ts'
import type { TestRecord } from '../../../core/mapping/test-record.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

const record: TestRecord = {
  model: 'Order',
  label: 'A\0\ud800',
  fields: [{ key: '__proto__', label: 'Name', type: 'text' }],
  values: ['Ada'],
  nested: [{ model: 'Position', label: 'Position', fields: [], count: 500, records: [{ label: '', values: [] }] }],
}
const versions = { providerVersion: '1.0.0', pluginVersion: '2.0.0' }
const skipped = [{ mappingKey: 'deals', position: null, outcome: { kind: 'skipped' as const } }]

describe('the mapping tests of a connection', () => {
  let fixture: QueueFixture
  let tests: MappingTests
  let connectionId: string
  before(async () => {
    fixture = await createQueueFixture()
    tests = createMappingTests({ database: fixture.database })
  })
  after(() => fixture.close())
  beforeEach(async () => {
    connectionId = await fixture.addConnection()
  })

  const add = (name: string) => tests.add({ connectionId, name, record, isMasked: true, actor: 'Ann' })
  const isRefused = (kind: 'SyncConfigError' | 'TransitionError', pattern: RegExp) => (error: unknown) =>
    isErrorKind(error, kind) && pattern.test(messageOf(error))

  it('are kept with their record, and expect nothing at first', async () => {
    const { id } = await add('  Paid order ')
    const [test] = await tests.list(connectionId)
    assert.deepEqual(
      [test?.id, test?.name, test?.accepted, test?.green, test?.isMasked, test?.author],
      [id, 'Paid order', null, null, true, 'Ann'],
    )
    // What PostgreSQL keeps in no text is mended.
    assert.deepEqual(test?.record, { ...record, label: 'A\ufffd\ufffd' })
    assert.deepEqual(await tests.find(connectionId, id.toUpperCase()), test)
    assert.equal(await tests.find(connectionId, "'; --"), null)
    assert.equal(await tests.find(await fixture.addConnection(), id), null)
  })

  it('have names of their own', async () => {
    await add('One')
    for (const [name, pattern] of [
      ['One', /is called "One" already/],
      [' ', /Enter a name/],
      ['x'.repeat(201), /at most 200 characters/],
      ['a\0', /NUL/],
    ] as const) {
      await assert.rejects(add(name), isRefused('SyncConfigError', pattern))
    }
    const many = await Promise.allSettled(Array.from({ length: 5 }, () => add('Two')))
    assert.equal(many.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('are not more than can be run for a page', async () => {
    for (let number = 1; number <= maxTests; number += 1) await add(`Test ${number}`)
    await assert.rejects(add('One more'), isRefused('SyncConfigError', /has 50 tests/))
  })

  it('expect what was accepted last, until they are deleted', async () => {
    const { id } = await add('One')
    const request = { connectionId, id, actor: 'Bob' }
    const object = {
      kind: 'object' as const,
      ...{ externalObjectType: 'deal', externalIdField: 'code', idValue: 'A\0' },
      properties: [['__proto', { b: [1, null], a: '\udfff' }, 'append']] as [string, never, 'append'][],
    }
    await tests.accept({ ...request, expectation: skipped, versions })
    await tests.accept({ ...request, expectation: [{ mappingKey: 'k', position: 3, outcome: object }], versions })
    const accepted = (await tests.find(connectionId, id))?.accepted
    assert.equal(accepted?.by, 'Bob')
    assert.deepEqual(accepted?.expectation, [
      {
        mappingKey: 'k',
        position: 3,
        outcome: { ...object, idValue: 'A\ufffd', properties: [['__proto', { a: '\ufffd', b: [1, null] }, 'append']] },
      },
    ])
    const huge = { ...object, idValue: 'x'.repeat(1_000_000) }
    await assert.rejects(
      tests.accept({ ...request, expectation: [{ mappingKey: 'k', position: null, outcome: huge }], versions }),
      isRefused('SyncConfigError', /at most 1000000/),
    )
    await tests.remove(request)
    assert.deepEqual(await tests.list(connectionId), [])
    for (const again of [tests.remove(request), tests.accept({ ...request, expectation: skipped, versions })]) {
      await assert.rejects(again, isRefused('TransitionError', /deleted meanwhile/))
    }
    const entries = await fixture.rows(
      'select actor, action, before, after from outbound_sync.audit_entry where target = $1 order by id',
      [`connection:${connectionId}`],
    )
    assert.deepEqual(
      entries.map(({ actor, action }) => [actor, action]),
      [
        ['Ann', 'mapping_test.created'],
        ['Bob', 'mapping_test.accepted'],
        ['Bob', 'mapping_test.accepted'],
        ['Bob', 'mapping_test.deleted'],
      ],
    )
    assert.deepEqual(entries[0]?.after, { test: id, name: 'One', sourceModel: 'Order', isMasked: true })
    assert.doesNotMatch(JSON.stringify(entries), /Ada/)
  })

  it('are outdated when they were last green with other versions', async () => {
    const [green, open] = [await add('Green'), await add('Open')]
    await tests.accept({ connectionId, id: green.id, actor: 'Ann', expectation: skipped, versions })
    const outdated = async (now: object, limit = 10) =>
      (await tests.outdated([{ connectionId, ...versions, ...now }], { limit })).map(({ id }) => id)
    assert.deepEqual(await outdated({}), [])
    assert.deepEqual(await outdated({ providerVersion: '1.1.0' }), [green.id])
    assert.deepEqual(await outdated({ pluginVersion: '2.1.0' }), [green.id])
    assert.deepEqual(await outdated({ pluginVersion: '2.1.0' }, 0), [])
    await tests.recordGreen([green.id], { ...versions, pluginVersion: '2.1.0' })
    assert.deepEqual(await outdated({ pluginVersion: '2.1.0' }), [])
    assert.equal((await tests.find(connectionId, open.id))?.green, null)
    assert.deepEqual(await tests.outdated([], { limit: 1 }), [])
  })

  it('cannot be changed for a connection that was deleted, and go with it', async () => {
    const { id } = await add('One')
    await fixture.rows(`update outbound_sync.connection set state = 'deleted' where id = $1`, [connectionId])
    await assert.rejects(add('Two'), isRefused('TransitionError', /does not exist any more/))
    await assert.rejects(
      tests.remove({ connectionId, id, actor: 'Ann' }),
      isRefused('TransitionError', /does not exist any more/),
    )
    await fixture.rows('delete from outbound_sync.connection where id = $1', [connectionId])
    assert.deepEqual(await tests.list(connectionId), [])
  })
})

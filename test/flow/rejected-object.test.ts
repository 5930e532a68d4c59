// One object of a record is refused: what does not need it is sent, what needs it is left out and says why, and finalize
// waits until all is well.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { NetworkError, RejectedError, SyncConfigError } from '../../core/errors.ts'
import type { ObjectMappingInput } from '../../core/sdk/mapping.ts'
import { createScriptedInstance, type ScriptedInstance } from '../support/scripted-instance.ts'
import { accept, dealMapping } from '../support/scripted-provider.ts'

const ticket = (key: string, source: { field: string } | { result: string; path: string }): ObjectMappingInput => ({
  key,
  sourceModel: 'OrderPosition',
  externalObjectType: key,
  sourceIdField: 'id',
  externalIdField: 'id',
  whenNoLonger: 'delete',
  propertyMappings: [{ externalField: 'value', source }],
})

describe('a record of which one object is refused', () => {
  let scripted: ScriptedInstance
  let order = 0
  before(async () => {
    scripted = await createScriptedInstance({
      orderCount: 30,
      mappings: [
        ticket('ticket', { field: 'item' }),
        ticket('badge', { result: 'ticket', path: 'remoteId' }),
        { ...dealMapping, key: 'note', externalObjectType: 'note' },
        {
          ...dealMapping,
          propertyMappings: [{ externalField: 'badges', source: { result: 'badge', path: 'remoteId' } }],
        },
      ],
    })
  })
  after(() => scripted.instance.close())
  beforeEach(() => {
    order++
    scripted.script.onSync = accept
    scripted.script.calls.length = 0
    scripted.script.finalized.length = 0
    scripted.script.deleted.length = 0
  })

  const refuse = (error: Error, type: string, idValue: string): void => {
    scripted.script.onSync = (args) => {
      if (args.mapping.externalObjectType === type && args.idValue === idValue) throw error
      return accept(args)
    }
  }
  const called = () => scripted.script.calls.map((call) => `${call.mapping.externalObjectType} ${call.idValue}`)

  it('sends the independent ones and leaves out those that need its result, also at second hand', async () => {
    const id = String(order)
    const [first, second] = [String(order * 2), String(order * 2 + 1)]
    refuse(new RejectedError('The seat is taken'), 'ticket', first)
    const { attemptId, outcome, message } = await scripted.sync(id)
    assert.deepEqual([outcome, message], ['permanent', 'The seat is taken'])
    assert.deepEqual(called(), [`ticket ${first}`, `ticket ${second}`, `badge ${second}`, `note B${order}`])
    assert.equal(scripted.script.finalized.length, 0)
    const leftOut = (key: string): string => `It needs the result of the mapping "${key}", which was not sent.`
    const objects = await scripted.objectsOf(attemptId)
    assert.deepEqual(
      objects.map((object) => [object.mapping_key, object.source_id, object.action, object.message]),
      [
        ['ticket', first, 'failed', 'The seat is taken'],
        ['ticket', second, 'created', null],
        ['badge', first, 'skipped', leftOut('ticket')],
        ['badge', second, 'created', null],
        ['note', id, 'created', null],
        ['deal', id, 'skipped', leftOut('badge')],
      ],
    )
  })

  it('sends only what is missing once it is accepted, and finalizes', async () => {
    const id = String(order)
    const first = String(order * 2)
    refuse(new RejectedError('The seat is taken'), 'ticket', first)
    await scripted.sync(id)
    scripted.script.onSync = accept
    scripted.script.calls.length = 0
    assert.equal((await scripted.sync(id)).outcome, 'succeeded')
    assert.deepEqual(called(), [`ticket ${first}`, `badge ${first}`, `deal B${order}`])
    assert.deepEqual(scripted.script.finalized[0]?.mappedObjects.deal?.[0]?.idValue, `B${order}`)
  })

  it('keeps what it had sent of the refused object before', async () => {
    const id = String(order)
    const first = String(order * 2)
    await scripted.sync(id)
    await scripted.instance.rows(`update fixture.positions set item = 'Other' where id = $1`, [first])
    refuse(new RejectedError('No'), 'ticket', first)
    assert.equal((await scripted.sync(id)).outcome, 'permanent')
    assert.deepEqual(scripted.script.deleted, [])
  })

  it('stops at once for what concerns the remote or the connection and not one object', async () => {
    for (const error of [new NetworkError('gone away'), new SyncConfigError('The list was deleted')]) {
      scripted.script.calls.length = 0
      refuse(error, 'ticket', String(order * 2))
      await scripted.sync(String(order))
      assert.deepEqual(called(), [`ticket ${order * 2}`])
      order++
    }
  })
})

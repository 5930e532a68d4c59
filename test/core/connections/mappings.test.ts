// A mapping as people change it: a draft beside the version in force, published as the next one, and nobody overwrites
// what somebody else has changed meanwhile.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createMappings, type Mappings } from '../../../core/connections/mappings.ts'
import { isErrorKind, messageOf } from '../../../core/errors.ts'
import type { ObjectMappingInput } from '../../../core/sdk/mapping.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

const contact: ObjectMappingInput = {
  key: 'contact',
  sourceModel: 'Order',
  externalObjectType: 'Contact',
  sourceIdField: 'email',
  externalIdField: 'email',
  propertyMappings: [{ externalField: 'name', source: { field: 'name' } }],
}
const deal: ObjectMappingInput = { ...contact, key: 'deal', externalObjectType: 'Deal' }

describe('the mapping of a connection', () => {
  let fixture: QueueFixture
  let mappings: Mappings
  let connectionId: string
  before(async () => {
    fixture = await createQueueFixture()
    mappings = createMappings({ database: fixture.database })
  })
  after(() => fixture.close())
  beforeEach(async () => {
    connectionId = await fixture.addConnection()
  })

  const save = (document: unknown, revision: number | null, actor = 'Ann') =>
    mappings.saveDraft({ connectionId, document, revision, actor })
  const publish = (revision: number | null, over: number | null, actor = 'Ann') =>
    mappings.publish({ connectionId, revision, over, actor })
  const keys = (document: readonly { key: string }[] | undefined) => document?.map(({ key }) => key)
  const isRefused = (pattern: RegExp) => (error: unknown) =>
    isErrorKind(error, 'TransitionError') && pattern.test(messageOf(error))

  it('has neither a draft nor a version at first', async () => {
    assert.equal(await mappings.published(connectionId), null)
    assert.equal(await mappings.draft(connectionId), null)
    assert.deepEqual(await mappings.versions(connectionId, { limit: 10 }), [])
  })

  it('is not in force while it is a draft, and is once it was published', async () => {
    const first = await save([contact], null)
    assert.equal(await mappings.published(connectionId), null)
    assert.deepEqual([keys(first.document), first.basedOn, first.author], [['contact'], null, 'Ann'])
    const second = await save([contact, deal], first.revision, 'Bob')
    assert.equal(second.revision, first.revision + 1)
    assert.deepEqual(await publish(second.revision, null, 'Bob'), { version: 1 })
    assert.equal(await mappings.draft(connectionId), null)
    const published = await mappings.published(connectionId)
    assert.deepEqual(
      [published?.version, published?.author, keys(published?.document)],
      [1, 'Bob', ['contact', 'deal']],
    )
  })

  it('keeps every version with who published it, newest first', async () => {
    for (const [number, document] of [[contact], [contact, deal], [deal]].entries()) {
      const { revision } = await save(document, null, `Author ${number + 1}`)
      await publish(revision, number === 0 ? null : number, `Author ${number + 1}`)
    }
    const all = await mappings.versions(connectionId, { limit: 2 })
    assert.deepEqual(
      all.map(({ version, author }) => [version, author]),
      [
        [3, 'Author 3'],
        [2, 'Author 2'],
      ],
    )
    const older = await mappings.versions(connectionId, { limit: 2, before: 2 })
    assert.deepEqual(keys((await mappings.published(connectionId, older[0]?.version))?.document), ['contact'])
    assert.equal(await mappings.published(connectionId, 4), null)
  })

  it('publishes nothing new when the draft says what is in force', async () => {
    await publish((await save([contact], null)).revision, null)
    assert.deepEqual(await publish((await save([contact], null)).revision, 1), { version: null })
    assert.equal(await mappings.draft(connectionId), null)
    assert.equal((await mappings.versions(connectionId, { limit: 10 })).length, 1)
  })

  it('refuses whoever was slower, in words that name who was quicker', async () => {
    const { revision } = await save([contact], null)
    await assert.rejects(save([deal], null, 'Bob'), isRefused(/^Ann has changed the draft meanwhile/))
    await save([contact, deal], revision, 'Cy')
    await assert.rejects(save([deal], revision, 'Bob'), isRefused(/^Cy has changed the draft meanwhile/))
    await assert.rejects(publish(revision, null, 'Bob'), isRefused(/^Cy has changed/))
    await assert.rejects(mappings.discardDraft({ connectionId, revision, actor: 'Bob' }), isRefused(/^Cy has changed/))
    assert.deepEqual(keys((await mappings.draft(connectionId))?.document), ['contact', 'deal'])
  })

  it('takes a draft that was discarded and begun anew for another one', async () => {
    const first = await save([contact], null)
    await mappings.discardDraft({ connectionId, revision: first.revision, actor: 'Ann' })
    await assert.rejects(save([deal], first.revision), isRefused(/published or discarded meanwhile/))
    await save([contact], null, 'Bob')
    await assert.rejects(save([deal], first.revision), isRefused(/^Bob has changed the draft/))
  })

  it('does not publish over a version that the person has not seen', async () => {
    const { revision } = await save([contact], null)
    await fixture.database.executeSql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
       values ($1, 1, '[]', 'the program', now())`,
      [connectionId],
    )
    await assert.rejects(publish(revision, null), isRefused(/^Version 1 was published meanwhile by the program/))
    assert.deepEqual(await publish(revision, 1), { version: 2 })
  })

  it('lets exactly one of many who publish at the same moment through', async () => {
    const { revision } = await save([contact], null)
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => publish(revision, null)))
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await mappings.versions(connectionId, { limit: 10 })).length, 1)
  })

  it('lets exactly one of many who begin a draft at the same moment through', async () => {
    const ends = await Promise.allSettled(Array.from({ length: 8 }, (_, at) => save([contact], null, `Ann ${at}`)))
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('refuses what is no mapping document, and says where', async () => {
    await assert.rejects(
      save([{ ...contact, mode: 'sometimes' }], null),
      (error: unknown) => isErrorKind(error, 'SyncConfigError') && /mode/.test(messageOf(error)),
    )
    await assert.rejects(
      save([contact, contact], null),
      (error: unknown) =>
        isErrorKind(error, 'SyncConfigError') && /two mappings have the key "contact"/.test(messageOf(error)),
    )
    assert.equal(await mappings.draft(connectionId), null)
  })

  it('writes down who published and who discarded what', async () => {
    const { revision } = await save([contact], null)
    await mappings.discardDraft({ connectionId, revision, actor: 'Bob' })
    await publish((await save([deal], null)).revision, null, 'Cy')
    const entries = await fixture.rows(
      'select actor, action, before, after from outbound_sync.audit_entry where target = $1 order by id',
      [`connection:${connectionId}`],
    )
    assert.deepEqual(
      entries.map(({ actor, action }) => [actor, action]),
      [
        ['Bob', 'mapping.draft_discarded'],
        ['Cy', 'mapping.published'],
      ],
    )
    assert.deepEqual(entries[1]?.after, { mappingVersion: 1 })
  })

  it('cannot be changed for a connection that was deleted', async () => {
    await fixture.database.executeSql(`update outbound_sync.connection set state = 'deleted' where id = $1`, [
      connectionId,
    ])
    await assert.rejects(save([contact], null), isRefused(/does not exist any more/))
  })
})

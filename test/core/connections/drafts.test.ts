// A connection in the making: nothing is taken in for it, by a signal or by hand, until it is finished; and a program that
// asks for one of the same name finishes it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Connections, createConnections } from '../../../core/connections/connect.ts'
import { type ErrorKind, isErrorKind } from '../../../core/errors.ts'
import { enqueueEvent } from '../../../core/queue/enqueue.ts'
import { createCatalog } from '../../../core/registry/catalog.ts'
import { definePlugin, secret, z } from '../../../core/sdk/index.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { createQueueFixture, eventScope, type QueueFixture } from '../../support/queue-fixture.ts'
import { sampleProvider } from '../registry/sample-plugins.ts'

const provider = sampleProvider({
  statics: { identifier: 'crm', displayName: 'A CRM', settings: z.object({ url: z.url(), token: secret() }) },
})
const settings = { url: 'https://crm.example.com', token: 'tok-1' }

describe('a draft of a connection', () => {
  let fixture: QueueFixture
  let connections: Connections
  let closeParts: () => Promise<void>
  before(async () => {
    fixture = await createQueueFixture()
    const { database, boss } = fixture
    const plugin = definePlugin({ name: 'sample', version: '1.0.0', compatibility: '*', providers: [provider] })
    const configured = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
    const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
    const parts = connectionParts({ database, dataKeys })
    closeParts = parts.http.close
    connections = createConnections({
      ...parts,
      database,
      catalog: createCatalog({
        plugins: [{ specifier: 'sample', name: 'sample', plugin, status: 'ready', error: null }],
      }),
      dataKeys,
      createQueue: boss.createQueue,
      cancelJobs: async () => {},
      cancelWaiting: async () => assert.fail('nothing was to be canceled'),
      wakeUp: () => {},
    })
  })
  after(async () => {
    await closeParts()
    await fixture.close()
  })

  const begin = (scope: string) => connections.draft({ provider: 'crm', scope, actor: 'Ann' })
  const signal = (subject: string) =>
    fixture.database.transaction((session) =>
      enqueueEvent({ schema: fixture.database.schema, boss: fixture.boss }, session, {
        provider: 'crm',
        event: { scope: eventScope, subjects: [{ model: 'Order', id: subject }] },
        triggeredBy: 'order_placed',
      }),
    )
  const jobsOf = async (id: string) =>
    (await fixture.rows('select source_id from outbound_sync.sync_job where connection_id = $1', [id])).map(
      ({ source_id }) => source_id,
    )
  const rejects = (work: Promise<unknown>, kind: ErrorKind, message: RegExp) =>
    assert.rejects(work, (error: Error) => isErrorKind(error, kind) && message.test(error.message))

  it('takes in nothing until it is finished, and then what happens', async () => {
    const { connectionId } = await begin(eventScope)
    await signal('early')
    await fixture.enqueue(connectionId, ['by-hand'])
    assert.deepEqual(await jobsOf(connectionId), [])
    await connections.change({ connectionId, name: 'Mine', settings, actor: 'Ann', mayConfigureAll: true })
    await connections.finish({ connectionId, mappings: [], actor: 'Ann' })
    await signal('later')
    assert.deepEqual(await jobsOf(connectionId), ['later'])
    const [loaded] = await connections.load([connectionId])
    assert.deepEqual([loaded?.name, loaded?.state, loaded?.error], ['Mine', 'active', null])
    await rejects(
      connections.finish({ connectionId, mappings: [], actor: 'Ann' }),
      'TransitionError',
      /"Mine" is active already/,
    )
  })

  it('is finished by a program that asks for the same connection', async () => {
    const { connectionId } = await begin('organizer:other')
    const ensured = await connections.ensure({
      provider: 'crm',
      name: 'A CRM',
      scope: 'organizer:other',
      settings,
      actor: 'program',
    })
    assert.equal(ensured.connectionId, connectionId)
    assert.equal((await connections.get(connectionId))?.state, 'active')
  })

  it('has a free name, keeps one secret while another setting changes, and refuses a name that is taken', async () => {
    const [first, second] = [await begin('organizer:names'), await begin('organizer:names')]
    assert.equal((await connections.get(second.connectionId))?.name, 'A CRM 2')
    const who = { actor: 'Ann', mayConfigureAll: true }
    const change = { connectionId: second.connectionId, name: 'Second', settings, ...who }
    await connections.change(change)
    await connections.change({ ...change, settings: { url: 'https://other.example.com' } })
    const [loaded] = await connections.load([second.connectionId])
    assert.deepEqual(loaded?.settings, { url: 'https://other.example.com', token: 'tok-1' })
    await rejects(connections.change({ ...change, name: 'A CRM' }), 'SyncConfigError', /is called "A CRM"/)
    await connections.remove({ connectionId: first.connectionId, actor: 'Ann' })
    await rejects(
      connections.change({ ...change, connectionId: first.connectionId }),
      'TransitionError',
      /does not exist/,
    )
  })
})

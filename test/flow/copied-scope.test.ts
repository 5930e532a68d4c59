// The host copies a scope: its own connections are begun in the new one within the host's transaction, without credentials,
// and send nothing until somebody goes on with them.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isErrorKind } from '../../core/errors.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance } from '../support/instance.ts'

describe('a scope that the host copies', () => {
  let instance: Instance
  before(async () => {
    instance = await createInstance()
    // The one of the scope itself, as if it had a credential and an environment.
    await instance.rows(`update outbound_sync.connection set credentials = '{"token": "sealed"}', environment = 'live'`)
    for (const [name, at] of [
      ['Inherited', 'organizer:acme'],
      ['Switched off', scope],
      ['Deleted', scope],
    ] as const) {
      const { connectionId } = await instance.sync.operations.ensureConnection({
        ...{ provider: 'fixture', name, scope: at, settings: { baseUrl: instance.remote.baseUrl }, actor: 'test' },
      })
      const state = { 'Switched off': 'disabled', Deleted: 'deleted', Inherited: 'active' }[name]
      await instance.rows('update outbound_sync.connection set state = $2 where id = $1', [connectionId, state])
    }
  })
  after(() => instance.close())

  const copies = (to: string) =>
    instance.rows(
      `select c.name, c.state, c.settings, c.credentials, c.environment, c.copied_from, d.author, d.document,
              c.account_key = c.id::text as has_own_account
       from outbound_sync.connection c left join outbound_sync.mapping_draft d on d.connection_id = c.id
       where c.scope = $1 order by c.name`,
      [to],
    )
  const fire = (to: string, from = scope) =>
    instance.inTransaction((transaction) =>
      instance.sync.signals.scope_copied.promise({ from, to, actor: { id: '7', name: 'Ann' }, transaction }),
    )

  it('brings its connections along as drafts, with their mapping and without what is secret', async () => {
    const to = 'organizer:acme/event:conf27'
    await fire(to)
    const [published] = await instance.rows(
      `select document from outbound_sync.mapping_version where connection_id = $1`,
      [instance.connectionId],
    )
    const common = {
      state: 'draft',
      settings: { baseUrl: instance.remote.baseUrl },
      credentials: {},
      environment: null,
      copied_from: scope,
      author: 'Ann (7)',
      document: published?.document,
      has_own_account: true,
    }
    assert.deepEqual(await copies(to), [
      { name: 'Remote', ...common },
      { name: 'Switched off', ...common },
    ])
    const audit = await instance.rows(
      `select actor, action, after from outbound_sync.audit_entry where scope = $1 order by id`,
      [to],
    )
    assert.deepEqual(
      audit.map(({ actor, action, after }) => [actor, action, Object(after).copiedFrom]),
      Array.from({ length: 2 }, () => ['Ann (7)', 'connection.drafted', scope]),
    )
  })

  it('has them once, however often that is told, and at the same moment', async () => {
    const to = 'organizer:acme/event:twice'
    await Promise.all(Array.from({ length: 4 }, () => fire(to)))
    await fire(to)
    assert.equal((await copies(to)).length, 2)
  })

  it('has none when the host’s transaction is rolled back', async () => {
    const to = 'organizer:acme/event:undone'
    await assert.rejects(
      instance.inTransaction(async (transaction) => {
        await instance.sync.signals.scope_copied.promise({ from: scope, to, transaction })
        throw new Error('the host changed its mind')
      }),
      /changed its mind/,
    )
    assert.deepEqual(await copies(to), [])
  })

  it('leaves out all settings where the provider is not loaded, since nobody knows which are secret', async () => {
    const [from, to] = ['organizer:acme/event:old', 'organizer:acme/event:new']
    await instance.rows(
      `insert into outbound_sync.connection (id, provider, provider_version, scope, name, account_key, settings)
       values (gen_random_uuid(), 'gone', '1.0.0', $1, 'Gone', 'x', '{"token": "canary"}')`,
      [from],
    )
    await instance.sync.signals.scope_copied.promise({ from, to, transaction: 'none' })
    const [copy] = await copies(to)
    assert.deepEqual([copy?.settings, copy?.document], [{}, null])
  })

  it('is refused where it makes no sense, in words', async () => {
    const wrong = (event: object) => (error: unknown) =>
      isErrorKind(error, 'OutboundSyncError') || assert.fail(`${JSON.stringify(event)} ${error}`)
    for (const event of [
      { from: scope, to: scope, transaction: 'none' },
      { from: scope, to: 'a//b', transaction: 'none' },
      { to: scope, transaction: 'none' },
      { from: scope, to: 'organizer:x' },
      { from: scope, to: 'organizer:x', transaction: {} },
    ]) {
      // What a host in JavaScript can write.
      const fired = Reflect.get(instance.sync.signals, 'scope_copied').promise(event as never)
      await assert.rejects(fired, wrong(event))
    }
  })

  it('sends nothing to them', async () => {
    const to = 'organizer:acme/event:quiet'
    await fire(to)
    await instance.inTransaction((transaction) =>
      instance.sync.signals.order_placed.promise({ scope: to, subjects: [{ model: 'Order', id: '1' }], transaction }),
    )
    const jobs = await instance.rows(
      `select c.scope from outbound_sync.sync_job j join outbound_sync.connection c on c.id = j.connection_id where c.scope = $1`,
      [to],
    )
    assert.deepEqual(jobs, [])
  })
})

// The value that identifies an object changes, for example an e-mail address.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { ObjectMappingInput } from '../../core/sdk/mapping.ts'
import { createScriptedInstance, type ScriptedInstance } from '../support/scripted-instance.ts'
import { accept, dealMapping } from '../support/scripted-provider.ts'

const contact: ObjectMappingInput = {
  ...dealMapping,
  key: 'contact',
  externalObjectType: 'contact',
  sourceIdField: 'email',
  externalIdField: 'email',
}

for (const canChangeIdentity of [true, false]) {
  describe(`a provider that can${canChangeIdentity ? '' : 'not'} change the identity of an object`, () => {
    let scripted: ScriptedInstance
    let order = 0
    before(async () => {
      scripted = await createScriptedInstance({ orderCount: 30, mappings: [contact], canChangeIdentity })
    })
    after(() => scripted.instance.close())
    beforeEach(() => {
      order += 2
      scripted.script.calls.length = 0
      // As a remote that knows its objects by their own ids.
      scripted.script.onSync = (args) => ({
        ...accept(args),
        remoteId: args.known?.remoteId ?? `remote-${args.idValue}`,
      })
    })

    const setEmail = (id: number, email: string) =>
      scripted.instance.rows('update fixture.orders set email = $2 where id = $1', [id, email])
    const objects = (...idValues: string[]) =>
      scripted.instance.rows(
        `select o.id_value, o.remote_id, o.state, count(l.id)::int as links
         from outbound_sync.external_object o left join outbound_sync.sync_link l on l.external_object_id = o.id
         where o.id_value = any($1) group by o.id order by o.id`,
        [idValues],
      )

    it('is told so, or leaves the old object behind, and history names both', async () => {
      const [before, later] = [`a${order}@x.example`, `b${order}@x.example`]
      await setEmail(order, before)
      await scripted.sync(String(order))
      await setEmail(order, later)
      const { attemptId, outcome } = await scripted.sync(String(order))
      assert.equal(outcome, 'succeeded')
      const last = scripted.script.calls.at(-1)
      assert.deepEqual(
        [last?.operation, last?.idValue, last?.known?.idValue, last?.known?.remoteId],
        canChangeIdentity ? ['update', later, before, `remote-${before}`] : ['create', later, undefined, undefined],
      )
      assert.deepEqual(
        await objects(before, later),
        canChangeIdentity
          ? [{ id_value: later, remote_id: `remote-${before}`, state: 'present', links: 1 }]
          : [
              { id_value: before, remote_id: `remote-${before}`, state: 'orphaned', links: 0 },
              { id_value: later, remote_id: `remote-${later}`, state: 'present', links: 1 },
            ],
      )
      const [object] = await scripted.objectsOf(attemptId)
      assert.match(String(object?.message), new RegExp(`"${before}" and is now "${later}"`))
      assert.match(String(object?.message), canChangeIdentity ? /same object was updated/ : /left behind/)
      assert.equal((await scripted.sync(String(order))).outcome, 'nothing_to_do')
      assert.deepEqual(await scripted.instance.rows(`select key from outbound_sync.lease where key !~ '^slot//'`), [])
    })

    it('leaves an object alone that another record uses too', async () => {
      const [shared, later] = [`s${order}@x.example`, `t${order}@x.example`]
      for (const id of [order, order + 1]) {
        await setEmail(id, shared)
        await scripted.sync(String(id))
      }
      await setEmail(order, later)
      await scripted.sync(String(order))
      assert.equal(scripted.script.calls.at(-1)?.known, null)
      assert.deepEqual(await objects(shared, later), [
        { id_value: shared, remote_id: `remote-${shared}`, state: 'present', links: 1 },
        { id_value: later, remote_id: `remote-${later}`, state: 'present', links: 1 },
      ])
    })

    it('writes the other object when the new identity is one that is known', async () => {
      const [mine, other] = [`m${order}@x.example`, `o${order}@x.example`]
      await setEmail(order, mine)
      await setEmail(order + 1, other)
      await scripted.sync(String(order))
      await scripted.sync(String(order + 1))
      await setEmail(order, other)
      await scripted.sync(String(order))
      assert.equal(scripted.script.calls.at(-1)?.known?.remoteId, `remote-${other}`)
      assert.deepEqual(await objects(mine, other), [
        { id_value: mine, remote_id: `remote-${mine}`, state: 'orphaned', links: 0 },
        { id_value: other, remote_id: `remote-${other}`, state: 'present', links: 2 },
      ])
    })
  })
}

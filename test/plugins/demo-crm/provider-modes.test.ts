import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { KnownObject, Property, SyncObjectResult } from '../../../core/sdk/index.ts'
import { type ContactSync, startContactSync } from '../../support/contact-sync.ts'
import { syncArgs } from '../../support/sync-args.ts'

let contacts: ContactSync
before(async () => {
  contacts = await startContactSync()
})
after(() => contacts.stop())
beforeEach(() => contacts.clear())

describe('update modes', () => {
  const table: { mode: Property[2]; old: Property[]; value: Property[1]; expected: unknown; calls: number }[] = [
    { mode: 'overwrite', old: [['city', 'Rome', 'overwrite']], value: 'Oslo', expected: 'Oslo', calls: 1 },
    { mode: 'overwrite', old: [['city', 'Rome', 'overwrite']], value: '', expected: '', calls: 1 },
    { mode: 'if_new', old: [], value: 'Oslo', expected: undefined, calls: 1 },
    { mode: 'if_empty', old: [], value: 'Oslo', expected: 'Oslo', calls: 2 },
    { mode: 'if_empty', old: [['city', '', 'overwrite']], value: 'Oslo', expected: 'Oslo', calls: 2 },
    { mode: 'if_empty', old: [['city', 'Rome', 'overwrite']], value: 'Oslo', expected: 'Rome', calls: 2 },
    { mode: 'append', old: [['city', 'Rome', 'overwrite']], value: 'Oslo', expected: 'Rome, Oslo', calls: 2 },
    { mode: 'append', old: [['city', 'Rome, Oslo', 'overwrite']], value: 'Oslo', expected: 'Rome, Oslo', calls: 2 },
  ]
  for (const { mode, old, value, expected, calls } of table) {
    const held = JSON.stringify(old[0]?.[1] ?? null)
    it(`${mode} with ${JSON.stringify(value)} turns ${held} into ${JSON.stringify(expected ?? null)}`, async () => {
      const known = await contacts.createAda(old)
      await contacts.sync({ email: 'ada@example.org', known, properties: [['city', value, mode]] })
      assert.equal(contacts.http.takeCalls().length, calls)
      assert.equal((await contacts.stored())[0]?.city, expected)
    })
  }

  it('append adds to a list of the CRM as to a list', async () => {
    const deal = (tickets: string[], known: KnownObject | null): Promise<SyncObjectResult | null> =>
      contacts.provider().syncObjectWithProperties(
        syncArgs({
          http: contacts.http,
          externalObjectType: 'deal',
          externalIdField: 'order_number',
          idValue: 'N-1',
          known,
          properties: [['tickets', tickets, 'append']],
        }),
      )
    await deal(['1', '2'], null)
    await deal(['2', '3'], { remoteId: '1', idValue: 'N-1', customs: null, sentValues: {} })
    assert.deepEqual((await contacts.stored())[0]?.tickets, ['1', '2', '3'])
  })
})

describe('mapping modes', () => {
  it('create never changes an object that is there, known or not', async () => {
    const known = await contacts.createAda()
    for (const each of [known, null]) {
      const result = await contacts.sync({
        email: 'ada@example.org',
        known: each,
        mode: 'create',
        properties: [['name', 'Other', 'overwrite']],
      })
      assert.deepEqual([result?.action, result?.remoteId], ['nothing_to_do', '1'])
    }
    assert.deepEqual(await contacts.stored(), [{ email: 'ada@example.org', name: 'Ada' }])
  })

  it('create makes an object that was deleted over there', async () => {
    const known = await contacts.createAda()
    await contacts.crm.executeSql('delete from demo_crm.object', [])
    const result = await contacts.sync({ email: 'ada@example.org', known, mode: 'create' })
    assert.equal(result?.action, 'created')
  })

  it('update never creates, and declines what is not there', async () => {
    const properties: Property[] = [['name', 'Other', 'overwrite']]
    assert.equal(await contacts.sync({ email: 'ada@example.org', mode: 'update', properties }), null)
    const known = await contacts.createAda()
    assert.equal(
      (await contacts.sync({ email: 'ada@example.org', known, mode: 'update', properties }))?.action,
      'updated',
    )
    await contacts.crm.executeSql('delete from demo_crm.object', [])
    assert.equal(await contacts.sync({ email: 'ada@example.org', known, mode: 'update', properties }), null)
    assert.deepEqual(await contacts.stored(), [])
  })

  it('update finds an object that is not known by its identifying field, whatever it was created by', async () => {
    await contacts.createAda([['customer_number', 'C-7', 'overwrite']])
    const result = await contacts.provider().syncObjectWithProperties(
      syncArgs({
        http: contacts.http,
        externalObjectType: 'contact',
        externalIdField: 'customer_number',
        idValue: 'C-7',
        mode: 'update',
        properties: [['name', 'Ada', 'overwrite']],
      }),
    )
    assert.deepEqual([result?.action, result?.remoteId], ['updated', '1'])
  })

  it('find answers with the object, changes nothing, and declines what is not there', async () => {
    assert.equal(await contacts.sync({ email: 'ada@example.org', mode: 'find' }), null)
    const known = await contacts.createAda()
    const properties: Property[] = [['name', 'Other', 'overwrite']]
    for (const each of [known, null]) {
      const result = await contacts.sync({ email: 'ada@example.org', known: each, mode: 'find', properties })
      assert.deepEqual([result?.action, result?.remoteId], ['found', '1'])
    }
    assert.deepEqual(await contacts.stored(), [{ email: 'ada@example.org', name: 'Ada' }])
  })
})

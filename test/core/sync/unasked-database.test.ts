// A database that gives no answer while a subject is in work: nobody has failed, and nothing stays held.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { LeaseError } from '../../../core/sync/leases.ts'
import type { ObjectRequest } from '../../../core/sync/object-request.ts'
import type { SubjectContext } from '../../../core/sync/subject-context.ts'
import { syncObject } from '../../../core/sync/sync-object.ts'

it('gives the lease of an object back when it cannot be found out who else uses the former one', async () => {
  const released: string[] = []
  const context = {
    connection: { id: 'crm', scope: '', epoch: 0 },
    job: { fence: '1', isForced: false, answers: null },
    countOtherLinks: () => Promise.reject(new Error('Connection terminated unexpectedly')),
    leases: { acquire: async () => ({ kind: 'leased', key: 'crm/deal/code/B2', known: null }) },
    gathered: null,
    assertMayCall: () => undefined,
    onReleased: (key: string) => released.push(key),
  }
  const request = {
    mapping: { key: 'deal', externalObjectType: 'deal', externalIdField: 'code', mode: 'upsert' },
    sourceModel: 'Order',
    sourceId: '1',
    idValue: 'B2',
    properties: [],
    link: { id: '7', objectType: 'deal', idField: 'code', object: { id: '8', idValue: 'B1', state: 'present' } },
  }
  // Only what is read before the first call matters here.
  const synced = syncObject(request as unknown as ObjectRequest, context as unknown as SubjectContext)
  await assert.rejects(synced, (error) => {
    assert.ok(error instanceof LeaseError)
    assert.match(error.message, /^The database could not be asked who else uses an object: Connection terminated/)
    return true
  })
  assert.deepEqual(released, ['crm/deal/code/B2'])
})

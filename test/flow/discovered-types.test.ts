// A provider that asks its remote what it holds: values are converted to what was found, and it is not asked for each
// batch anew.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { z } from 'zod'
import { NetworkError } from '../../core/errors.ts'
import type { ExternalObjectType } from '../../core/sdk/external-object-type.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { definePlugin } from '../../core/sdk/plugin.ts'
import { OutboundSyncProvider } from '../../core/sdk/provider.ts'
import type { SyncObjectArgs } from '../../core/sdk/sync-object.ts'
import { createTestInstance, sampleOrder, type TestAttempt, type TestInstance } from '../../core/testing/index.ts'

const deal = (type: 'decimal' | 'number'): ExternalObjectType => ({
  name: 'deal',
  label: 'Deal',
  idFields: ['code'],
  fields: [
    { key: 'code', label: 'Code', type: 'text' },
    { key: 'total', label: 'Total', type },
  ],
})

let askedCount = 0
let answer: () => readonly ExternalObjectType[]
let sent: SyncObjectArgs['properties'][] = []

class FindingSync extends OutboundSyncProvider {
  static override readonly identifier = 'finding'
  static override readonly settings = z.object({ account: z.string() })
  static override readonly externalObjectTypes = [deal('decimal')]
  static override readonly defaultMappings = mappingDocumentSchema.parse([
    {
      key: 'deal',
      sourceModel: 'Order',
      externalObjectType: 'deal',
      sourceIdField: 'order_code',
      externalIdField: 'code',
      propertyMappings: [{ externalField: 'total', source: { field: 'order_total' } }],
    },
  ])
  override async discoverObjectTypes() {
    askedCount++
    return answer()
  }
  override async syncObjectWithProperties(args: SyncObjectArgs) {
    sent.push(args.properties)
    return { action: 'created' as const, remoteId: args.idValue }
  }
}

const plugin = definePlugin({
  name: 'finding',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  providers: [FindingSync],
  taps: {
    order_placed: async (event) => {
      await FindingSync.enqueueOrder(event, event.name)
    },
  },
})

describe('object types that are discovered', () => {
  let instance: TestInstance
  let number = 0
  before(async () => {
    const databaseUrl = process.env.TEST_DATABASE_URL
    instance = await createTestInstance({ plugins: [plugin], ...(databaseUrl ? { databaseUrl } : {}) })
  })
  after(() => instance.close())
  beforeEach(async () => {
    askedCount = 0
    sent = []
    answer = () => [deal('number')]
    // A connection that was changed may lead elsewhere, so each test begins with nothing known.
    await instance.connect({ provider: FindingSync, settings: { account: `account ${number}` } })
  })

  const push = async (): Promise<TestAttempt | undefined> => {
    number++
    instance.records.put('Order', sampleOrder(number))
    await instance.signal('order_placed', String(number))
    await instance.drain()
    return (await instance.attempts({ id: String(number) })).at(-1)
  }

  it('decide how values are written, and are asked for once', async () => {
    assert.equal((await push())?.outcome, 'succeeded')
    assert.equal((await push())?.outcome, 'succeeded')
    assert.deepEqual(sent.at(-1), [['total', 80, 'overwrite']])
    assert.equal(askedCount, 1)
  })

  it('stand beside those that are declared, and win over one of the same name', async () => {
    answer = () => [{ ...deal('number'), name: 'note' }]
    await push()
    assert.deepEqual(sent.at(-1), [['total', '80.00', 'overwrite']])
  })

  it('refuse a property that the remote does not have', async () => {
    answer = () => [{ ...deal('number'), fields: [] }]
    const attempt = await push()
    assert.equal(attempt?.outcome, 'config')
    assert.match(attempt?.message ?? '', /has no field "total"/)
  })

  it('are asked for again when the remote could not be asked', async () => {
    answer = () => {
      throw new NetworkError('The line is dead')
    }
    const attempt = await push()
    assert.deepEqual([attempt?.outcome, attempt?.message], ['retry', 'The line is dead'])
    answer = () => [deal('number')]
    await instance.advance(60 * 60_000)
    await instance.drain()
    assert.deepEqual(sent, [[['total', 80, 'overwrite']]])
    assert.equal(askedCount, 2)
  })

  it('are looked at before they are believed', async () => {
    answer = () => [{ name: 'deal' } as ExternalObjectType]
    assert.match((await push())?.message ?? '', /discoverObjectTypes of the provider "finding".*0\.label/)
  })
})

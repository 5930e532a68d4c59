// What a preview says where a sync does not simply send: compared with what the sync then does.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { mappingDocumentSchema, type ObjectMappingInput } from '../../core/sdk/mapping.ts'
import { OutboundSyncProvider } from '../../core/sdk/provider.ts'
import type { SubjectPreview } from '../../core/sync/preview-subjects.ts'
import { createOrderModel } from '../support/fixture-shop.ts'
import { openPreviewBench, type PreviewBench } from '../support/preview-bench.ts'
import { createScriptedInstance, type ScriptedInstance } from '../support/scripted-instance.ts'
import { createScriptedPlugin, dealMapping, type ScriptedOptions } from '../support/scripted-provider.ts'

interface Setting extends ScriptedInstance {
  preview(id: string, mappings?: readonly ObjectMappingInput[]): Promise<SubjectPreview>
  close(): Promise<void>
}

async function open(options: ScriptedOptions): Promise<Setting> {
  const [provider] = createScriptedPlugin(options).plugin.providers
  assert.ok(provider)
  const scripted = await createScriptedInstance(options)
  const { instance, connectionId } = scripted
  const bench: PreviewBench = await openPreviewBench({
    databaseUrl: instance.databaseUrl,
    model: createOrderModel(instance.pool),
    provider: () => provider,
  })
  return {
    ...scripted,
    async preview(id, mappings) {
      const [preview] = await bench.preview(connectionId, [id], mappings && mappingDocumentSchema.parse(mappings))
      assert.ok(preview)
      return preview
    },
    async close() {
      await bench.close()
      await instance.close()
    },
  }
}

const short = ({ verdict, reason, objects }: SubjectPreview) => ({
  verdict,
  reason,
  objects: objects.map(({ mappingKey, sourceId, idValue, action, reason }) =>
    [mappingKey, sourceId, idValue, action, reason].join(' | '),
  ),
})

const ticket = (key: string, more: Partial<ObjectMappingInput>): ObjectMappingInput => ({
  key,
  sourceModel: 'OrderPosition',
  externalObjectType: key,
  sourceIdField: 'id',
  externalIdField: 'id',
  propertyMappings: [{ externalField: 'item', source: { field: 'item' } }],
  ...more,
})

describe('a preview of objects that are no longer produced', () => {
  let setting: Setting
  before(async () => {
    setting = await open({
      mappings: [
        ticket('kept', {}),
        ticket('removed', { whenNoLonger: 'delete' }),
        ticket('marked', { whenNoLonger: { update: [{ externalField: 'item', source: { constant: 'gone' } }] } }),
        { ...dealMapping, key: 'city', sourceIdField: 'city', whenNoLonger: 'delete' },
        { ...dealMapping, when: { field: 'city', oneOf: ['Berlin'] }, whenNoLonger: 'delete' },
      ],
    })
    await setting.sync('1')
    await setting.sync('2')
  })
  after(() => setting.close())

  it('deletes, updates or keeps as the mapping says', async () => {
    await setting.instance.rows('delete from fixture.positions where id = 3')
    const preview = await setting.preview('1')
    assert.equal(preview.verdict, 'sends')
    assert.deepEqual(
      preview.objects
        .filter(({ action }) => action !== 'nothing_to_do')
        .map(({ mappingKey, action }) => [mappingKey, action]),
      [
        ['removed', 'delete'],
        ['marked', 'update'],
      ],
    )
    const marked = preview.objects.find(({ action }) => action === 'update')
    assert.deepEqual(marked?.properties, [
      { externalField: 'item', updateMode: 'overwrite', value: 'gone', lastSent: 'Ticket', isChanged: true },
    ])
    assert.equal(marked?.known?.remoteId, 'remote-3')
    assert.deepEqual(setting.script.deleted, [])

    const { attemptId } = await setting.sync('1')
    const sent = (await setting.objectsOf(attemptId)).filter(({ action }) => action !== 'nothing_to_do')
    assert.deepEqual(
      sent.map(({ mapping_key, action }) => [mapping_key, action]),
      [
        ['removed', 'deleted'],
        ['marked', 'updated'],
      ],
    )
  })

  it('says why one whose condition no longer holds is deleted, and spares what another record uses', async () => {
    await setting.instance.rows(`update fixture.orders set city = 'Bonn' where id = 2`)
    const { objects } = short(await setting.preview('2'))
    assert.deepEqual(objects.slice(-2), [
      'city | 2 | Bonn | create | It was sent as "Berlin" before and is now "Bonn". The former object stays, because another record uses it.',
      'deal | 2 | B2 | delete | B2 does not meet the condition of the mapping: "city" is one of Berlin.',
    ])
  })

  it('says that a record is gone, and what becomes of its objects', async () => {
    await setting.instance.rows('delete from fixture.positions where order_id = 1')
    await setting.instance.rows('delete from fixture.orders where id = 1')
    const preview = await setting.preview('1')
    assert.deepEqual([preview.verdict, preview.reason], ['gone', 'The record no longer exists.'])
    assert.deepEqual(
      preview.objects.map(({ mappingKey, action }) => `${mappingKey} ${action}`),
      ['removed delete', 'city skipped', 'deal delete'],
    )
  })
})

describe('a preview of what cannot simply be sent', () => {
  let setting: Setting
  before(async () => {
    setting = await open({ canChangeIdentity: true })
    await setting.sync('1')
  })
  after(() => setting.close())

  it('says what a record waits for', async () => {
    const parent = { externalField: 'parent', source: { reference: 'Order', idField: 'city' } }
    const { verdict, reason, objects } = short(
      await setting.preview('2', [{ ...dealMapping, key: 'child', propertyMappings: [parent] }]),
    )
    assert.deepEqual([verdict, reason], ['waiting', 'Waiting for Order Berlin to be synced.'])
    assert.deepEqual(objects, ['child | 2 |  | waiting | Waiting for Order Berlin to be synced.'])
  })

  it('says which value cannot be sent, and what needs it', async () => {
    const number = { externalField: 'city', source: { field: 'city' }, transforms: [{ name: 'number' as const }] }
    const { verdict, reason, objects } = short(
      await setting.preview('2', [
        { ...dealMapping, key: 'first', propertyMappings: [number] },
        {
          ...dealMapping,
          key: 'second',
          propertyMappings: [{ externalField: 'first', source: { result: 'first', path: 'remoteId' } }],
        },
        { ...dealMapping, key: 'third' },
      ]),
    )
    assert.equal(verdict, 'failed')
    assert.match(String(reason), /^The transform "number" of the property "city" needs a number/)
    assert.deepEqual(objects, [
      `first | 2 |  | failed | ${reason}`,
      'second | 2 |  | skipped | It needs the result of the mapping "first", which was not sent.',
      'third | 2 | B2 | create | ',
    ])
  })

  it('says why a record, or an object of it, is skipped', async () => {
    const condition = { field: 'total', operator: 'greater_than' as const, value: '1000' }
    const conditioned = short(await setting.preview('2', [{ ...dealMapping, when: condition }]))
    assert.equal(conditioned.verdict, 'skipped')
    assert.match(String(conditioned.reason), /^B2 does not meet the condition/)
    await setting.instance.rows(`update fixture.orders set email = '' where id = 3`)
    const empty = short(await setting.preview('3', [{ ...dealMapping, sourceIdField: 'email' }]))
    assert.deepEqual(empty.objects, [
      'deal | 3 |  | skipped | B3 has no value in "email", by which its deal is identified.',
    ])
  })

  it('updates the object whose identifying value has changed, where the provider can', async () => {
    await setting.instance.rows(`update fixture.orders set code = 'NEW1' where id = 1`)
    const preview = await setting.preview('1')
    assert.deepEqual(short(preview).objects, [
      'deal | 1 | NEW1 | update | It was sent as "B1" before and is now "NEW1". The same object is updated.',
    ])
    assert.equal(preview.objects[0]?.known?.remoteId, 'remote-B1')
    await setting.instance.rows(`update fixture.orders set code = 'B1' where id = 1`)
  })

  it('sends all again after a change of the account, and says so', async () => {
    await setting.instance.rows(`update outbound_sync.connection set epoch = epoch + 1 where id = $1`, [
      setting.connectionId,
    ])
    const preview = await setting.preview('1')
    assert.deepEqual(short(preview).objects, [
      'deal | 1 | B1 | update | What was sent before does not count any more, so all of it is sent again.',
    ])
    assert.equal(
      preview.objects[0]?.properties.some(({ isChanged }) => isChanged),
      false,
    )
  })

  it('says of a provider that asks its remote what to send that it cannot be previewed', async () => {
    class AskingProvider extends OutboundSyncProvider {
      static override readonly identifier = 'scripted'

      override async shouldSync(): Promise<boolean> {
        return (await this.context.http.request({ url: 'http://127.0.0.1/' })).status === 200
      }

      override async syncObjectWithProperties(): Promise<null> {
        return null
      }
    }
    const { instance, connectionId } = setting
    const model = createOrderModel(instance.pool)
    const bench = await openPreviewBench({ databaseUrl: instance.databaseUrl, model, provider: () => AskingProvider })
    const [preview] = await bench.preview(connectionId, ['2'])
    await bench.close()
    assert.equal(preview?.verdict, 'failed')
    assert.equal(preview?.reason, 'The provider wanted to call its remote, which a preview never does.')
  })

  it('hands on what is to come, also through values that are lists, and calls nobody', async () => {
    const callCount = setting.script.calls.length
    const rows = await setting.instance.rows('select count(*)::int as count from outbound_sync.lease')
    const preview = await setting.preview('4', [
      ticket('ticket', {}),
      {
        ...dealMapping,
        propertyMappings: [
          {
            externalField: 'tickets',
            source: { result: 'ticket', path: 'remoteId' },
            transforms: [{ name: 'number' }],
          },
          { externalField: 'state', source: { result: 'ticket', path: 'record.state' } },
          { externalField: 'ids', source: { result: 'ticket', path: 'idValue' } },
        ],
      },
    ])
    const toCome = { toCome: 'what the remote will give' }
    assert.deepEqual(
      preview.objects.at(-1)?.properties.map(({ value }) => value),
      [[toCome, toCome], [toCome, toCome], '8,9'],
    )
    assert.equal(setting.script.calls.length, callCount)
    assert.deepEqual(await setting.instance.rows('select count(*)::int as count from outbound_sync.lease'), rows)
  })
})

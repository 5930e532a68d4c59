// What becomes of a host that cannot show some of its records, or refuses us.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AuthenticationError,
  isErrorKind,
  NetworkError,
  RateLimitedError,
  RetryableError,
} from '../../../core/errors.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import { loadInputs } from '../../../core/sync/load-inputs.ts'
import { sampleSourceModel } from '../registry/sample-plugins.ts'

const record = (id: string) => ({ id, label: id, scope: 'organizer:acme', inputs: {}, nested: {} })

function load(changes: Partial<SourceModel>, ids: readonly string[] = ['1', '2', '3']) {
  return loadInputs({
    subjects: ids.map((id) => ({ model: 'Order', id, askedForBy: [] })),
    scope: '',
    sourceModel: () => sampleSourceModel(changes),
    sourceModels: () => [],
    pluginOfModel: () => 'my-shop',
    signal: new AbortController().signal,
  })
}

describe('loadInputs', () => {
  it('keeps apart what is gone, what cannot be read, and what is there', async () => {
    const error = new RetryableError('order 2 is locked')
    const inputs = await load({
      load: async (ids, { unreadable }) => {
        unreadable?.('2', error)
        return ids.filter((id) => id === '1').map(record)
      },
    })
    assert.equal(inputs.record('Order', '1')?.label, '1')
    assert.equal(inputs.failure('Order', '1'), undefined)
    assert.deepEqual([inputs.record('Order', '2'), inputs.failure('Order', '2')], [undefined, { error }])
    assert.deepEqual([inputs.record('Order', '3'), inputs.failure('Order', '3')], [undefined, undefined])
  })

  it('says whose code has failed, of errors that nobody expected only', async () => {
    const broken = async (): Promise<never> => {
      throw Object.assign(new TypeError('rows is not iterable'), { code: '42703' })
    }
    const words = 'The source model Order (plugin my-shop) could not'
    await assert.rejects(load({ load: broken }), {
      message: `${words} load its records: rows is not iterable`,
      code: '42703',
    })
    const listed = { load: async (ids: readonly string[]) => ids.map(record), fields: broken }
    await assert.rejects(load(listed), { message: `${words} list the fields of Order: rows is not iterable` })
    const inputs = await load({
      load: async (_ids, { unreadable }) => {
        unreadable?.('1', new TypeError('no such row'))
        return []
      },
    })
    assert.match(String(inputs.failure('Order', '1')?.error), /could not read this record: no such row$/)
    const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    await assert.rejects(load({ load: () => Promise.reject(down) }), down)
  })

  it('fails only the records of a model that no plugin brings, and says which was meant and who asked', async () => {
    const order = sampleSourceModel({
      load: async (ids) => ids.map(record),
      nested: { OrderPosition: { label: 'Ticket', inputs: [] } },
    })
    const askedForBy = ['order_placed', 'order_paid', 'order_placed']
    const inputs = await loadInputs({
      subjects: [
        { model: 'Ordr', id: '1', askedForBy },
        { model: 'OrderPosition', id: '1', askedForBy },
        { model: 'Stockholder', id: '1', askedForBy: [] },
        { model: 'Order', id: '1', askedForBy },
      ],
      scope: '',
      sourceModel: (name) => (name === 'Order' ? order : null),
      sourceModels: () => [order],
      pluginOfModel: () => 'my-shop',
      signal: new AbortController().signal,
    })
    assert.equal(inputs.record('Order', '1')?.label, '1')
    assert.equal(inputs.failure('Order', '1'), undefined)
    const told = (model: string) => String(inputs.failure(model, '1')?.error).replace(/^\w+: /, '')
    assert.equal(
      told('Ordr'),
      'No loaded plugin brings the source model "Ordr". Did you mean "Order"? It was asked for by order_placed, order_paid. Loaded: Order.',
    )
    assert.equal(
      told('OrderPosition'),
      'No loaded plugin brings the source model "OrderPosition". It is a part of Order: name that and its id. It was asked for by order_placed, order_paid. Loaded: Order.',
    )
    assert.equal(told('Stockholder'), 'No loaded plugin brings the source model "Stockholder". Loaded: Order.')
  })

  it('takes a host that refuses our credentials for a setting, so that no connection waits to be reconnected', async () => {
    const refused = new AuthenticationError('the shop does not know us')
    const isSetting = (error: unknown) =>
      isErrorKind(error, 'SyncConfigError') && /the shop does not know us/.test(String(error))
    const fail = async () => {
      throw refused
    }
    await assert.rejects(load({ load: fail }), isSetting)
    await assert.rejects(load({ load: async (ids) => ids.map(record), fields: fail }), isSetting)
    const inputs = await load({
      load: async (_ids, { unreadable }) => {
        unreadable?.('1', refused)
        return []
      },
    })
    assert.ok(isSetting(inputs.failure('Order', '1')?.error))
  })

  it('leaves every other error of our classes as it is', async () => {
    for (const error of [new NetworkError('down'), new RateLimitedError('slower')]) {
      await assert.rejects(
        load({
          load: async () => {
            throw error
          },
        }),
        (thrown) => thrown === error,
      )
    }
  })
})

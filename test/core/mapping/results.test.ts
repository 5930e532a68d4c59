import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { readResult, resultsFor } from '../../../core/mapping/results.ts'
import type { FieldReader } from '../../../core/mapping/source-fields.ts'
import type { MappedObjects } from '../../../core/sdk/sync-object.ts'
import { mappedObject, orderReader, orderRecord } from './order-fixture.ts'

const mappedObjects: MappedObjects = {
  tickets: [mappedObject('OrderPosition', '1'), null, mappedObject('OrderPosition', '2', { customs: { seat: 'A1' } })],
  one_ticket: [mappedObject('OrderPosition', '1')],
  declined: [null, null],
  deal: [mappedObject('Order', '7', { customs: { ids: ['x', 'y'] } })],
  other_deal: [mappedObject('Order', '8')],
}
// The id of the position is the id of the order, as it happens in a database.
const positionReader: FieldReader = { ...orderReader, model: 'OrderPosition', id: '2' }

function read(reader: FieldReader, result: string, path = 'remoteId') {
  return readResult({ result, path }, { mappedObjects, reader, record: orderRecord })
}

describe('resultsFor', () => {
  it('shows an order the objects of all its positions', () => {
    assert.deepEqual(
      resultsFor(mappedObjects, 'tickets', 'Order', '7').map(({ sourceId }) => sourceId),
      ['1', '2'],
    )
  })

  it('shows a position its own objects and those of its order', () => {
    assert.deepEqual(
      resultsFor(mappedObjects, 'tickets', 'OrderPosition', '2').map(({ sourceId }) => sourceId),
      ['2'],
    )
    assert.equal(resultsFor(mappedObjects, 'deal', 'OrderPosition', '2').length, 1)
  })

  it('shows nothing for a key that no mapping has', () => {
    for (const key of ['nothing', '__proto__', 'constructor'])
      assert.deepEqual(resultsFor(mappedObjects, key, 'Order', '7'), [])
  })
})

describe('readResult', () => {
  it('gives an order a list of its positions’ values, declined objects left out', () => {
    assert.deepEqual(read(orderReader, 'tickets'), ['r1', 'r2'])
  })

  it('gives a list of one for one position', () => {
    assert.deepEqual(read(orderReader, 'one_ticket'), ['r1'])
  })

  it('leaves out objects without the value', () => {
    assert.deepEqual(read(orderReader, 'tickets', 'customs.seat'), ['A1'])
  })

  it('gives a single value for the record itself and for the root record', () => {
    assert.equal(read(orderReader, 'deal'), 'r7')
    assert.equal(read(positionReader, 'tickets'), 'r2')
    assert.equal(read(positionReader, 'deal'), 'r7')
  })

  it('gives no value where there is no object', () => {
    assert.equal(read(orderReader, 'declined'), null)
    assert.equal(read(orderReader, 'other_deal'), null)
    assert.equal(read(orderReader, 'nothing'), null)
  })

  it('walks own properties of objects and items of lists, and nothing else', () => {
    assert.equal(read(orderReader, 'deal', 'customs.ids.1'), 'y')
    assert.deepEqual(read(orderReader, 'deal', 'customs'), { ids: ['x', 'y'] })
    for (const path of [
      'customs.ids.length',
      'customs.ids.at',
      'remoteId.length',
      'toString',
      'customs.toString.name',
      '',
    ]) {
      assert.equal(read(orderReader, 'deal', path), null, path)
    }
  })

  it('names a result that is no JSON', () => {
    const odd: MappedObjects = { odd: [mappedObject('Order', '7', { client: () => 1 })] }
    assert.throws(
      () =>
        readResult({ result: 'odd', path: 'client' }, { mappedObjects: odd, reader: orderReader, record: orderRecord }),
      (error) =>
        isErrorKind(error, 'MappingError') && /"client" in the result of the mapping "odd"/.test(String(error)),
    )
  })
})

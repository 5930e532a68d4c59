import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import {
  createNestedReaders,
  fieldOf,
  readField,
  textOfSourceValue,
  unwrapChoice,
} from '../../../core/mapping/source-fields.ts'
import type { SourceField } from '../../../core/sdk/source-model.ts'
import { field, orderFields, orderReader, orderRecord, positionFields } from './order-fixture.ts'

function assertMappingError(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => isErrorKind(error, 'MappingError') && message.test(String(error)))
}

function withGetter(getter: SourceField['getter']): SourceField {
  return { ...field('odd', 'text', 'order'), getter }
}

describe('readField', () => {
  it('reads what the getter gives', () => {
    assert.equal(readField(orderReader, fieldOf(orderReader, 'code')), 'ABC12')
    assert.deepEqual(readField(orderReader, fieldOf(orderReader, 'topics')), ['db', 'ui'])
    assert.equal(readField(orderReader, fieldOf(orderReader, 'is_test')), false)
    assert.equal(readField(orderReader, fieldOf(orderReader, 'note')), null)
  })

  it('takes undefined for no value', () => {
    assert.equal(
      readField(
        orderReader,
        withGetter(() => undefined as unknown as null),
      ),
      null,
    )
  })

  it('names a field that does not exist, and a near one', () => {
    assertMappingError(() => fieldOf(orderReader, 'emial'), /"emial" does not exist for Order\. Did you mean "email"\?/)
    assertMappingError(
      () => fieldOf(orderReader, '_invalid_checkin_date_3'),
      /"_invalid_checkin_date_3" does not exist/,
    )
    assertMappingError(() => fieldOf(orderReader, '__proto__'), /"__proto__" does not exist/)
  })

  it('names a field whose input the record does not have', () => {
    const attendee = field('attendee', 'text', 'position')
    assertMappingError(
      () => readField(orderReader, attendee),
      /"The attendee" \(attendee\) of ABC12 reads from "position"/,
    )
    const empty = { ...orderReader, inputs: { position: null } }
    assertMappingError(() => readField(empty, attendee), /reads from "position"/)
    assertMappingError(() => readField(orderReader, field('x', 'text', 'toString')), /reads from "toString"/)
  })

  it('names a field whose getter throws, and keeps the cause', () => {
    const cause = new TypeError('no customer')
    const throwing = withGetter(() => {
      throw cause
    })
    assertMappingError(
      () => readField(orderReader, throwing),
      /"The odd" \(odd\) of ABC12 could not be read: no customer/,
    )
    assert.throws(() => readField(orderReader, throwing), { cause })
  })

  it('names a field whose input cannot be looked at', () => {
    const inputs = Object.defineProperty({}, 'order', { enumerable: true, get: () => assert.fail('not loaded') })
    assertMappingError(
      () => readField({ ...orderReader, inputs }, field('code', 'text', 'order')),
      /could not be read: not loaded/,
    )
  })

  const wrong: [what: string, value: unknown][] = [
    ['a number', 5],
    ['a promise', Promise.resolve('x')],
    ['an object', { a: 1 }],
    ['a function', () => 'x'],
    ['a list of numbers', [1]],
  ]
  for (const [what, value] of wrong) {
    it(`refuses ${what}, which no getter may return`, () => {
      const odd = withGetter(() => value as string)
      assertMappingError(() => readField(orderReader, odd), /"The odd" .* its getter returned a /)
    })
  }
})

describe('createNestedReaders', () => {
  it('reads each nested record', () => {
    const readers = createNestedReaders(orderRecord, 'OrderPosition', positionFields)
    assert.deepEqual(
      readers.map((reader) => [reader.id, readField(reader, fieldOf(reader, 'price'))]),
      [
        ['1', '100.00'],
        ['2', '20.50'],
      ],
    )
    assert.deepEqual(createNestedReaders(orderRecord, 'Payment', orderFields), [])
  })

  it('names a nested model that the record does not have', () => {
    const open = (model: string) => () => createNestedReaders(orderRecord, model, positionFields)
    assertMappingError(
      open('OrderPositon'),
      /ABC12 has no nested records "OrderPositon"\. Did you mean "OrderPosition"\?/,
    )
    assertMappingError(open('constructor'), /no nested records "constructor"/)
  })
})

describe('unwrapChoice', () => {
  it('makes one value of a choice, and leaves lists lists', () => {
    const choice = fieldOf(orderReader, 'status')
    assert.equal(unwrapChoice(['p'], choice), 'p')
    assert.equal(unwrapChoice([], choice), null)
    assert.equal(unwrapChoice('p', choice), 'p')
    assert.deepEqual(unwrapChoice(['p', 'n'], choice), ['p', 'n'])
    assert.deepEqual(unwrapChoice(['db'], fieldOf(orderReader, 'topics')), ['db'])
  })
})

describe('textOfSourceValue', () => {
  it('gives one text of any value', () => {
    assert.deepEqual(
      ['x', true, null, [], ['a'], ['a', 'b']].map((value) => textOfSourceValue(value, ';')),
      ['x', 'true', '', '', 'a', 'a;b'],
    )
  })
})

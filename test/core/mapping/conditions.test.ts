import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import { describeCondition, meetsCondition } from '../../../core/mapping/conditions.ts'
import { type Condition, comparisonOperators, conditionSchema } from '../../../core/sdk/mapping.ts'
import type { SourceValue } from '../../../core/sdk/property-value.ts'
import { type SourceType, sourceTypes } from '../../../core/sdk/source-model.ts'
import { field, orderFields, orderReader } from './order-fixture.ts'

type Operator = (typeof comparisonOperators)[number]

function compare(type: SourceType, value: SourceValue, operator: Operator, operand: string | boolean): boolean {
  const reader = {
    ...orderReader,
    fields: new Map([['x', field('x', type, 'order')]]),
    inputs: { order: { x: value } },
  }
  return meetsCondition({ field: 'x', operator, value: operand }, reader)
}

describe('meetsCondition', () => {
  const holds: [type: SourceType, value: SourceValue, operator: Operator, operand: string | boolean][] = [
    ['text', 'abc', 'equals', 'abc'],
    ['text', null, 'equals', ''],
    ['text', '', 'equals', ''],
    ['text', '01234', 'not_equals', '1234'],
    ['text', 'abc', 'contains', 'b'],
    ['text', 'abc', 'starts_with', 'ab'],
    ['text', 'abc', 'ends_with', 'bc'],
    ['text', '10', 'greater_than', '9'],
    ['text', 'b', 'greater_than', 'a'],
    ['time', '09:30', 'less_than', '10:00'],
    ['decimal', '12.50', 'equals', '12.5'],
    ['decimal', '0.1', 'not_equals', '0.10000000000000001'],
    ['decimal', '99.99', 'less_than', '100'],
    ['decimal', '-5', 'less_than', '-4.5'],
    ['integer', '007', 'equals', '7'],
    ['date', '2026-03-01', 'less_than', '2026-03-02'],
    ['datetime', '2026-03-01T10:00:00+01:00', 'equals', '2026-03-01T09:00:00Z'],
    ['datetime', '2026-03-01T23:00:00-05:00', 'less_than', '2026-03-02'],
    ['datetime', '2026-03-01T23:00:00-05:00', 'greater_than', '2026-03-02T03:59:59Z'],
    ['boolean', true, 'equals', true],
    ['boolean', false, 'equals', 'false'],
    ['boolean', true, 'not_equals', false],
    ['choice', ['p'], 'equals', 'p'],
    ['choice', [], 'equals', ''],
    ['choice', [], 'not_equals', 'p'],
    ['multiple_choice', ['a', 'b'], 'contains', 'b'],
    ['multiple_choice', ['a', 'b'], 'not_equals', 'a'],
    ['multiple_choice', ['one', 'two'], 'starts_with', 'tw'],
  ]
  for (const [type, value, operator, operand] of holds) {
    it(`holds: ${type} ${JSON.stringify(value)} ${operator} ${operand}`, () => {
      assert.equal(compare(type, value, operator, operand), true)
    })
  }

  const fails: [type: SourceType, value: SourceValue, operator: Operator, operand: string | boolean][] = [
    ['text', 'abc', 'equals', 'ABC'],
    ['text', '1.0', 'equals', '1'],
    ['text', null, 'contains', 'a'],
    ['text', null, 'less_than', '5'],
    ['text', '', 'greater_than', '-5'],
    ['text', '9', 'greater_than', '10'],
    ['decimal', '100', 'less_than', '99.99'],
    ['decimal', null, 'equals', '0'],
    ['datetime', '2026-03-01T23:00:00-05:00', 'greater_than', '2026-03-01'],
    ['multiple_choice', ['a', 'b'], 'equals', 'a'],
    ['multiple_choice', ['ab'], 'contains', 'a'],
    ['boolean', true, 'equals', 'yes'],
  ]
  for (const [type, value, operator, operand] of fails) {
    it(`does not hold: ${type} ${JSON.stringify(value)} ${operator} ${operand}`, () => {
      assert.equal(compare(type, value, operator, operand), false)
    })
  }

  const yes: Condition = { field: 'code', is: 'not_empty' }
  const no: Condition = { field: 'code', is: 'empty' }
  const combined: [does: string, condition: Condition, expected: boolean][] = [
    ['all of nothing holds', { all: [] }, true],
    ['all wants every part', { all: [yes, no] }, false],
    ['any wants one part', { any: [no, yes] }, true],
    ['not turns it around', { not: { any: [no, no] } }, true],
    ['null is empty', { field: 'note', is: 'empty' }, true],
    ['an empty list is empty', { field: 'no_choice', is: 'empty' }, true],
    ['false is not empty', { field: 'is_test', is: 'empty' }, false],
    ['one of the options', { field: 'status', oneOf: ['n', 'p'] }, true],
    ['none of the options', { field: 'status', oneOf: ['n', 'e'] }, false],
    ['one of several items', { field: 'topics', oneOf: ['ui'] }, true],
    ['one of several numbers', { field: 'total', oneOf: ['1', '120.5'] }, true],
    ['no value is one of empty text', { field: 'note', oneOf: [''] }, true],
  ]
  for (const [does, condition, expected] of combined) {
    it(does, () => {
      assert.equal(meetsCondition(condition, orderReader), expected)
    })
  }

  it('names a field that does not exist', () => {
    assert.throws(
      () => meetsCondition({ field: 'totl', is: 'empty' }, orderReader),
      (error) => isErrorKind(error, 'MappingError') && /"totl".*Did you mean "total"/.test(String(error)),
    )
  })

  const text = fc.oneof(
    fc.constantFrom('', '1', '1.0', '-1', '2026-03-01', '2026-03-01T10:00Z', 'a', 'true', '__proto__'),
    fc.string(),
  )
  const value = fc.oneof(text, fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 }))

  it('compares anything with anything', () => {
    const type = fc.constantFrom(...sourceTypes)
    fc.assert(
      fc.property(type, value, text, (type, value, operand) => {
        for (const operator of comparisonOperators)
          assert.equal(typeof compare(type, value, operator, operand), 'boolean')
        assert.notEqual(compare(type, value, 'equals', operand), compare(type, value, 'not_equals', operand))
        if (Array.isArray(value)) return
        assert.ok(!(compare(type, value, 'greater_than', operand) && compare(type, value, 'less_than', operand)))
      }),
    )
  })
})

describe('describeCondition', () => {
  const described: [condition: Condition, words: string][] = [
    [{ field: 'status', oneOf: ['p', 'x'] }, '"The status" is one of paid, x'],
    [{ field: 'total', operator: 'greater_than', value: '100' }, '"The total" is greater than 100'],
    [{ field: 'code', operator: 'equals', value: '' }, '"The code" is ""'],
    [{ field: 'gone', is: 'not_empty' }, '"gone" is not empty'],
    [{ all: [] }, 'always'],
    [
      {
        all: [
          { field: 'code', is: 'empty' },
          { any: [{ field: 'code', is: 'empty' }, { not: { field: 'is_test', operator: 'equals', value: true } }] },
        ],
      },
      '"The code" is empty and ("The code" is empty or not ("The is_test" is true))',
    ],
  ]
  for (const [condition, words] of described) {
    it(words, () => {
      assert.equal(describeCondition(conditionSchema.parse(condition), orderFields), words)
    })
  }
})

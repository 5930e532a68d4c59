import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { applyValueMap } from '../../../core/mapping/value-map.ts'
import type { NestedPropertyMapping } from '../../../core/sdk/mapping.ts'
import type { PropertyValue, SourceValue } from '../../../core/sdk/property-value.ts'
import { field, property } from './order-fixture.ts'

const options = [
  { key: 'p', label: 'paid' },
  { key: 'n', label: 'pending' },
]
const status = field('status', 'multiple_choice', 'order', options)
type Map = Pick<NestedPropertyMapping, 'valueMap' | 'valueMapDefault'>

describe('applyValueMap', () => {
  const cases: [does: string, value: SourceValue, map: Map, expected: PropertyValue][] = [
    ['replaces each option', ['p', 'n'], { valueMap: { p: 'won', n: 'open' } }, ['won', 'open']],
    ['maps to any JSON', ['p'], { valueMap: { p: { id: 3 } } }, [{ id: 3 }]],
    ['keeps false and 0', ['p', 'n'], { valueMap: { p: false, n: 0 } }, [false, 0]],
    ['leaves out an option that is mapped to nothing', ['p', 'n'], { valueMap: { p: null, n: '' } }, []],
    [
      'takes the default for an option that is not mapped',
      ['p', 'x'],
      { valueMap: { p: 'won' }, valueMapDefault: 'other' },
      ['won', 'other'],
    ],
    ['takes null for a default', ['x'], { valueMap: { p: 'won' }, valueMapDefault: null }, []],
    ['does nothing without entries', ['p'], { valueMap: {}, valueMapDefault: 'other' }, ['p']],
    ['does nothing without a map', ['p'], {}, ['p']],
    ['does nothing to text', 'p', { valueMap: { p: 'won' } }, 'p'],
    ['does nothing to a boolean', true, { valueMap: { true: 'yes' } }, true],
    ['does nothing to no value', null, { valueMap: { p: 'won' } }, null],
  ]
  for (const [does, value, map, expected] of cases) {
    it(does, () => {
      assert.deepEqual(applyValueMap(value, status, property(map)), expected)
    })
  }

  it('does nothing to a field without options', () => {
    const plain = field('tags', 'multiple_choice', 'order')
    assert.deepEqual(applyValueMap(['p'], plain, property({ valueMap: { p: 'won' } })), ['p'])
  })

  const unmapped = (option: string, map: Map, message: RegExp): void => {
    assert.throws(
      () => applyValueMap([option], status, property(map)),
      (error) => isErrorKind(error, 'MappingError') && message.test(String(error)),
    )
  }

  it('asks to update the value mapping for an option without an entry', () => {
    unmapped(
      'n',
      { valueMap: { p: 'won' } },
      /option "n" \(pending\) of "The status".*property "x".*Update the value mapping/,
    )
    unmapped('paid', { valueMap: { pait: 'won' } }, /Did you mean "pait"\?/)
  })

  it('looks at own entries only', () => {
    unmapped('constructor', { valueMap: { p: 'won' } }, /option "constructor"/)
    unmapped('__proto__', { valueMap: { p: 'won' } }, /option "__proto__"/)
  })
})

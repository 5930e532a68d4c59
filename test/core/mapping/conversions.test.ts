import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import { canConvert, convertValue, type ValueType } from '../../../core/mapping/conversions.ts'
import { compareDecimals } from '../../../core/mapping/decimals.ts'
import { type ExternalField, type ExternalType, externalTypes } from '../../../core/sdk/external-object-type.ts'
import type { PropertyValue } from '../../../core/sdk/property-value.ts'
import { sourceTypes } from '../../../core/sdk/source-model.ts'

function convert(
  value: PropertyValue,
  from: ValueType,
  type: ExternalType,
  { joiner = ',', ...rest }: Partial<ExternalField> & { joiner?: string | null } = {},
): PropertyValue {
  return convertValue(value, { from, to: { key: 'target', label: 'Target', type, ...rest }, joiner, origin: 'Source' })
}

function assertRefused(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => isErrorKind(error, 'MappingError') && message.test(String(error)))
}

describe('canConvert', () => {
  const possible = `
                  text email url integer number decimal boolean date datetime choice list object_list any
    text           x    x     x     x      x       x       x      x     x       x     x       .       x
    multiline      x    x     x     x      x       x       x      x     x       x     x       .       x
    email          x    x     .     .      .       .       .      .     .       x     x       .       x
    url            x    .     x     .      .       .       .      .     .       x     x       .       x
    phone          x    .     .     .      .       .       .      .     .       x     x       .       x
    country        x    .     .     .      .       .       .      .     .       x     x       .       x
    integer        x    .     .     x      x       x       x      .     .       x     x       .       x
    decimal        x    .     .     x      x       x       .      .     .       x     x       .       x
    boolean        x    .     .     x      x       x       x      .     .       x     x       .       x
    date           x    .     .     .      .       .       .      x     x       x     x       .       x
    datetime       x    .     .     .      .       .       .      x     x       x     x       .       x
    time           x    .     .     .      .       .       .      .     .       x     x       .       x
    choice         x    x     x     x      x       x       x      x     x       x     x       .       x
    multiple_choice x   x     x     x      x       x       x      x     x       x     x       .       x
    any            x    x     x     x      x       x       x      x     x       x     x       x       x
    each           .    .     .     .      .       .       .      .     .       .     x       x       x`
  const [heads = [], ...rows] = possible
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))

  it('knows every source type and every external type', () => {
    assert.deepEqual(heads, [...externalTypes])
    assert.deepEqual(
      rows.map(([from]) => from),
      [...sourceTypes, 'any', 'each'],
    )
  })

  for (const [from, ...cells] of rows) {
    it(`says what ${from} can become`, () => {
      const expected = heads.filter((_, index) => cells[index] === 'x')
      assert.deepEqual(
        externalTypes.filter((to) => canConvert(from as ValueType, to)),
        expected,
      )
    })
  }
})

describe('convertValue', () => {
  const converts: [value: PropertyValue, from: ValueType, to: ExternalType, expected: PropertyValue][] = [
    ['Ada', 'text', 'text', 'Ada'],
    ['12', 'text', 'integer', 12],
    [' 12 ', 'text', 'integer', 12],
    ['12.00', 'decimal', 'integer', 12],
    ['12.50', 'decimal', 'number', 12.5],
    ['12.50', 'decimal', 'decimal', '12.50'],
    ['12.50', 'decimal', 'text', '12.50'],
    ['12345678901234567890.12', 'decimal', 'decimal', '12345678901234567890.12'],
    ['9007199254740993', 'integer', 'decimal', '9007199254740993'],
    [12.5, 'any', 'decimal', '12.5'],
    [1e21, 'any', 'text', '1000000000000000000000'],
    [true, 'boolean', 'text', 'true'],
    [false, 'boolean', 'text', 'false'],
    [false, 'boolean', 'boolean', false],
    [false, 'boolean', 'any', false],
    [true, 'boolean', 'integer', 1],
    [false, 'boolean', 'decimal', '0'],
    ['1', 'integer', 'boolean', true],
    ['Yes', 'text', 'boolean', true],
    ['FALSE', 'text', 'boolean', false],
    ['2026-03-01T23:30:00-05:00', 'datetime', 'date', '2026-03-01'],
    ['2026-03-01 09:30:00+01', 'datetime', 'datetime', '2026-03-01T09:30:00+01:00'],
    ['2026-03-01', 'date', 'datetime', '2026-03-01T00:00:00Z'],
    ['2026-03-01', 'text', 'date', '2026-03-01'],
    ['09:30', 'time', 'text', '09:30'],
    [' ada@example.org ', 'text', 'email', 'ada@example.org'],
    ['odd address', 'email', 'email', 'odd address'],
    ['https://example.org/a?b', 'text', 'url', 'https://example.org/a?b'],
    ['p', 'choice', 'choice', 'p'],
    [3, 'choice', 'choice', 3],
    ['12', 'choice', 'integer', 12],
    ['x', 'text', 'list', ['x']],
    ['5', 'integer', 'list', ['5']],
    [{ a: 1 }, 'any', 'any', { a: 1 }],
    [{ a: 1 }, 'any', 'list', [{ a: 1 }]],
    [[{ a: 1 }], 'any', 'object_list', [{ a: 1 }]],
    [[{ a: 1 }], 'each', 'any', [{ a: 1 }]],
    [[{ a: 1 }], 'any', 'any', [{ a: 1 }]],
  ]
  for (const [value, from, to, expected] of converts) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(value)} (${from} to ${to})`, () => {
      assert.deepEqual(convert(value, from, to), expected)
    })
  }

  const refused: [value: PropertyValue, from: ValueType, to: ExternalType][] = [
    ['abc', 'text', 'integer'],
    ['12.50', 'decimal', 'integer'],
    ['9007199254740992', 'integer', 'integer'],
    ['9007199254740993', 'integer', 'integer'],
    ['9007199254740993', 'integer', 'number'],
    ['0.1234567890123456789', 'decimal', 'number'],
    ['1,5', 'text', 'decimal'],
    ['1e5', 'text', 'number'],
    ['maybe', 'text', 'boolean'],
    ['2', 'integer', 'boolean'],
    ['01.03.2026', 'text', 'date'],
    ['2026-02-30', 'text', 'date'],
    [20260301, 'any', 'date'],
    ['tomorrow', 'datetime', 'datetime'],
    ['ada at example', 'text', 'email'],
    ['a@b@c', 'text', 'email'],
    ['javascript:alert(1)', 'text', 'url'],
    ['//example.org', 'text', 'url'],
    ['https://', 'text', 'url'],
    ['2026-03-01', 'date', 'integer'],
    ['x', 'email', 'url'],
    [{ a: 1 }, 'any', 'text'],
    [{ a: 1 }, 'any', 'object_list'],
    [['x'], 'any', 'object_list'],
    [[{ a: 1 }], 'any', 'text'],
    [[{ a: 1 }], 'each', 'text'],
    [[], 'each', 'text'],
    [['1', '2'], 'multiple_choice', 'integer'],
    [[{ a: 1 }], 'any', 'integer'],
  ]
  for (const [value, from, to] of refused) {
    it(`refuses ${JSON.stringify(value)} (${from} to ${to})`, () => {
      assertRefused(
        () => convert(value, from, to),
        /^MappingError: Cannot write .* from "Source" \(.*\) to the property "target"/,
      )
    })
  }

  it('names the field, the value and both types', () => {
    assertRefused(
      () => convert('abc', 'text', 'integer'),
      /"abc" from "Source" \(text\) to the property "target" \(integer\): it is not a whole number/,
    )
    assertRefused(() => convert(1.5, 'any', 'integer'), /1\.5 from "Source" \(number\)/)
    assertRefused(() => convert('x', 'time', 'date'), /this can never be a date .*Choose another field/)
  })

  it('refuses a type that nobody knows, whatever it is called', () => {
    assertRefused(() => convert('x', 'text', 'constructor' as ExternalType), /can never be/)
    assert.equal(convert('x', 'toString' as ValueType, 'text'), 'x')
  })

  it('keeps no value no value', () => {
    for (const type of externalTypes) {
      const isList = type === 'list' || type === 'object_list'
      const takesText = ['text', 'email', 'url', 'choice', 'any'].includes(type)
      assert.deepEqual(convert(null, 'any', type), isList ? [] : null)
      assert.deepEqual(convert('', 'any', type), isList ? [] : takesText ? '' : null)
    }
  })

  describe('of lists', () => {
    const lists: [
      does: string,
      value: PropertyValue,
      type: ExternalType,
      joiner: string | null,
      expected: PropertyValue,
    ][] = [
      ['joins them for text', ['a', 'b'], 'text', ';', 'a;b'],
      ['joins them where nothing is declared', ['a', 'b'], 'any', ',', 'a,b'],
      ['joins them for a choice', ['a', 'b'], 'choice', ';', 'a;b'],
      ['joins numbers and booleans too', ['a', 1, true], 'text', ',', 'a,1,true'],
      ['keeps them where the provider has no joiner', ['a', 'b'], 'text', null, ['a', 'b']],
      ['keeps them where nothing is declared and there is no joiner', ['a', 'b'], 'any', null, ['a', 'b']],
      ['keeps them where the field is a list', ['a', 'b'], 'list', ',', ['a', 'b']],
      ['drops empty items', ['a', '', null, 'b'], 'text', ',', 'a,b'],
      ['drops empty items of a native list', ['a', '', null], 'list', ',', ['a']],
      ['makes empty text of an empty list', [], 'text', ',', ''],
      ['keeps an empty list a list', [], 'any', null, []],
      ['takes the only item for one value', ['12'], 'integer', ',', 12],
      ['takes no item for no value', [], 'integer', ',', null],
      ['never joins objects', [{ a: 1 }, 'b'], 'any', ',', [{ a: 1 }, 'b']],
      ['joins without a separator when told so', ['a', 'b'], 'text', '', 'ab'],
    ]
    for (const [does, value, type, joiner, expected] of lists) {
      it(does, () => {
        assert.deepEqual(convert(value, 'multiple_choice', type, { joiner }), expected)
      })
    }
  })

  describe('with what the provider declares', () => {
    const options = [
      { key: 'open', label: 'Open' },
      { key: 'won', label: 'Won' },
    ]

    it('takes declared options only', () => {
      assert.equal(convert('won', 'text', 'choice', { options }), 'won')
      assert.equal(convert('', 'text', 'choice', { options }), '')
      assert.deepEqual(convert(['open', 'won'], 'any', 'list', { options }), ['open', 'won'])
      assert.equal(convert(['open', 'won'], 'any', 'choice', { options }), 'open,won')
      assertRefused(() => convert('wone', 'text', 'choice', { options }), /no option "wone"\. Did you mean "won"\?/)
      assertRefused(
        () => convert(['open', 'lost'], 'any', 'choice', { options }),
        /no option "lost"\. Its options are open, won\./,
      )
      assertRefused(() => convert(['lost'], 'any', 'list', { options }), /no option "lost"/)
    })

    it('takes any option where none are declared', () => {
      assert.equal(convert('x', 'text', 'choice', { options: [] }), 'x')
    })

    it('refuses text that is too long, counting characters', () => {
      assert.equal(convert('💥💥', 'text', 'text', { maxLength: 2 }), '💥💥')
      assertRefused(
        () => convert('abc', 'text', 'text', { maxLength: 2 }),
        /has 3 characters and 2 are allowed.*truncate/,
      )
    })
  })

  it('loses no digit of a decimal, on any way', () => {
    const decimal = fc
      .tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^\d{1,25}$/), fc.stringMatching(/^\d{0,15}$/))
      .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`)
    fc.assert(
      fc.property(decimal, fc.constantFrom('decimal', 'number', 'integer', 'text', 'any'), (text, type) => {
        let converted: PropertyValue
        try {
          converted = convert(text, 'decimal', type)
        } catch (error) {
          assert.ok(isErrorKind(error, 'MappingError') && (type === 'number' || type === 'integer'))
          return
        }
        assert.equal(compareDecimals(String(convert(converted, 'any', 'decimal')), text), 0)
      }),
    )
  })

  it('comes to the same when it is done twice', () => {
    const value = fc.oneof(
      fc.constantFrom<PropertyValue>(
        '',
        '12',
        '12.50',
        'yes',
        '2026-03-01',
        '2026-03-01 09:30+01',
        'a@b.de',
        null,
        true,
        7,
      ),
      fc.array(fc.constantFrom('a', '1', ''), { maxLength: 3 }),
    )
    fc.assert(
      fc.property(value, fc.constantFrom(...externalTypes), fc.constantFrom(',', null), (value, type, joiner) => {
        let once: PropertyValue
        try {
          once = convert(value, 'any', type, { joiner })
        } catch (error) {
          assert.ok(isErrorKind(error, 'MappingError'))
          return
        }
        assert.deepEqual(convert(once, 'any', type, { joiner }), once)
      }),
    )
  })
})

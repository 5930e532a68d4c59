import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import { applyTransforms } from '../../../core/mapping/transforms.ts'
import { type Transform, transformSchema } from '../../../core/sdk/mapping.ts'
import type { PropertyValue } from '../../../core/sdk/property-value.ts'

const apply = (value: PropertyValue, ...transforms: Transform[]): PropertyValue =>
  applyTransforms(value, transforms, 'x')
const round = (digits: number): Transform => ({ name: 'round', digits })
const date = (format: 'date' | 'time' | 'datetime' | 'unix_seconds' | 'unix_milliseconds'): Transform => ({
  name: 'date',
  format,
})
const pick = (index: number): Transform => ({ name: 'pick', index })
const words: Transform = { name: 'boolean_text', whenTrue: 'ja', whenFalse: 'nein' }

describe('applyTransforms', () => {
  const cases: [value: PropertyValue, transform: Transform, expected: PropertyValue][] = [
    ['  a b ', { name: 'trim' }, 'a b'],
    ['straße', { name: 'uppercase' }, 'STRASSE'],
    ['ÄB', { name: 'lowercase' }, 'äb'],
    ['élan vital', { name: 'capitalize' }, 'Élan vital'],
    ['💥x', { name: 'capitalize' }, '💥x'],
    ['abcdef', { name: 'truncate', length: 3 }, 'abc'],
    ['a💥💥', { name: 'truncate', length: 2 }, 'a💥'],
    ['ab', { name: 'truncate', length: 3 }, 'ab'],
    ['a.b.c', { name: 'replace', search: '.', replacement: '$&' }, 'a$&b$&c'],
    ['aaa', { name: 'replace', search: 'aa', replacement: 'b' }, 'ba'],
    ['', { name: 'default', value: 'x' }, 'x'],
    [null, { name: 'default', value: 'x' }, 'x'],
    [[], { name: 'default', value: 'x' }, 'x'],
    [false, { name: 'default', value: 'x' }, false],
    [0, { name: 'default', value: 'x' }, 0],
    ['1', { name: 'prefix', text: 'A-' }, 'A-1'],
    [5, { name: 'suffix', text: ' pcs' }, '5 pcs'],
    ['a;b;;c', { name: 'split', separator: ';' }, ['a', 'b', '', 'c']],
    [['a;b', 'c'], { name: 'split', separator: ';' }, ['a', 'b', 'c']],
    ['', { name: 'split', separator: ';' }, []],
    [['a', '', 'b', 1], { name: 'join', separator: '; ' }, 'a; b; 1'],
    ['a', { name: 'join', separator: '; ' }, 'a'],
    [['a', 'b', 'c'], pick(1), 'b'],
    [['a', 'b', 'c'], pick(-1), 'c'],
    [['a'], pick(1), null],
    ['a', pick(0), 'a'],
    ['a', pick(1), null],
    ['12.50', { name: 'number' }, 12.5],
    [' -7 ', { name: 'number' }, -7],
    [true, { name: 'number' }, 1],
    ['1.005', round(2), '1.01'],
    ['-2.5', round(0), '-3'],
    ['12', round(2), '12.00'],
    [1.005, round(2), 1.01],
    [2.5, round(0), 3],
    ['2026-03-01T09:30:15+01:00', date('date'), '2026-03-01'],
    ['2026-03-01T09:30:15+01:00', date('time'), '09:30:15'],
    ['09:30', date('time'), '09:30:00'],
    ['2026-03-01 09:30+01', date('datetime'), '2026-03-01T09:30:00+01:00'],
    ['1970-01-02', date('unix_seconds'), 86_400],
    ['1970-01-01T01:00:00.25+01:00', date('unix_milliseconds'), 250],
    ['1969-12-31T23:59:59.5Z', date('unix_seconds'), -1],
    ['abc', { name: 'sha256' }, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [true, words, 'ja'],
    ['no', words, 'nein'],
    ['Ada King Lovelace', { name: 'given_name' }, 'Ada King'],
    ['Ada King Lovelace', { name: 'family_name' }, 'Lovelace'],
    [' Plato ', { name: 'given_name' }, 'Plato'],
    [' Plato ', { name: 'family_name' }, ''],
    ['Ada\u00a0 Lovelace', { name: 'given_name' }, 'Ada'],
    ['ada@MÜNCHEN.example', { name: 'email_domain' }, 'xn--mnchen-3ya.example'],
    ['"a@b"@example.org', { name: 'email_domain' }, 'example.org'],
  ]
  for (const [value, transform, expected] of cases) {
    const { name, ...options } = transform
    it(`${name} ${JSON.stringify(options)} makes ${JSON.stringify(expected)} of ${JSON.stringify(value)}`, () => {
      assert.deepEqual(apply(value, transform), expected)
    })
  }

  const refused: [value: PropertyValue, transform: Transform, message: RegExp][] = [
    ['abc', { name: 'number' }, /"number" of the property "x" needs a number that JSON can hold, but got "abc"/],
    ['9007199254740993', { name: 'number' }, /needs a number/],
    ['1,5', round(2), /needs a number, but got "1,5"/],
    [true, round(2), /needs a number/],
    ['tomorrow', date('date'), /needs a date or time/],
    ['09:30', date('unix_seconds'), /needs a date or time/],
    ['2026-03-01', date('time'), /needs a date or time/],
    ['25:00', date('time'), /needs a date or time/],
    ['maybe', words, /needs true or false/],
    ['ada', { name: 'email_domain' }, /needs an e-mail address/],
    ['@example.org', { name: 'email_domain' }, /needs an e-mail address/],
    ['ada@exa mple.org', { name: 'email_domain' }, /needs an e-mail address/],
    ['ada@example.org/path', { name: 'email_domain' }, /needs an e-mail address/],
    [{ a: 1 }, { name: 'trim' }, /needs text, but got an object/],
    [[['a']], { name: 'trim' }, /needs text, but got a list/],
    [[{ a: 1 }], { name: 'join', separator: ',' }, /needs text/],
  ]
  for (const [value, transform, message] of refused) {
    it(`${transform.name} refuses ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => apply(value, transform),
        (error) => isErrorKind(error, 'MappingError') && message.test(String(error)),
      )
    })
  }

  it('changes every item of a list', () => {
    assert.deepEqual(apply([' a ', 'b'], { name: 'trim' }, { name: 'uppercase' }), ['A', 'B'])
    assert.deepEqual(apply(['1.25', '2'], round(1), { name: 'number' }), [1.3, 2])
  })

  it('leaves no value alone, alone or in a list', () => {
    for (const name of ['trim', 'sha256', 'number', 'given_name', 'email_domain'] as const) {
      assert.deepEqual(apply([null, ''], { name }), [null, ''])
      assert.equal(apply(null, { name }), null)
      assert.equal(apply('', { name }), '')
    }
    assert.equal(apply(null, { name: 'prefix', text: 'A-' }, words, date('date'), round(2)), null)
  })

  it('runs one after the other', () => {
    const chain: Transform[] = [
      { name: 'split', separator: ',' },
      pick(-1),
      { name: 'trim' },
      { name: 'default', value: '?' },
    ]
    assert.equal(apply('a, b , ', ...chain), '?')
    assert.equal(apply('a, b ', ...chain), 'b')
  })

  it('stops what would grow without end', () => {
    const long = 'a'.repeat(10_000)
    const items: Transform[] = [
      { name: 'replace', search: 'a', replacement: 'b,' },
      { name: 'split', separator: ',' },
    ]
    const chains: Transform[][] = [
      [{ name: 'replace', search: 'a', replacement: long }],
      [...items, { name: 'join', separator: long }],
      [...items, { name: 'prefix', text: long }],
    ]
    for (const chain of chains) {
      assert.throws(
        () => apply(long, ...chain),
        (error) => isErrorKind(error, 'MappingError') && /makes more than 1000000 characters/.test(String(error)),
      )
    }
  })

  const transform: fc.Arbitrary<Transform> = fc.oneof(
    fc.constantFrom<Transform>(
      ...(
        [
          'trim',
          'uppercase',
          'lowercase',
          'capitalize',
          'number',
          'sha256',
          'given_name',
          'family_name',
          'email_domain',
        ] as const
      ).map((name) => ({ name })),
      words,
      ...(['date', 'time', 'datetime', 'unix_seconds', 'unix_milliseconds'] as const).map(date),
      { name: 'split', separator: ' ' },
      { name: 'join', separator: '' },
      { name: 'replace', search: 'a', replacement: 'aa' },
      { name: 'default', value: '1.5' },
      { name: 'prefix', text: '1' },
      { name: 'suffix', text: '__proto__' },
    ),
    fc.nat(10).map(round),
    fc.integer({ min: -3, max: 3 }).map(pick),
    fc.integer({ min: 1, max: 5 }).map((length): Transform => ({ name: 'truncate', length })),
  )

  it('gives a value or a MappingError, whatever comes in and in whatever order', () => {
    const value = fc.oneof(
      fc.json().map((text): PropertyValue => JSON.parse(text)),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(value, fc.array(transform, { maxLength: 20 }), (value, transforms) => {
        for (const one of transforms) transformSchema.parse(one)
        try {
          const changed = apply(value, ...transforms)
          assert.notEqual(changed, undefined)
          assert.deepEqual(apply(value, ...transforms), changed)
        } catch (error) {
          assert.ok(isErrorKind(error, 'MappingError'), String(error))
        }
      }),
      { numRuns: 1000 },
    )
  })
})

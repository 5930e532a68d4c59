import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { jsonOf, quoted, textOf } from '../../../core/mapping/property-value.ts'

describe('textOf', () => {
  it('writes booleans as words and numbers without an exponent', () => {
    assert.deepEqual(['x', true, false, 1.5, 1e21].map(textOf), ['x', 'true', 'false', '1.5', '1000000000000000000000'])
  })
})

describe('quoted', () => {
  it('shows a value briefly', () => {
    assert.equal(quoted('a "b"'), '"a \\"b\\""')
    assert.equal(quoted('x'.repeat(200)), `"${'x'.repeat(100)}…"`)
    assert.equal(quoted(12), '12')
    assert.equal(quoted(null), 'null')
    assert.equal(quoted({ a: 1 }), 'an object')
    assert.equal(quoted(['a', ['b'], { c: 1 }, 'd']), 'a list of 4 ("a", a list, an object)')
  })
})

describe('jsonOf', () => {
  it('gives what becomes of a value once it is stored', () => {
    const at = new Date('2026-03-01T00:00:00Z')
    assert.deepEqual(jsonOf({ a: [1, undefined], b: undefined, at }, 'x'), {
      a: [1, null],
      at: '2026-03-01T00:00:00.000Z',
    })
    assert.equal(jsonOf(undefined, 'x'), null)
    assert.equal(jsonOf('text', 'x'), 'text')
  })

  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  let deep: unknown = []
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  const hostile: [what: string, value: unknown][] = [
    ['a cycle', cyclic],
    ['endless depth', deep],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a bigint inside', { a: 1n }],
    ['NaN', Number.NaN],
    ['a symbol', Symbol('x')],
    ['a toJSON that throws', { toJSON: () => assert.fail('hostile') }],
  ]
  for (const [what, value] of hostile) {
    it(`refuses ${what} and names it`, () => {
      assert.throws(
        () => jsonOf(value, 'The thing'),
        (error) => isErrorKind(error, 'MappingError') && /The thing/.test(String(error)),
      )
    })
  }
})

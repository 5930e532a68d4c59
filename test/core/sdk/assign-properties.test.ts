import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import { assignProperties } from '../../../core/sdk/assign-properties.ts'
import type { Property, UpdateMode } from '../../../core/sdk/mapping.ts'
import { isEmptyValue, type PropertyValue } from '../../../core/sdk/property-value.ts'

const overwrite = (value: PropertyValue): Property => ['a', value, 'overwrite']
const ifNew = (value: PropertyValue): Property => ['a', value, 'if_new']
const ifEmpty = (value: PropertyValue): Property => ['a', value, 'if_empty']
const append = (value: PropertyValue): Property => ['a', value, 'append']

/** One field, `a`: what the mapping gives, what the remote holds of it, what is written (undefined: nothing). */
interface Case {
  given: Property[]
  held?: unknown
  isNew?: boolean
  listSeparator?: string | null
  writes?: PropertyValue
}

function check(cases: Record<string, Case>): void {
  for (const [does, { given, held, isNew = false, listSeparator = ',', writes }] of Object.entries(cases)) {
    it(does, () => {
      const old = held === undefined ? {} : { a: held }
      const expected = writes === undefined ? {} : { a: writes }
      assert.deepEqual(assignProperties(given, old, { isNew, listSeparator }), expected)
    })
  }
}

function assertRefused(given: Property[], held: unknown, listSeparator: string | null, message: RegExp): void {
  assert.throws(
    () => assignProperties(given, { a: held }, { isNew: false, listSeparator }),
    (error) => isErrorKind(error, 'SyncConfigError') && message.test(String(error)),
  )
}

describe('assignProperties', () => {
  describe('overwrite', () => {
    check({
      'writes over what is there': { given: [overwrite('x')], held: 'y', writes: 'x' },
      'writes empty text': { given: [overwrite('')], held: 'y', writes: '' },
      'writes null': { given: [overwrite(null)], held: 'y', writes: null },
      'writes an empty list': { given: [overwrite([])], held: ['y'], writes: [] },
      'writes the same value again': { given: [overwrite('x')], held: 'x', writes: 'x' },
      'lets the later entry win': { given: [overwrite('x'), overwrite('y')], writes: 'y' },
    })
  })

  describe('if_new', () => {
    check({
      'writes to a new object': { given: [ifNew('x')], isNew: true, writes: 'x' },
      'writes over the defaults of a new object': { given: [ifNew('x')], held: 'lead', isNew: true, writes: 'x' },
      'leaves an old object alone, even an empty field': { given: [ifNew('x')], held: '' },
      'skips an empty value': { given: [ifNew('')], isNew: true },
      'takes false for a value': { given: [ifNew(false)], isNew: true, writes: false },
      'takes 0 for a value': { given: [ifNew(0)], isNew: true, writes: 0 },
      'takes the first value that is not empty': {
        given: [ifNew(null), ifNew('x'), ifNew('y')],
        isNew: true,
        writes: 'x',
      },
      'yields to an earlier overwrite': { given: [overwrite('x'), ifNew('y')], isNew: true, writes: 'x' },
      'fills what an overwrite has emptied': { given: [overwrite(''), ifNew('y')], isNew: true, writes: 'y' },
      'keeps what an append has found': { given: [append('x'), ifNew('y')], held: 'x', isNew: true },
    })
  })

  describe('if_empty', () => {
    check({
      'fills a missing field': { given: [ifEmpty('x')], writes: 'x' },
      'fills empty text': { given: [ifEmpty('x')], held: '', writes: 'x' },
      'fills null': { given: [ifEmpty('x')], held: null, writes: 'x' },
      'fills an empty list': { given: [ifEmpty(['x'])], held: [], writes: ['x'] },
      'leaves a value alone': { given: [ifEmpty('x')], held: 'y' },
      'leaves 0 alone': { given: [ifEmpty('x')], held: 0 },
      'leaves false alone': { given: [ifEmpty('x')], held: false },
      'skips an empty value': { given: [ifEmpty(null)] },
      'takes the first value that is not empty': { given: [ifEmpty(''), ifEmpty('x'), ifEmpty('y')], writes: 'x' },
      'fills what an overwrite has emptied': { given: [overwrite(''), ifEmpty('x')], held: 'y', writes: 'x' },
    })

    it('does not mistake an inherited property for a value', () => {
      const writes = assignProperties([['toString', 'x', 'if_empty']], {}, { isNew: false, listSeparator: null })
      assert.deepEqual(writes, { toString: 'x' })
    })
  })

  describe('append to a list kept as text', () => {
    check({
      'begins a list without an empty item': { given: [append('x')], writes: 'x' },
      'begins at empty text': { given: [append('x')], held: '', writes: 'x' },
      'adds what is missing': { given: [append('x,z')], held: 'x,y', writes: 'x,y,z' },
      'writes nothing when nothing is missing': { given: [append('y')], held: 'x,y' },
      'skips an empty value': { given: [append('')], held: 'x' },
      'leaves blank items out': { given: [append(' , y')], held: 'x', writes: 'x,y' },
      'skips a list of nothing': { given: [append(',')] },
      'counts both of two entries for one field': { given: [append('y'), append('z')], held: 'x', writes: 'x,y,z' },
      'appends to what is overwritten': { given: [overwrite('x'), append('y')], held: 'old', writes: 'x,y' },
      'appends to what is filled': { given: [ifEmpty('x'), append('y')], writes: 'x,y' },
      'adds an item once': { given: [append('y,y')], held: 'x', writes: 'x,y' },
      'knows items again that were spaced': { given: [append('y, z')], held: 'x, y', writes: 'x, y,z' },
      'takes a number and its text for the same item': { given: [append(5)], held: '4,5' },
      'appends to a number': { given: [append('6')], held: 5, writes: '5,6' },
      'splits items that hold the separator': { given: [append(['x,y', 'z'])], held: 'x', writes: 'x,y,z' },
      'uses the separator it is given': { given: [append('y')], held: 'x,z', listSeparator: ';', writes: 'x,z;y' },
      'keeps a native list where the remote holds one': {
        given: [append('y,z')],
        held: ['x'],
        writes: ['x', 'y', 'z'],
      },
      'keeps a native list that begins': { given: [append(['x', 'x'])], writes: ['x'] },
    })

    it('refuses an empty separator', () => {
      assertRefused([append('x')], 'y', '', /"a": the list separator is empty/)
    })

    it('refuses to append objects', () => {
      assertRefused([append([{ id: 1 }])], 'x', ',', /"a": it holds text/)
    })
  })

  describe('append to a native list', () => {
    const objects = [{ n: 'x', id: 1 }]
    const native: Record<string, Case> = {
      'begins a list without an empty item': { given: [append(['x'])], writes: ['x'] },
      'makes a list of a single text': { given: [append('x,y')], writes: ['x,y'] },
      'adds what is missing': { given: [append(['x', 'z'])], held: ['x', 'y'], writes: ['x', 'y', 'z'] },
      'writes nothing when nothing is missing': { given: [append(['x'])], held: ['x'] },
      'compares items as text': { given: [append(['1', 2])], held: [1, '2'] },
      'keeps the type of what is there': { given: [append(['3'])], held: [1], writes: [1, '3'] },
      'makes a list of a scalar that is there': { given: [append('y')], held: 'x', writes: ['x', 'y'] },
      'drops empty items': { given: [append(['', 'y', null])], held: ['x', ''], writes: ['x', 'y'] },
      'knows objects again in another order of keys': { given: [append([{ id: 1, n: 'x' }])], held: objects },
      'tells objects apart': { given: [append([{ id: 2 }])], held: objects, writes: [...objects, { id: 2 }] },
      'counts both of two entries for one field': {
        given: [append(['y']), append(['z'])],
        held: ['x'],
        writes: ['x', 'y', 'z'],
      },
    }
    check(Object.fromEntries(Object.entries(native).map(([does, one]) => [does, { ...one, listSeparator: null }])))
  })

  it('refuses an update mode it does not know', () => {
    // What a provider written in JavaScript could hand in.
    assertRefused([['a', 'x', 'replace'] as unknown as Property], 'y', null, /"replace".*"a"/)
  })

  const field = fc.constantFrom('a', 'b', '__proto__', 'constructor')
  const scalar = fc.oneof(
    fc.constantFrom('', 'x', 'y', ' x', 'x,y', '1', ',', '__proto__'),
    fc.constantFrom(0, 1, true, null),
  )
  const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }))
  const old = fc.array(fc.tuple(field, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries))
  const separator = fc.constantFrom(',', ';', null)
  const properties = (...modes: UpdateMode[]): fc.Arbitrary<Property[]> =>
    fc.array(fc.tuple(field, value, fc.constantFrom(...modes)), { maxLength: 8 })
  const merged = (held: object, writes: object): Record<string, unknown> =>
    Object.fromEntries([...Object.entries(held), ...Object.entries(writes)])

  it('writes nothing more the second time, except by overwrite', () => {
    const given = properties('if_new', 'if_empty', 'append')
    fc.assert(
      fc.property(given, old, fc.boolean(), separator, (given, before, isNew, listSeparator) => {
        const after = merged(before, assignProperties(given, before, { isNew, listSeparator }))
        assert.deepEqual(assignProperties(given, after, { isNew: false, listSeparator }), {})
      }),
      { numRuns: 3000 },
    )
  })

  it('comes to the same values the second time', () => {
    const given = properties('overwrite', 'if_empty', 'append')
    fc.assert(
      fc.property(given, old, separator, (given, before, listSeparator) => {
        const once = merged(before, assignProperties(given, before, { isNew: false, listSeparator }))
        const twice = merged(once, assignProperties(given, once, { isNew: false, listSeparator }))
        assert.deepEqual(twice, once)
      }),
      { numRuns: 3000 },
    )
  })

  it('agrees with the meaning of the modes for a single entry', () => {
    const single = fc.tuple(field, value, fc.constantFrom<UpdateMode>('overwrite', 'if_new', 'if_empty'))
    fc.assert(
      fc.property(single, old, fc.boolean(), separator, (property, before, isNew, listSeparator) => {
        const [key, wanted, mode] = property
        const held = Object.hasOwn(before, key) ? before[key] : null
        const isFree = mode === 'if_new' ? isNew : isEmptyValue(held)
        const isWritten = mode === 'overwrite' || (!isEmptyValue(wanted) && isFree)
        const expected = isWritten ? Object.fromEntries([[key, wanted]]) : {}
        assert.deepEqual(assignProperties([property], before, { isNew, listSeparator }), expected)
      }),
    )
  })

  it('changes neither its input nor any prototype', () => {
    const properties: readonly Property[] = Object.freeze([
      ['__proto__', { polluted: true }, 'overwrite'],
      ['__proto__', ['x'], 'append'],
    ] as const)
    const before = Object.freeze({ a: Object.freeze(['x']) })
    const writes = assignProperties(properties, before, { isNew: true, listSeparator: null })
    assert.deepEqual(Object.keys(writes), ['__proto__'])
    assert.equal(Object.getPrototypeOf(writes), Object.prototype)
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  })
})

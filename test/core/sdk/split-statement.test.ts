import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { splitStatement } from '../../../core/sdk/split-statement.ts'

const split = (text: string, ...values: unknown[]) => {
  const { pieces, values: inOrder } = splitStatement(text, values)
  return [pieces.join('?'), ...inOrder]
}

describe('a statement taken apart at its values', () => {
  const cases: [name: string, text: string, ...expected: unknown[]][] = [
    ['no value', 'select 1', 'select 1'],
    ['a value in several places is repeated', '$2 $1 $2', '? ? ?', 'b', 'a', 'b'],
    ['a cast stays with its value', '$1::text[]', '?::text[]', 'a'],
    ['two digits are one number', '$1 $10', '? ?', 'a', 'j'],
    ['a literal is text', `'$1 ''$2''' || $1`, `'$1 ''$2''' || ?`, 'a'],
    ['a quoted name is text', `"$1""$2" = $1`, `"$1""$2" = ?`, 'a'],
    ['a comment is text, up to its end', 'x -- $1\n, $1', 'x -- $1\n, ?', 'a'],
    ['a comment of several lines is text', '/* $1\n*/ $1', '/* $1\n*/ ?', 'a'],
    ['a name may hold a dollar', 'a$1 + $1', 'a$1 + ?', 'a'],
  ]
  for (const [name, text, ...expected] of cases) {
    it(name, () => {
      assert.deepEqual(split(text, ...'abcdefghij'), expected)
    })
  }

  it('keeps lists, dates and null as they are, and makes null of what is undefined', () => {
    const list = ['a']
    const date = new Date(0)
    const { values } = splitStatement('$1 $2 $3 $4 $1', [list, date, null, undefined])
    assert.equal(values[0], list)
    assert.equal(values[1], date)
    assert.deepEqual(values.slice(2), [null, null, list])
  })

  it('refuses a place without a value', () => {
    assert.throws(() => splitStatement('select $3', ['a', 'b']), /asks for \$3, and 2 values were given: select \$3/)
    assert.throws(() => splitStatement('select $0', ['a']), TypeError)
  })

  it('can be put together again', () => {
    const words = fc.constantFrom('select ', ' = ', '::text', "'it''s $7'", '"$1"', ' -- $2\n', ', ')
    const statement = fc.array(fc.tuple(words, fc.integer({ min: 1, max: 12 })), { maxLength: 20 })
    fc.assert(
      fc.property(statement, (parts) => {
        const text = parts.map(([word, number]) => `${word} $${number}`).join('')
        const numbers = Array.from({ length: 12 }, (_, index) => index + 1)
        const { pieces, values } = splitStatement(text, numbers)
        assert.deepEqual(
          values,
          parts.map(([, number]) => number),
        )
        assert.equal(
          pieces.map((piece, index) => (index === 0 ? piece : `$${values[index - 1]}${piece}`)).join(''),
          text,
        )
      }),
    )
  })
})

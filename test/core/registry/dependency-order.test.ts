import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dependencyOrder } from '../../../core/registry/dependency-order.ts'

const item = (name: string, ...needs: string[]) => ({
  name,
  dependencies: Object.fromEntries(needs.map((need) => [need, '*'])),
})
const names = (items: readonly { name: string }[]) => items.map(({ name }) => name)

describe('dependencyOrder', () => {
  it('puts a plugin after those it depends on and keeps the order of the list otherwise', () => {
    const { ordered, circles } = dependencyOrder([item('c', 'b'), item('x'), item('b', 'a'), item('a')])
    assert.deepEqual(names(ordered), ['a', 'b', 'c', 'x'])
    assert.equal(circles.size, 0)
  })

  it('tells the way round for each plugin of a circle, and not for one behind it', () => {
    const { circles } = dependencyOrder([item('a', 'b'), item('b', 'c'), item('c', 'a'), item('behind', 'a')])
    assert.deepEqual(Object.fromEntries(circles), {
      a: ['a', 'b', 'c', 'a'],
      b: ['b', 'c', 'a', 'b'],
      c: ['c', 'a', 'b', 'c'],
    })
  })

  it('finds a plugin that depends on itself', () => {
    assert.deepEqual(dependencyOrder([item('a', 'a')]).circles.get('a'), ['a', 'a'])
  })

  it('returns every plugin once, and dependencies first wherever there is no circle', () => {
    const letters = ['a', 'b', 'c', 'd', 'e', 'f']
    const graphs = fc
      .array(fc.record({ name: fc.constantFrom(...letters), needs: fc.subarray(letters) }), { maxLength: 6 })
      .map((rows) => [...new Map(rows.map(({ name, needs }) => [name, item(name, ...needs)])).values()])
    fc.assert(
      fc.property(graphs, (items) => {
        const { ordered, circles } = dependencyOrder(items)
        assert.deepEqual(names(ordered).sort(), names(items).sort())
        if (circles.size > 0) return
        for (const [index, { dependencies }] of ordered.entries()) {
          for (const need of Object.keys(dependencies)) assert.ok(!names(ordered.slice(index)).includes(need))
        }
      }),
    )
  })
})

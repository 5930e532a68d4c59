import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCallSlots } from '../../../plugins/pretix/call-slots.ts'

describe('createCallSlots', () => {
  it('runs so many at once, the others in turn, also after one that failed', async () => {
    const slots = createCallSlots(2)
    const begun: number[] = []
    const calls = Array.from({ length: 5 }, () => Promise.withResolvers<string>())
    const results = calls.map(({ promise }, index) =>
      slots.run(() => {
        begun.push(index)
        return promise
      }),
    )
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    await turn()
    assert.deepEqual(begun, [0, 1])
    calls[1]?.reject(new Error('refused'))
    await assert.rejects(results[1] ?? Promise.resolve(), /refused/)
    await turn()
    assert.deepEqual(begun, [0, 1, 2])
    calls[0]?.resolve('a')
    calls[2]?.resolve('c')
    assert.deepEqual([await results[0], await results[2]], ['a', 'c'])
    await turn()
    assert.deepEqual(begun, [0, 1, 2, 3, 4])
    for (const call of calls) call.resolve('late')
    await Promise.allSettled(results)
    assert.equal(await slots.run(async () => 'free again'), 'free again')
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createProcessCalls } from '../../../core/queue/process-calls.ts'

const never = new Promise<string>(() => undefined)

describe('the calls of a process', () => {
  it('are as many as it may have, the others wait in line', async () => {
    const calls = createProcessCalls(2)
    const begun: string[] = []
    const answers = new Map<string, PromiseWithResolvers<string>>()
    const call = (name: string): Promise<string> =>
      calls.run(() => {
        begun.push(name)
        const answer = Promise.withResolvers<string>()
        answers.set(name, answer)
        return answer.promise
      })
    const first = call('first')
    const others = [call('second'), call('third'), call('fourth')]
    await turn()
    assert.deepEqual(begun, ['first', 'second'])
    answers.get('first')?.resolve('answer')
    assert.equal(await first, 'answer')
    await turn()
    assert.deepEqual(begun, ['first', 'second', 'third'])
    for (const name of ['second', 'third']) answers.get(name)?.resolve(name)
    await turn()
    answers.get('fourth')?.resolve('fourth')
    assert.deepEqual(await Promise.all(others), ['second', 'third', 'fourth'])
  })

  it('give their place away when they hang, and no second time when they end', async () => {
    const calls = createProcessCalls(2)
    const { promise: late, resolve: answer } = Promise.withResolvers<string>()
    const hanging = [calls.run(() => late), calls.run(() => never)]
    assert.equal(await calls.run(async () => 'waited for a place'), 'waited for a place')
    answer('late')
    assert.equal(await hanging[0], 'late')
    // One place is free, and the call that still hangs gives its own as soon as somebody waits. There is no third one.
    const begun: number[] = []
    const { promise: end, resolve: finish } = Promise.withResolvers<void>()
    const three = [1, 2, 3].map((number) =>
      calls.run(() => {
        begun.push(number)
        return end
      }),
    )
    await turn()
    assert.deepEqual(begun, [1])
    while (begun.length < 2) await turn()
    await turn()
    assert.deepEqual(begun, [1, 2])
    finish()
    await Promise.all(three)
  })

  it('give their place back when they fail', async () => {
    const calls = createProcessCalls(1)
    await assert.rejects(
      calls.run(() => Promise.reject(new Error('refused'))),
      /refused/,
    )
    assert.equal(await calls.run(async () => 'next'), 'next')
  })
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

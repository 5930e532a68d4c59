// How the pipelines of a batch come together for one call: pure, with pipelines written out by hand.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGatheredCalls, type PreparedArgs, standAside } from '../../../core/sync/gathered-calls.ts'
import { syncArgs } from '../../support/sync-args.ts'

const objectOf = (idValue: string): PreparedArgs =>
  syncArgs({
    http: {
      request: async () => {
        throw new Error('no call is made')
      },
    },
    externalObjectType: 'deal',
    externalIdField: 'code',
    idValue,
  })

/** Answers every object at once and keeps what came together. */
function setUp({ pipelineCount, batchSize = 100 }: { pipelineCount: number; batchSize?: number }) {
  const calls: string[][] = []
  const gathered = createGatheredCalls({
    pipelineCount,
    batchSize,
    async call(list) {
      calls.push(list.map((args) => args.idValue))
      return list.map(({ idValue }) =>
        idValue.startsWith('bad') ? new Error(`${idValue} is refused`) : { action: 'created', remoteId: idValue },
      )
    },
  })
  return { calls, gathered }
}

describe('gathered calls', () => {
  it('go out when every pipeline waits or has ended, level by level', async () => {
    const { calls, gathered } = setUp({ pipelineCount: 3 })
    const pipeline = async (name: string, objectCount: number): Promise<void> => {
      for (let index = 1; index <= objectCount; index++) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
        await gathered.send(objectOf(`${name}${index}`))
      }
      gathered.ended()
    }
    await Promise.all([pipeline('a', 2), pipeline('b', 1), pipeline('c', 3)])
    assert.deepEqual(
      calls.map((call) => call.sort()),
      [['a1', 'b1', 'c1'], ['a2', 'c2'], ['c3']],
    )
  })

  it('take no more than the batch size, and do not wait once it is reached', async () => {
    const { calls, gathered } = setUp({ pipelineCount: 6, batchSize: 2 })
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => gathered.send(objectOf(name)))
    await Promise.all(five.slice(0, 4))
    assert.deepEqual(calls, [
      ['a', 'b'],
      ['c', 'd'],
    ])
    // The four go on, the sixth was never heard of: nobody can know yet that the fifth is alone.
    for (let index = 0; index < 5; index++) gathered.ended()
    await five[4]
    assert.deepEqual(calls.at(-1), ['e'])
  })

  it('fail one object by its error and all of them when the call throws', async () => {
    const { gathered } = setUp({ pipelineCount: 2 })
    const results = await Promise.allSettled([gathered.send(objectOf('good')), gathered.send(objectOf('bad'))])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    const broken = createGatheredCalls({
      pipelineCount: 2,
      batchSize: 10,
      call: () => Promise.reject(new Error('down')),
    })
    const all = await Promise.allSettled([broken.send(objectOf('a')), broken.send(objectOf('b'))])
    assert.deepEqual(
      all.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })

  it('do not wait for a pipeline that stands aside, which joins a later call', async () => {
    const { calls, gathered } = setUp({ pipelineCount: 2 })
    let free = (): void => undefined
    // Waits for what the other one holds until its call is through: waiting for it would be for ever.
    const second = standAside(gathered, () => new Promise<void>((resolve) => (free = resolve))).then(() =>
      gathered.send(objectOf('second')),
    )
    await gathered.send(objectOf('first'))
    free()
    gathered.ended()
    await second
    assert.deepEqual(calls, [['first'], ['second']])
  })
})

// For providers that take many objects in one call. The pipelines of a batch go on until each of them waits for a call,
// stands aside, or has ended; what is ready then goes out together. Providers of single objects have none of this.
import type { SyncObjectArgs } from '../sdk/sync-object.ts'
import type { CallAnswer } from './call-answer.ts'

/** What is known of a call before it is made; the time limit adds the signal. */
export type PreparedArgs = Omit<SyncObjectArgs, 'signal'>

export interface GatheredCalls {
  /** Resolves with the answer for this object once its call was made. */
  send(args: PreparedArgs): Promise<CallAnswer>
  /** From when `begin` is called until `work` ends, nobody waits for this pipeline's next object. */
  aside<T>(work: (begin: () => void) => Promise<T>): Promise<T>
  /** The pipeline has no more objects. */
  ended(): void
}

interface ReadyObject {
  args: PreparedArgs
  resolve(answer: CallAnswer): void
  reject(error: unknown): void
}

export function createGatheredCalls({
  pipelineCount,
  batchSize,
  call,
}: {
  /** Pipelines that may send; each of them must end. */
  pipelineCount: number
  batchSize: number
  /** An answer or an Error for each, in order. */
  call(args: readonly PreparedArgs[]): Promise<readonly (CallAnswer | Error)[]>
}): GatheredCalls {
  // Neither waiting for a call nor aside nor ended: their next object is waited for.
  let runningCount = pipelineCount
  const ready: ReadyObject[] = []

  const dispatch = async (objects: readonly ReadyObject[]): Promise<void> => {
    try {
      const answers = await call(objects.map(({ args }) => args))
      // All of them go on before the next call is made up.
      runningCount += objects.length
      objects.forEach((object, index) => {
        const answer = answers[index] ?? null
        if (answer instanceof Error) object.reject(answer)
        else object.resolve(answer)
      })
    } catch (error) {
      runningCount += objects.length
      for (const object of objects) object.reject(error)
    }
  }

  const leave = (): void => {
    runningCount--
    while (ready.length >= batchSize || (runningCount === 0 && ready.length > 0)) {
      void dispatch(ready.splice(0, batchSize))
    }
  }

  return Object.freeze({
    send: (args) =>
      new Promise((resolve, reject) => {
        ready.push({ args, resolve, reject })
        leave()
      }),
    async aside(work) {
      let isAside = false
      const begin = (): void => {
        if (isAside) return
        isAside = true
        leave()
      }
      try {
        return await work(begin)
      } finally {
        if (isAside) runningCount++
      }
    },
    ended: leave,
  } satisfies GatheredCalls)
}

/** Work that the other pipelines of the batch, if there are any to gather, shall not wait for. */
export function standAside<T>(gathered: GatheredCalls | null, work: () => Promise<T>): Promise<T> {
  if (!gathered) return work()
  return gathered.aside((begin) => {
    begin()
    return work()
  })
}

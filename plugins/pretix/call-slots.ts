// So many calls at the same time and no more; the others wait in turn.

export interface CallSlots {
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createCallSlots(count: number): CallSlots {
  let freeCount = count
  const waiting: (() => void)[] = []
  return Object.freeze({
    async run(work) {
      if (freeCount > 0) freeCount--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        // A slot that somebody waits for is handed on and never free.
        const next = waiting.shift()
        if (next) next()
        else freeCount++
      }
    },
  } satisfies CallSlots)
}
